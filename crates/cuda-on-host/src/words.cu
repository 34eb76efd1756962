// Kernels that test the words themselves.
#include "../../engine/src/gpu/common.cuh"

// Each thread's place, and the sum over its block of all places.
KERNEL void words_sum_of_block(unsigned *places, unsigned *sums) {
    __shared__ unsigned room[MOST_THREADS];
    unsigned at = first_index();
    places[at] = at;
    sums[at] = block_sum(at, room);
}

// What the lanes of a warp give each other.
KERNEL void words_exchange(const int *values, int *down, int *crossed) {
    unsigned at = first_index();
    down[at] = __shfl_down_sync(0xffffffffu, values[at], 1);
    crossed[at] = __shfl_xor_sync(0xffffffffu, values[at], 3);
}

KERNEL void words_count(int *counter) { atomicAdd(counter, 1); }

// Wrong on purpose: not all threads come to the barrier.
KERNEL void words_lonely_barrier(int *values) {
    if (threadIdx.x < 3) __syncthreads();
    values[threadIdx.x] = 1;
}
