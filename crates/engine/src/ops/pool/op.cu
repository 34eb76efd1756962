// Values of all points of a row to one, and one to all points. Row i has the points offsets[i]..offsets[i + 1].
#include "../../gpu/common.cuh"

// Kind 0: mean, 1: sum, 2: largest (with the point that it came from).
KERNEL void pool_points(
    const float *x, const unsigned *offsets, float *out, unsigned *from, unsigned rows, unsigned width, int kind
) {
    for (unsigned i = first_index(); i < rows * width; i += stride()) {
        unsigned row = i / width, k = i % width, begin = offsets[row], end = offsets[row + 1];
        if (kind == 2) {
            float best = 0.0f;
            unsigned best_at = 0;
            for (unsigned p = begin; p < end; p++) {
                float v = x[p * width + k];
                if (p == begin || v > best) {
                    best = v;
                    best_at = p;
                }
            }
            out[i] = best;
            from[i] = best_at;
        } else {
            float scale = kind == 0 && end > begin ? 1.0f / (end - begin) : 1.0f, sum = 0.0f;
            for (unsigned p = begin; p < end; p++) sum += scale * x[p * width + k];
            out[i] = sum;
        }
    }
}

// Adds to the gradient of the points' values that of their rows' pooled ones; rows[p] is the row of a point.
KERNEL void pool_back(
    const float *up, const unsigned *offsets, const unsigned *rows, const unsigned *from, float *grad, unsigned points, unsigned width, int kind
) {
    for (unsigned i = first_index(); i < points * width; i += stride()) {
        unsigned p = i / width, k = i % width, row = rows[p];
        float g = up[row * width + k];
        if (kind == 2)
            grad[i] += from[row * width + k] == p ? g : 0.0f;
        else
            grad[i] += kind == 0 ? g / (offsets[row + 1] - offsets[row]) : g;
    }
}

// A row's values at each of its points.
KERNEL void pool_spread(const float *x, const unsigned *rows, float *out, unsigned points, unsigned width) {
    for (unsigned i = first_index(); i < points * width; i += stride()) out[i] = x[rows[i / width] * width + i % width];
}
