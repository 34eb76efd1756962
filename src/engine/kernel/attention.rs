//! Attention of all points of a row on each other: forward and backward.
//!
//! `o_i = Σ_j softmax_j(⟨q_i, k_j⟩/√h) v_j` for each head of width `h` (Vaswani et al. 2017). The weights are computed again on
//! the way back from the logarithm of their sum, so that memory is that of the points.

use std::ops::Range;

use rayon::prelude::*;

use super::activation::exp;
use super::simd::{add_scaled, dot, fast};
use crate::engine::points::Points;

/// Rows per piece of work.
const CHUNK: usize = 4;

/// Points×width from points×3·width (queries, keys, values), and for the way back the logarithm of the sum of weights,
/// heads×1 a point.
pub fn forward(qkv: &[f32], width: usize, heads: usize, points: &Points) -> (Vec<f32>, Vec<f32>) {
    let chunks = points.chunks(CHUNK).into_par_iter().map(|rows| {
        let first = points.range(rows.start).start;
        let total = points.range(rows.end - 1).end - first;
        let (mut out, mut logs) = (vec![0.0; total * width], vec![0.0; total * heads]);
        let mut head = Head::new(width / heads, points.most());
        for row in rows.map(|i| points.range(i)) {
            for h in 0..heads {
                fast(
                    #[inline(always)]
                    || head.forward(qkv, width, &row, h, (&mut out, &mut logs, first)),
                );
            }
        }
        (out, logs)
    });
    let parts: Vec<_> = chunks.collect();
    let (out, logs): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    (out.concat(), logs.concat())
}

/// The gradient of `qkv`, given the output's (`up`).
pub fn backward(qkv: &[f32], logs: &[f32], width: usize, heads: usize, points: &Points, up: &[f32]) -> Vec<f32> {
    let chunks = points.chunks(CHUNK).into_par_iter().map(|rows| {
        let first = points.range(rows.start).start;
        let mut grad = vec![0.0; (points.range(rows.end - 1).end - first) * 3 * width];
        let mut head = Head::new(width / heads, points.most());
        for row in rows.map(|i| points.range(i)) {
            for h in 0..heads {
                fast(
                    #[inline(always)]
                    || head.backward(qkv, width, &row, h, (logs, up), (&mut grad, first)),
                );
            }
        }
        grad
    });
    chunks.collect::<Vec<_>>().concat()
}

/// Room for one head of one row.
struct Head {
    size: usize,
    /// Keys and values with the points side by side: size×points.
    keys: Vec<f32>,
    values: Vec<f32>,
    /// Weights of one point, and their gradient.
    weights: Vec<f32>,
    pulls: Vec<f32>,
}

impl Head {
    fn new(size: usize, most: usize) -> Self {
        let room = || vec![0.0; size * most];
        Self { size, keys: room(), values: room(), weights: vec![0.0; most], pulls: vec![0.0; most] }
    }

    #[inline(always)]
    fn gather(&mut self, qkv: &[f32], width: usize, row: &Range<usize>, h: usize) {
        let (n, size) = (row.len(), self.size);
        for (j, point) in row.clone().enumerate() {
            let own = &qkv[point * 3 * width + h * size..];
            for d in 0..size {
                self.keys[d * n + j] = own[width + d];
                self.values[d * n + j] = own[2 * width + d];
            }
        }
    }

    /// ⟨q, k_j⟩/√size of all points j into `weights`.
    #[inline(always)]
    fn scores(&mut self, q: &[f32], n: usize) {
        let (scale, weights) = (1.0 / (self.size as f32).sqrt(), &mut self.weights[..n]);
        weights.fill(0.0);
        for (q, keys) in q.iter().zip(self.keys.chunks_exact(n)) {
            add_scaled(q * scale, keys, weights);
        }
    }

    #[inline(always)]
    fn forward(
        &mut self,
        qkv: &[f32],
        width: usize,
        row: &Range<usize>,
        h: usize,
        (out, logs, first): (&mut [f32], &mut [f32], usize),
    ) {
        let (n, size) = (row.len(), self.size);
        if n == 0 {
            return;
        }
        self.gather(qkv, width, row, h);
        for point in row.clone() {
            self.scores(&qkv[point * 3 * width + h * size..][..size], n);
            let weights = &mut self.weights[..n];
            let top = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            for w in &mut *weights {
                *w = exp(*w - top);
            }
            let total: f32 = super::simd::sum(weights);
            logs[(point - first) * (width / size) + h] = top + total.ln();
            let out = &mut out[(point - first) * width + h * size..][..size];
            for (d, values) in self.values.chunks_exact(n).enumerate().take(size) {
                out[d] = dot(weights, values) / total;
            }
        }
    }

    #[inline(always)]
    fn backward(
        &mut self,
        qkv: &[f32],
        width: usize,
        row: &Range<usize>,
        h: usize,
        (logs, up): (&[f32], &[f32]),
        (grad, first): (&mut [f32], usize),
    ) {
        let (n, size) = (row.len(), self.size);
        if n == 0 {
            return;
        }
        let scale = 1.0 / (size as f32).sqrt();
        self.gather(qkv, width, row, h);
        let at = |point: usize, part: usize| point * 3 * width + part * width + h * size;
        for i in row.clone() {
            let q = &qkv[at(i, 0)..][..size];
            self.scores(q, n);
            let (log, up) = (logs[i * (width / size) + h], &up[i * width + h * size..][..size]);
            let (weights, pulls) = (&mut self.weights[..n], &mut self.pulls[..n]);
            for w in &mut *weights {
                *w = exp(*w - log);
            }
            pulls.fill(0.0);
            for (up, values) in up.iter().zip(self.values.chunks_exact(n)) {
                add_scaled(*up, values, pulls);
            }
            let mean = dot(weights, pulls);
            for (w, p) in weights.iter().zip(&mut *pulls) {
                *p = scale * w * (*p - mean);
            }
            for (d, keys) in self.keys.chunks_exact(n).enumerate().take(size) {
                grad[at(i - first, 0) + d] += dot(pulls, keys);
            }
            for (j, (w, p)) in row.clone().zip(weights.iter().zip(&*pulls)) {
                add_scaled(*p, q, &mut grad[at(j - first, 1)..][..size]);
                add_scaled(*w, up, &mut grad[at(j - first, 2)..][..size]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, m: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * m % 23) as f32 - 11.0) / 8.0).collect()
    }

    fn reference(qkv: &[f64], width: usize, heads: usize, points: &Points) -> Vec<f64> {
        let size = width / heads;
        let mut out = vec![0.0; points.total() * width];
        for row in points.ranges() {
            for (i, h) in row.clone().flat_map(|i| (0..heads).map(move |h| (i, h))) {
                let part = |i: usize, part: usize| &qkv[i * 3 * width + part * width + h * size..][..size];
                let score = |j: usize| part(i, 0).iter().zip(part(j, 1)).map(|(a, b)| a * b).sum::<f64>();
                let weights: Vec<f64> = row.clone().map(|j| (score(j) / (size as f64).sqrt()).exp()).collect();
                let total: f64 = weights.iter().sum();
                for (w, j) in weights.iter().zip(row.clone()) {
                    (0..size).for_each(|d| out[i * width + h * size + d] += w / total * part(j, 2)[d]);
                }
            }
        }
        out
    }

    #[test]
    fn values_and_gradients_agree_with_finite_differences_in_double_precision() {
        let (width, heads, points) = (6, 2, Points::new(9, [3, 0, 1, 9]));
        let qkv = numbers(points.total() * 3 * width, 7);
        let (out, logs) = forward(&qkv, width, heads, &points);
        let base: Vec<f64> = qkv.iter().map(|&v| f64::from(v)).collect();
        for (got, want) in out.iter().zip(reference(&base, width, heads, &points)) {
            assert!((f64::from(*got) - want).abs() < 1e-5, "{got} not {want}");
        }
        let up = numbers(out.len(), 5);
        let grad = backward(&qkv, &logs, width, heads, &points, &up);
        for i in 0..grad.len() {
            let at = |h: f64| {
                let mut v = base.clone();
                v[i] += h;
                reference(&v, width, heads, &points).iter().zip(&up).map(|(o, u)| o * f64::from(*u)).sum::<f64>()
            };
            let want = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((f64::from(grad[i]) - want).abs() < 5e-5, "[{i}]: {} not {want}", grad[i]);
        }
    }
}
