// The parts of a linear layer around its products: bias, activation and slope in one pass, and their way back.
#include "../../gpu/common.cuh"

// Value and slope; the formulas of ops/activation.
__device__ inline void curve(int kind, float x, float &value, float &slope) {
    if (kind == 0) {
        float s = 1.0f / (1.0f + expf(-x));
        value = x * s;
        slope = s * (1.0f + x * (1.0f - s));
    } else if (kind == 1) {
        value = x > 0.0f ? x : 0.0f;
        slope = x > 0.0f ? 1.0f : 0.0f;
    } else if (kind == 2) {
        value = tanhf(x);
        slope = 1.0f - value * value;
    } else {
        const float c = 0.7978846f;
        float t = tanhf(c * (x + 0.044715f * x * x * x));
        value = 0.5f * x * (1.0f + t);
        slope = 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * c * (1.0f + 3.0f * 0.044715f * x * x);
    }
}

// z (rows×columns) += bias, then the activation; a negative kind is none. Slopes are kept where there is room for them.
KERNEL void linear_finish(float *z, float *slopes, const float *bias, unsigned rows, unsigned columns, int kind) {
    for (unsigned i = first_index(); i < rows * columns; i += stride()) {
        float x = z[i] + bias[i % columns], slope = 1.0f;
        if (kind >= 0) curve(kind, x, x, slope);
        z[i] = x;
        if (slopes) slopes[i] = slope;
    }
}

// Gradients of activations to those of what they are of.
KERNEL void linear_pull(float *up, const float *slopes, unsigned n) {
    for (unsigned i = first_index(); i < n; i += stride()) up[i] *= slopes[i];
}

// The gradient of the bias: a column of blocks for 32 columns each.
KERNEL void linear_bias(const float *up, float *bias, unsigned rows, unsigned columns) {
    column_sums(rows, columns, bias, [=](unsigned row, unsigned column) { return up[row * columns + column]; });
}
