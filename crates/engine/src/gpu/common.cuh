// What kernels share. Compiled by nvcc for GPUs, and by the C++ compiler for tests on the host (crates/cuda-on-host).
//
// Sums are made in an order that depends on sizes only, so that the same inputs give the same bytes: no atomic sums of floats.
#pragma once

#define KERNEL extern "C" __global__

// Threads of a block at most: shared memory is for so many.
#define MOST_THREADS 256

// The first index of a thread that works on every stride-th of many.
__device__ inline unsigned first_index() { return blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline unsigned stride() { return gridDim.x * blockDim.x; }

// The sum of one value of each thread of a block, by halves; for a power of two threads.
template <class T>
__device__ T block_sum(T value, T *room) {
    room[threadIdx.x] = value;
    __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) room[threadIdx.x] += room[threadIdx.x + half];
        __syncthreads();
    }
    T all = room[0];
    __syncthreads();
    return all;
}

// Sums of the columns of a matrix, for one column a thread: blocks of 32 columns by MOST_THREADS / 32 lanes of rows.
#define COLUMNS 32
template <class F>
__device__ void column_sums(unsigned rows, unsigned columns, float *sums, F value) {
    __shared__ float room[MOST_THREADS];
    unsigned column = blockIdx.x * COLUMNS + threadIdx.x % COLUMNS;
    unsigned lanes = blockDim.x / COLUMNS, lane = threadIdx.x / COLUMNS;
    float own = 0.0f;
    if (column < columns)
        for (unsigned row = lane; row < rows; row += lanes) own += value(row, column);
    room[threadIdx.x] = own;
    __syncthreads();
    if (lane == 0 && column < columns) {
        float all = 0.0f;
        for (unsigned l = 0; l < lanes; l++) all += room[l * COLUMNS + threadIdx.x];
        sums[column] += all;
    }
    __syncthreads();
}
