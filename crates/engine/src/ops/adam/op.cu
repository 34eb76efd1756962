// AdamW in one pass over a parameter, averages of parameters, and norms of gradients.
#include "../../gpu/common.cuh"

// `step` is the learning rate over the first moment's correction, `decay` 1 − rate · weight decay, `second` the second moment's correction.
KERNEL void adam_update(
    float *param, float *m, float *v, const float *grad, float scale, float beta1, float beta2, float step, float decay, float second, float epsilon, unsigned n
) {
    for (unsigned i = first_index(); i < n; i += stride()) {
        float g = grad[i] * scale;
        float one = beta1 * m[i] + (1.0f - beta1) * g;
        float two = beta2 * v[i] + (1.0f - beta2) * g * g;
        m[i] = one;
        v[i] = two;
        param[i] = param[i] * decay - step * one / (sqrtf(two / second) + epsilon);
    }
}

KERNEL void adam_average(float *average, const float *param, float decay, unsigned n) {
    for (unsigned i = first_index(); i < n; i += stride()) average[i] = average[i] * decay + param[i] * (1.0f - decay);
}

// Σ g², in double precision: a sum for each block.
KERNEL void adam_squares(const float *grad, double *parts, unsigned n) {
    __shared__ double room[MOST_THREADS];
    double own = 0.0;
    for (unsigned i = first_index(); i < n; i += stride()) own += (double)grad[i] * (double)grad[i];
    double all = block_sum(own, room);
    if (threadIdx.x == 0) parts[blockIdx.x] = all;
}

// The sum of those: one block.
KERNEL void adam_norm(const double *parts, double *total, unsigned n) {
    __shared__ double room[MOST_THREADS];
    double own = 0.0;
    for (unsigned i = threadIdx.x; i < n; i += blockDim.x) own += parts[i];
    double all = block_sum(own, room);
    if (threadIdx.x == 0) *total = all;
}
