// Attention of all points of a row on each other: a block for each row and head, a thread for each point. Row i has the points
// offsets[i]..offsets[i + 1]; a point has queries, keys and values, `width` each, of `heads` heads one after the other.
#include "../../gpu/common.cuh"

__device__ inline float product_of(const float *a, const float *b, unsigned size) {
    float sum = 0.0f;
    for (unsigned d = 0; d < size; d++) sum += a[d] * b[d];
    return sum;
}

// Softmax over the points of ⟨q, k⟩ / √size, times values; the logarithm of what weights were divided by is kept.
KERNEL void attention_forward(
    const float *qkv, const unsigned *offsets, float *out, float *logs, unsigned width, unsigned heads
) {
    unsigned begin = offsets[blockIdx.x], end = offsets[blockIdx.x + 1], head = blockIdx.y, size = width / heads;
    float scale = 1.0f / sqrtf((float)size);
    for (unsigned i = begin + threadIdx.x; i < end; i += blockDim.x) {
        const float *q = qkv + (3 * i) * width + head * size;
        float top = -INFINITY;
        for (unsigned j = begin; j < end; j++)
            top = fmaxf(top, scale * product_of(q, qkv + (3 * j + 1) * width + head * size, size));
        float sum = 0.0f;
        for (unsigned j = begin; j < end; j++)
            sum += expf(scale * product_of(q, qkv + (3 * j + 1) * width + head * size, size) - top);
        float log = top + logf(sum), *own = out + i * width + head * size;
        for (unsigned d = 0; d < size; d++) own[d] = 0.0f;
        for (unsigned j = begin; j < end; j++) {
            float w = expf(scale * product_of(q, qkv + (3 * j + 1) * width + head * size, size) - log);
            const float *value = qkv + (3 * j + 2) * width + head * size;
            for (unsigned d = 0; d < size; d++) own[d] += w * value[d];
        }
        logs[i * heads + head] = log;
    }
}

// Adds the gradients of queries; means[point, head] is what the gradients of a point's weights are on average, for the other two.
KERNEL void attention_queries(
    const float *qkv, const unsigned *offsets, const float *logs, const float *up, float *grad, float *means, unsigned width, unsigned heads
) {
    unsigned begin = offsets[blockIdx.x], end = offsets[blockIdx.x + 1], head = blockIdx.y, size = width / heads;
    float scale = 1.0f / sqrtf((float)size);
    for (unsigned i = begin + threadIdx.x; i < end; i += blockDim.x) {
        const float *q = qkv + (3 * i) * width + head * size, *own = up + i * width + head * size;
        float log = logs[i * heads + head], mean = 0.0f;
        for (unsigned j = begin; j < end; j++) {
            float w = expf(scale * product_of(q, qkv + (3 * j + 1) * width + head * size, size) - log);
            mean += w * product_of(own, qkv + (3 * j + 2) * width + head * size, size);
        }
        means[i * heads + head] = mean;
        float *to = grad + (3 * i) * width + head * size;
        for (unsigned j = begin; j < end; j++) {
            const float *k = qkv + (3 * j + 1) * width + head * size;
            float w = expf(scale * product_of(q, k, size) - log);
            float pull = scale * w * (product_of(own, qkv + (3 * j + 2) * width + head * size, size) - mean);
            for (unsigned d = 0; d < size; d++) to[d] += pull * k[d];
        }
    }
}

// Adds the gradients of keys and values.
KERNEL void attention_keys_values(
    const float *qkv, const unsigned *offsets, const float *logs, const float *means, const float *up, float *grad, unsigned width, unsigned heads
) {
    unsigned begin = offsets[blockIdx.x], end = offsets[blockIdx.x + 1], head = blockIdx.y, size = width / heads;
    float scale = 1.0f / sqrtf((float)size);
    for (unsigned j = begin + threadIdx.x; j < end; j += blockDim.x) {
        const float *k = qkv + (3 * j + 1) * width + head * size, *value = qkv + (3 * j + 2) * width + head * size;
        float *of_key = grad + (3 * j + 1) * width + head * size, *of_value = grad + (3 * j + 2) * width + head * size;
        for (unsigned i = begin; i < end; i++) {
            const float *q = qkv + (3 * i) * width + head * size, *own = up + i * width + head * size;
            float w = expf(scale * product_of(q, k, size) - logs[i * heads + head]);
            float pull = scale * w * (product_of(own, value, size) - means[i * heads + head]);
            for (unsigned d = 0; d < size; d++) {
                of_key[d] += pull * q[d];
                of_value[d] += w * own[d];
            }
        }
    }
}
