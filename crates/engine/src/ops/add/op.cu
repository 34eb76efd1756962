// Sums of two tensors, one of them scaled.
#include "../../gpu/common.cuh"

// out = a + factor b
KERNEL void add_scaled(const float *a, const float *b, float factor, float *out, unsigned n) {
    for (unsigned i = first_index(); i < n; i += stride()) out[i] = a[i] + factor * b[i];
}

// to += factor part
KERNEL void add_to(float *to, const float *part, float factor, unsigned n) {
    for (unsigned i = first_index(); i < n; i += stride()) to[i] += factor * part[i];
}
