// Rows moved by exp(Σ_c w_c L_c), one element a row, and the gradient of the exponents: a thread for each row. Matrices of up to SIDE rows.
#include "../../gpu/common.cuh"

#define SIDE 8
#define SIZE (SIDE * SIDE)
#define ORDER 8

// A block of values that an element acts on: where it begins, how, and the point that it belongs to (NO_POINT: the row).
struct Block {
    unsigned start, kind, point;
    float shift;
};
#define NO_POINT 0xffffffffu

enum { VECTOR, POINTS, COVECTOR, TENSOR, PSEUDOSCALAR, PSEUDOVECTOR };

// Sizes of a layout; `counted` is the column that says how many points a row has, or NO_POINT.
struct Sizes {
    unsigned rows, generators, width, side, linear, blocks, counted;
};

// out = a b, or out += a b
__device__ inline void times(const float *a, const float *b, float *out, unsigned k, bool add) {
    for (unsigned i = 0; i < k; i++)
        for (unsigned j = 0; j < k; j++) {
            float sum = add ? out[i * k + j] : 0.0f;
            for (unsigned l = 0; l < k; l++) sum += a[i * k + l] * b[l * k + j];
            out[i * k + j] = sum;
        }
}

__device__ inline unsigned squarings(const float *a, unsigned k) {
    float norm = 0.0f;
    for (unsigned j = 0; j < k; j++) {
        float sum = 0.0f;
        for (unsigned i = 0; i < k; i++) sum += fabsf(a[i * k + j]);
        norm = fmaxf(norm, sum);
    }
    return norm > 0.5f && norm < 1e30f ? (unsigned)ceilf(log2f(norm / 0.5f)) : 0;
}

// exp(a), and its derivative in the direction e where there is one; scaling, Taylor, squaring, with dual numbers (Van Loan 1978).
__device__ inline void exponential(const float *a, const float *e, float *value, float *derivative, unsigned k) {
    float scaled[SIZE], along[SIZE], p[SIZE], dp[SIZE];
    unsigned s = squarings(a, k), size = k * k;
    float scale = ldexpf(1.0f, -(int)s);
    for (unsigned i = 0; i < size; i++) {
        scaled[i] = a[i] * scale;
        if (e) along[i] = e[i] * scale;
        value[i] = i % (k + 1) == 0 ? 1.0f : 0.0f;
        if (e) derivative[i] = 0.0f;
    }
    for (unsigned n = ORDER; n > 0; n--) {
        if (e) {
            times(scaled, derivative, dp, k, false);
            times(along, value, dp, k, true);
        }
        times(scaled, value, p, k, false);
        for (unsigned i = 0; i < size; i++) {
            value[i] = p[i] / n + (i % (k + 1) == 0 ? 1.0f : 0.0f);
            if (e) derivative[i] = dp[i] / n;
        }
    }
    for (unsigned n = 0; n < s; n++) {
        if (e) {
            times(value, derivative, dp, k, false);
            times(derivative, value, dp, k, true);
        }
        times(value, value, p, k, false);
        for (unsigned i = 0; i < size; i++) {
            value[i] = p[i];
            if (e) derivative[i] = dp[i];
        }
    }
}

// sign Σ_c w_c L_c; whether any coefficient is not 0.
__device__ inline bool combined(const float *basis, const float *w, float sign, float *a, Sizes s) {
    bool moves = false;
    for (unsigned i = 0; i < s.side * s.side; i++) a[i] = 0.0f;
    for (unsigned c = 0; c < s.generators; c++) {
        moves = moves || w[c] != 0.0f;
        for (unsigned i = 0; i < s.side * s.side; i++) a[i] += sign * w[c] * basis[c * s.side * s.side + i];
    }
    return moves;
}

__device__ inline bool is_held(Block block, const float *row, Sizes s) {
    return block.point == NO_POINT || s.counted == NO_POINT || (float)block.point < row[s.counted];
}

// det exp(a) = exp(tr a)
__device__ inline float determinant(const float *a, Sizes s) {
    float trace = 0.0f;
    for (unsigned i = 0; i < s.side; i++) trace += a[i * s.side + i];
    return expf(trace);
}

KERNEL void augment_rows(const float *basis, const float *w, const float *rows, const Block *blocks, float *out, Sizes s) {
    for (unsigned row = first_index(); row < s.rows; row += stride()) {
        const float *from = rows + row * s.width;
        float *to = out + row * s.width;
        for (unsigned i = 0; i < s.width; i++) to[i] = from[i];
        float a[SIZE], g[SIZE], inverse[SIZE];
        if (!combined(basis, w + row * s.generators, 1.0f, a, s)) continue;
        exponential(a, nullptr, g, nullptr, s.side);
        float det = determinant(a, s);
        for (unsigned i = 0; i < s.side * s.side; i++) a[i] = -a[i];
        bool inverted = false;
        unsigned k = s.linear, side = s.side;
        for (unsigned b = 0; b < s.blocks; b++) {
            Block block = blocks[b];
            if (!is_held(block, from, s)) continue;
            const float *v = from + block.start;
            float *y = to + block.start;
            if (block.kind == COVECTOR && !inverted) {
                exponential(a, nullptr, inverse, nullptr, side);
                inverted = true;
            }
            if (block.kind == PSEUDOSCALAR) y[0] = det * v[0];
            if (block.kind == TENSOR)
                for (unsigned i = 0; i < k; i++)
                    for (unsigned j = 0; j < k; j++) {
                        float sum = 0.0f;
                        for (unsigned p = 0; p < k; p++)
                            for (unsigned q = 0; q < k; q++) sum += g[i * side + p] * v[p * k + q] * g[j * side + q];
                        y[i * k + j] = sum;
                    }
            if (block.kind == VECTOR || block.kind == POINTS || block.kind == PSEUDOVECTOR || block.kind == COVECTOR)
                for (unsigned i = 0; i < k; i++) {
                    float sum = 0.0f;
                    for (unsigned j = 0; j < k; j++)
                        sum += (block.kind == COVECTOR ? inverse[j * side + i] : g[i * side + j]) * v[j];
                    if (block.kind == PSEUDOVECTOR) sum *= det;
                    if (block.kind == POINTS && side > k) sum += g[i * side + k] * block.shift;
                    y[i] = sum;
                }
        }
    }
}

// The gradient of each row's exponent, rows×side².
KERNEL void augment_back(
    const float *basis, const float *w, const float *rows, const Block *blocks, const float *up, float *of_exponents, Sizes s
) {
    for (unsigned row = first_index(); row < s.rows; row += stride()) {
        const float *from = rows + row * s.width, *pulls = up + row * s.width;
        unsigned k = s.linear, side = s.side, size = side * side;
        float *of_a = of_exponents + row * size;
        float a[SIZE], g[SIZE], of_g[SIZE], of_inverse[SIZE], turned[SIZE], part[SIZE];
        for (unsigned i = 0; i < size; i++) of_a[i] = of_g[i] = of_inverse[i] = 0.0f;
        if (!combined(basis, w + row * s.generators, 1.0f, a, s)) continue;
        exponential(a, nullptr, g, nullptr, side);
        float det = determinant(a, s), of_trace = 0.0f;
        bool inverted = false;
        for (unsigned b = 0; b < s.blocks; b++) {
            Block block = blocks[b];
            if (!is_held(block, from, s)) continue;
            const float *v = from + block.start, *h = pulls + block.start;
            if (block.kind == PSEUDOSCALAR) of_trace += det * h[0] * v[0];
            if (block.kind == VECTOR || block.kind == POINTS)
                for (unsigned i = 0; i < k; i++) {
                    for (unsigned j = 0; j < k; j++) of_g[i * side + j] += h[i] * v[j];
                    if (block.kind == POINTS && side > k) of_g[i * side + k] += h[i] * block.shift;
                }
            if (block.kind == PSEUDOVECTOR)
                for (unsigned i = 0; i < k; i++)
                    for (unsigned j = 0; j < k; j++) {
                        of_g[i * side + j] += det * h[i] * v[j];
                        of_trace += det * h[i] * g[i * side + j] * v[j];
                    }
            if (block.kind == COVECTOR) {
                inverted = true;
                for (unsigned j = 0; j < k; j++)
                    for (unsigned i = 0; i < k; i++) of_inverse[j * side + i] += h[i] * v[j];
            }
            // ⟨H, g M gᵀ⟩ has the gradient H g Mᵀ + Hᵀ g M.
            if (block.kind == TENSOR)
                for (unsigned i = 0; i < k; i++)
                    for (unsigned p = 0; p < k; p++) {
                        float sum = 0.0f;
                        for (unsigned j = 0; j < k; j++)
                            for (unsigned q = 0; q < k; q++)
                                sum += h[i * k + j] * g[j * side + q] * v[p * k + q] + h[j * k + i] * g[j * side + q] * v[q * k + p];
                        of_g[i * side + p] += sum;
                    }
        }
        // The adjoint of the derivative at a is that at its transpose.
        for (unsigned i = 0; i < side; i++)
            for (unsigned j = 0; j < side; j++) turned[i * side + j] = a[j * side + i];
        exponential(turned, of_g, g, part, side);
        for (unsigned i = 0; i < size; i++) of_a[i] = part[i];
        if (inverted) {
            for (unsigned i = 0; i < size; i++) turned[i] = -turned[i];
            exponential(turned, of_inverse, g, part, side);
            for (unsigned i = 0; i < size; i++) of_a[i] -= part[i];
        }
        for (unsigned i = 0; i < k; i++) of_a[i * side + i] += of_trace;
    }
}
