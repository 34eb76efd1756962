// Row losses and their gradients: a thread for each row.
#include "../../gpu/common.cuh"

__device__ inline float log_sum_exp(const float *row, unsigned width) {
    float top = row[0];
    for (unsigned k = 1; k < width; k++) top = row[k] > top ? row[k] : top;
    float sum = 0.0f;
    for (unsigned k = 0; k < width; k++) sum += expf(row[k] - top);
    return top + logf(sum);
}

// Kind 0: squared, 1: absolute, 2: Huber, 3: cross-entropy. Each row's loss times its weight, in double precision.
KERNEL void loss_rows(
    const float *pred, const float *target, const float *weights, double *rows, unsigned n, unsigned width, int kind
) {
    for (unsigned i = first_index(); i < n; i += stride()) {
        const float *p = pred + i * width, *t = target + i * width;
        float sum = 0.0f, log_z = kind == 3 ? log_sum_exp(p, width) : 0.0f;
        for (unsigned k = 0; k < width; k++) {
            float e = p[k] - t[k], a = fabsf(e);
            if (kind == 0) sum += e * e;
            if (kind == 1) sum += a;
            if (kind == 2) sum += a <= 1.0f ? 0.5f * e * e : a - 0.5f;
            if (kind == 3) sum += t[k] * (log_z - p[k]);
        }
        rows[i] = (double)(kind == 3 ? sum : sum / width) * (double)weights[i];
    }
}

// The sum of doubles: one block.
KERNEL void loss_total(const double *rows, float *total, unsigned n) {
    __shared__ double room[MOST_THREADS];
    double own = 0.0;
    for (unsigned i = threadIdx.x; i < n; i += blockDim.x) own += rows[i];
    double all = block_sum(own, room);
    if (threadIdx.x == 0) *total = (float)all;
}

// Adds the gradients of predictions and targets, `up` times.
KERNEL void loss_back(
    const float *pred, const float *target, const float *weights, const float *up, float *of_pred, float *of_target, unsigned n, unsigned width, int kind
) {
    for (unsigned i = first_index(); i < n; i += stride()) {
        const float *p = pred + i * width, *t = target + i * width;
        float weight = weights[i] * *up;
        float log_z = 0.0f, mass = 0.0f;
        if (kind == 3) {
            log_z = log_sum_exp(p, width);
            for (unsigned k = 0; k < width; k++) mass += t[k];
        }
        for (unsigned k = 0; k < width; k++) {
            unsigned at = i * width + k;
            if (kind == 3) {
                of_pred[at] += weight * (mass * expf(p[k] - log_z) - t[k]);
                of_target[at] += weight * (log_z - p[k]);
                continue;
            }
            float e = p[k] - t[k], slope = 2.0f * e;
            if (kind == 1) slope = e > 0.0f ? 1.0f : e < 0.0f ? -1.0f : 0.0f;
            if (kind == 2) slope = fminf(fmaxf(e, -1.0f), 1.0f);
            slope *= weight / width;
            of_pred[at] += slope;
            of_target[at] -= slope;
        }
    }
}
