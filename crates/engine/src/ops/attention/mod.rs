//! Attention of all points of a row on each other: forward and backward.
//!
//! `o_i = Σ_j softmax_j(⟨q_i, k_j⟩/√h) v_j` for each head of width `h` (Vaswani et al. 2017). The weights are
//! recomputed in the backward pass from the logarithm of their sum, so that memory is linear in the points.

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use std::ops::Range;

use rayon::prelude::*;

use crate::ops::activation::exp;
use crate::ops::product::{View, product};
use crate::ops::simd::{dot, fast, sum};
use crate::points::Points;

/// Rows per piece of work.
const CHUNK: usize = 4;

/// Points×width from points×3·width (queries, keys, values), and for the way back the logarithm of the sum of weights,
/// heads×1 a point.
pub fn forward(qkv: &[f32], width: usize, heads: usize, points: &Points) -> (Vec<f32>, Vec<f32>) {
    let chunks = points.chunks(CHUNK).into_par_iter().map(|rows| {
        let first = points.range(rows.start).start;
        let total = points.range(rows.end - 1).end - first;
        let (mut out, mut logs) = (vec![0.0; total * width], vec![0.0; total * heads]);
        let mut head = Head::new(width, heads, points.most());
        for row in rows.map(|i| points.range(i)) {
            for h in 0..heads {
                head.forward(qkv, &At { row: row.clone(), head: h, first }, &mut out, &mut logs);
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
        let mut head = Head::new(width, heads, points.most());
        for row in rows.map(|i| points.range(i)) {
            for h in 0..heads {
                head.backward(qkv, &At { row: row.clone(), head: h, first }, logs, up, &mut grad);
            }
        }
        grad
    });
    chunks.collect::<Vec<_>>().concat()
}

/// One head of one row.
struct At {
    /// The row's points.
    row: Range<usize>,
    head: usize,
    /// The first point of the piece of work.
    first: usize,
}

/// Room for one head of one row: its queries, keys and values as matrices, the weights, and gradients of them all.
struct Head {
    /// Values of a point, of all heads.
    width: usize,
    size: usize,
    qkv: [Vec<f32>; 3],
    weights: Vec<f32>,
    pulls: Vec<f32>,
    outs: Vec<f32>,
    grads: [Vec<f32>; 3],
}

impl Head {
    fn new(width: usize, heads: usize, most: usize) -> Self {
        let size = width / heads;
        let room = |n: usize| vec![0.0; n * most];
        let three = || [room(size), room(size), room(size)];
        Self { width, size, qkv: three(), weights: room(most), pulls: room(most), outs: room(size), grads: three() }
    }

    /// Takes the head's columns out of the points' values.
    fn gather(&mut self, qkv: &[f32], at: &At) {
        let (width, size, h) = (self.width, self.size, at.head);
        for (i, point) in at.row.clone().enumerate() {
            for (part, own) in self.qkv.iter_mut().enumerate() {
                let from = (point * 3 + part) * width + h * size;
                own[i * size..(i + 1) * size].copy_from_slice(&qkv[from..from + size]);
            }
        }
    }

    /// ⟨q_i, k_j⟩/√size into `weights`.
    fn scores(&mut self, n: usize) {
        let [q, k, _] = &self.qkv;
        let (q, k) = (View::new(&q[..n * self.size], n, self.size), View::new(&k[..n * self.size], n, self.size));
        product(q, k.t(), &mut self.weights[..n * n], false);
        let scale = 1.0 / (self.size as f32).sqrt();
        self.weights[..n * n].iter_mut().for_each(|w| *w *= scale);
    }

    fn forward(&mut self, qkv: &[f32], at: &At, out: &mut [f32], logs: &mut [f32]) {
        let (n, width, size, &At { ref row, head: h, first }) = (at.row.len(), self.width, self.size, at);
        if n == 0 {
            return;
        }
        self.gather(qkv, at);
        self.scores(n);
        for (i, weights) in self.weights[..n * n].chunks_exact_mut(n).enumerate() {
            logs[(row.start + i - first) * (width / size) + h] = softmax(weights);
        }
        let weights = View::new(&self.weights[..n * n], n, n);
        product(weights, View::new(&self.qkv[2][..n * size], n, size), &mut self.outs[..n * size], false);
        for (i, own) in self.outs[..n * size].chunks_exact(size).enumerate() {
            out[(row.start + i - first) * width + h * size..][..size].copy_from_slice(own);
        }
    }

    fn backward(&mut self, qkv: &[f32], at: &At, logs: &[f32], up: &[f32], grad: &mut [f32]) {
        let (n, width, size, &At { ref row, head: h, first }) = (at.row.len(), self.width, self.size, at);
        if n == 0 {
            return;
        }
        self.gather(qkv, at);
        for (i, own) in self.outs[..n * size].chunks_exact_mut(size).enumerate() {
            own.copy_from_slice(&up[(row.start + i) * width + h * size..][..size]);
        }
        self.scores(n);
        let square = |v| View::new(v, n, n);
        let tall = |v| View::new(v, n, size);
        let ([q, k, v], up) = (self.qkv.each_ref().map(|m| &m[..n * size]), &self.outs[..n * size]);
        let (weights, pulls) = (&mut self.weights[..n * n], &mut self.pulls[..n * n]);
        product(tall(up), tall(v).t(), pulls, false);
        let scale = 1.0 / (size as f32).sqrt();
        for (i, (weights, pulls)) in weights.chunks_exact_mut(n).zip(pulls.chunks_exact_mut(n)).enumerate() {
            pull_softmax(weights, pulls, logs[(row.start + i) * (width / size) + h], scale);
        }
        let [gq, gk, gv] = self.grads.each_mut().map(|m| &mut m[..n * size]);
        product(square(pulls), tall(k), gq, false);
        product(square(pulls).t(), tall(q), gk, false);
        product(square(weights).t(), tall(up), gv, false);
        for (part, own) in [gq, gk, gv].into_iter().enumerate() {
            for (i, own) in own.chunks_exact(size).enumerate() {
                grad[((row.start + i - first) * 3 + part) * width + h * size..][..size].copy_from_slice(own);
            }
        }
    }
}

/// Scores to weights that sum to 1; returns the logarithm of what they were divided by.
fn softmax(weights: &mut [f32]) -> f32 {
    let top = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    fast(
        #[inline(always)]
        || {
            for w in &mut *weights {
                *w = exp(*w - top);
            }
            let total = sum(weights);
            for w in weights {
                *w /= total;
            }
            top + total.ln()
        },
    )
}

/// Scores to weights, and the gradients of these to those of what the scores are `scale` times of.
fn pull_softmax(weights: &mut [f32], pulls: &mut [f32], log: f32, scale: f32) {
    fast(
        #[inline(always)]
        || {
            for w in &mut *weights {
                *w = exp(*w - log);
            }
            let mean = dot(weights, pulls);
            for (w, p) in weights.iter().zip(pulls) {
                *p = scale * w * (*p - mean);
            }
        },
    );
}
