//! Layer normalisation: each row to mean 0 and variance 1, then scaled and shifted (Ba et al. 2016).

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use rayon::prelude::*;

use crate::ops::simd::{dot, fast, sum};

/// Added to variances.
pub const EPSILON: f32 = 1e-5;

/// Rows per piece of work.
const CHUNK: usize = 64;

/// What the backward pass needs.
pub struct Saved {
    /// The normalised rows.
    normal: Vec<f32>,
    /// 1/√(variance + ε) of each row.
    scales: Vec<f32>,
}

/// Rows of `gain.len()` values: `(x - mean)/√(variance + ε) gain + bias`.
pub fn forward(x: &[f32], gain: &[f32], bias: &[f32]) -> (Vec<f32>, Saved) {
    let width = gain.len();
    let (mut out, mut normal, mut scales) = (vec![0.0; x.len()], vec![0.0; x.len()], vec![0.0; x.len() / width]);
    let chunks = out.par_chunks_mut(CHUNK * width).zip(normal.par_chunks_mut(CHUNK * width));
    chunks.zip(scales.par_chunks_mut(CHUNK)).zip(x.par_chunks(CHUNK * width)).for_each(
        |(((out, normal), scales), x)| {
            let rows =
                out.chunks_exact_mut(width).zip(normal.chunks_exact_mut(width)).zip(scales).zip(x.chunks_exact(width));
            fast(
                #[inline(always)]
                || {
                    for (((out, normal), scale), x) in rows {
                        *scale = row(x, gain, bias, out, normal);
                    }
                },
            );
        },
    );
    (out, Saved { normal, scales })
}

#[inline(always)]
fn row(x: &[f32], gain: &[f32], bias: &[f32], out: &mut [f32], normal: &mut [f32]) -> f32 {
    let n = x.len() as f32;
    let mean = sum(x) / n;
    for (z, x) in normal.iter_mut().zip(x) {
        *z = x - mean;
    }
    let scale = 1.0 / (dot(normal, normal) / n + EPSILON).sqrt();
    for (((z, out), gain), bias) in normal.iter_mut().zip(out).zip(gain).zip(bias) {
        *z *= scale;
        *out = z.mul_add(*gain, *bias);
    }
    scale
}

/// Gradients that [`backward`] adds to.
pub struct Gradients<'a> {
    pub x: &'a mut [f32],
    pub gain: &'a mut [f32],
    pub bias: &'a mut [f32],
}

/// Adds the gradients, given the output's (`up`).
pub fn backward(saved: &Saved, gain: &[f32], up: &[f32], grads: Gradients<'_>) {
    let Saved { normal, scales } = saved;
    let width = gain.len();
    let n = width as f32;
    let mut pull = vec![0.0; width];
    let rows = normal.chunks_exact(width).zip(scales).zip(up.chunks_exact(width)).zip(grads.x.chunks_exact_mut(width));
    fast(
        #[inline(always)]
        || {
            for (((normal, scale), up), x) in rows {
                for k in 0..width {
                    grads.bias[k] += up[k];
                    grads.gain[k] = up[k].mul_add(normal[k], grads.gain[k]);
                    pull[k] = up[k] * gain[k];
                }
                let (mean, along) = (sum(&pull) / n, dot(&pull, normal) / n);
                for ((x, pull), z) in x.iter_mut().zip(&pull).zip(normal) {
                    *x += scale * (pull - mean - z * along);
                }
            }
        },
    );
}
