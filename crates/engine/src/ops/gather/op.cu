// Values by their positions, and gradients back to them.
#include "../../gpu/common.cuh"

// out[i] = x[index[i]], 0 where that lies beyond x.
KERNEL void gather_values(const float *x, unsigned values, const unsigned *index, float *out, unsigned n) {
    for (unsigned i = first_index(); i < n; i += stride()) out[i] = index[i] < values ? x[index[i]] : 0.0f;
}

// The p-th of the positions that were read, positions[p], gets the gradients of readers[starts[p]..starts[p + 1]], in that order.
KERNEL void gather_back(
    const float *up, const unsigned *positions, const unsigned *starts, const unsigned *readers, float *grad, unsigned n
) {
    for (unsigned p = first_index(); p < n; p += stride()) {
        float sum = 0.0f;
        for (unsigned at = starts[p]; at < starts[p + 1]; at++) sum += up[readers[at]];
        grad[positions[p]] += sum;
    }
}
