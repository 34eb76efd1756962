// CUDA's words on the host: every thread of a block is a fibre, blocks come one after the other.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#define ON_HOST

struct dim3 {
    unsigned x, y, z;
};

extern thread_local dim3 threadIdx, blockIdx, blockDim, gridDim;

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
// All fibres of a block are on one thread of the machine.
#define __shared__ static thread_local
#define __syncthreads() host::wait_for_block()

namespace host {

using Body = void (*)(void **);

// Runs a kernel; what is wrong with it, or nothing.
const char *run(Body body, const unsigned *grid, unsigned block, void **arguments);

// Until all threads of the block, or of the warp, have come here.
void wait_for_block();
void wait_for_warp();

// 32 places of 8 bytes for the warp of this thread.
uint64_t *exchange();
unsigned lane();
unsigned lanes();

template <class... A, std::size_t... I>
void call_with(void (*kernel)(A...), void **arguments, std::index_sequence<I...>) {
    kernel(*static_cast<A *>(arguments[I])...);
}

// With arguments as cuLaunchKernel takes them: each a pointer to a value.
template <class... A>
void call(void (*kernel)(A...), void **arguments) {
    call_with(kernel, arguments, std::index_sequence_for<A...>{});
}

// The value of another lane; one's own where there is no such lane.
template <class T>
T of_lane(T value, unsigned from) {
    static_assert(sizeof(T) <= sizeof(uint64_t));
    uint64_t *places = exchange();
    std::memcpy(&places[lane()], &value, sizeof(T));
    wait_for_warp();
    T other = value;
    if (from < lanes()) std::memcpy(&other, &places[from], sizeof(T));
    wait_for_warp();
    return other;
}

}  // namespace host

template <class T>
T __shfl_sync(unsigned, T value, unsigned from) {
    return host::of_lane(value, from);
}

template <class T>
T __shfl_down_sync(unsigned, T value, unsigned by) {
    return host::of_lane(value, host::lane() + by);
}

template <class T>
T __shfl_xor_sync(unsigned, T value, unsigned mask) {
    return host::of_lane(value, host::lane() ^ mask);
}

inline void __syncwarp(unsigned = 0xffffffffu) { host::wait_for_warp(); }

// Fibres change at barriers only: a plain sum is whole.
template <class T>
T atomicAdd(T *to, T value) {
    T before = *to;
    *to = before + value;
    return before;
}
