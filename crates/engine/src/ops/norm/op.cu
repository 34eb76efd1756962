// Layer normalisation: a block for each row.
#include "../../gpu/common.cuh"

// (x − mean) / √(variance + ε) · gain + bias; the normalised rows and their scales are kept where there is room for them.
KERNEL void norm_rows(
    const float *x, const float *gain, const float *bias, float *out, float *normal, float *scales, unsigned width, float epsilon
) {
    __shared__ float room[MOST_THREADS];
    const float *row = x + blockIdx.x * width;
    float sum = 0.0f;
    for (unsigned k = threadIdx.x; k < width; k += blockDim.x) sum += row[k];
    float mean = block_sum(sum, room) / width;
    float square = 0.0f;
    for (unsigned k = threadIdx.x; k < width; k += blockDim.x) square += (row[k] - mean) * (row[k] - mean);
    float scale = 1.0f / sqrtf(block_sum(square, room) / width + epsilon);
    for (unsigned k = threadIdx.x; k < width; k += blockDim.x) {
        float z = (row[k] - mean) * scale;
        out[blockIdx.x * width + k] = z * gain[k] + bias[k];
        if (normal) normal[blockIdx.x * width + k] = z;
    }
    if (scales && threadIdx.x == 0) scales[blockIdx.x] = scale;
}

// Adds the gradient of the rows.
KERNEL void norm_pull(
    const float *normal, const float *scales, const float *gain, const float *up, float *grad, unsigned width
) {
    __shared__ float room[MOST_THREADS];
    unsigned first = blockIdx.x * width;
    float sum = 0.0f, along = 0.0f;
    for (unsigned k = threadIdx.x; k < width; k += blockDim.x) {
        float pull = up[first + k] * gain[k];
        sum += pull;
        along += pull * normal[first + k];
    }
    float mean = block_sum(sum, room) / width;
    along = block_sum(along, room) / width;
    for (unsigned k = threadIdx.x; k < width; k += blockDim.x)
        grad[first + k] += scales[blockIdx.x] * (up[first + k] * gain[k] - mean - normal[first + k] * along);
}

// Adds the gradient of the gain.
KERNEL void norm_gain(const float *normal, const float *up, float *grad, unsigned rows, unsigned width) {
    column_sums(rows, width, grad, [=](unsigned row, unsigned k) { return up[row * width + k] * normal[row * width + k]; });
}
