//! Values of all points of a row to one, and one to all points.

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed, composed_spread};

use rayon::prelude::*;

use crate::ops::simd::{add_scaled, fast};
use crate::points::Points;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the values of all points become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    #[default]
    Mean,
    Sum,
    Max,
}

/// Rows per piece of work.
const CHUNK: usize = 16;

/// Rows×`width` from points×`width`; a row without points gives 0. For [`Pool::Max`] also the points that the values came
/// from.
pub fn forward(x: &[f32], width: usize, points: &Points, pool: Pool) -> (Vec<f32>, Vec<u32>) {
    let mut out = vec![0.0; points.rows() * width];
    let mut from = vec![0; if pool == Pool::Max { out.len() } else { 0 }];
    if pool == Pool::Max {
        let rows = out.par_chunks_mut(width * CHUNK).zip(from.par_chunks_mut(width * CHUNK)).enumerate();
        rows.for_each(|(chunk, (out, from))| {
            for (i, (out, from)) in out.chunks_exact_mut(width).zip(from.chunks_exact_mut(width)).enumerate() {
                let range = points.range(chunk * CHUNK + i);
                fast(
                    #[inline(always)]
                    || largest(x, width, range, out, from),
                );
            }
        });
        return (out, from);
    }
    out.par_chunks_mut(width * CHUNK).enumerate().for_each(|(chunk, out)| {
        for (i, out) in out.chunks_exact_mut(width).enumerate() {
            let range = points.range(chunk * CHUNK + i);
            let scale = scale(pool, range.len());
            let own = x[range.start * width..range.end * width].chunks_exact(width);
            fast(
                #[inline(always)]
                || {
                    for x in own {
                        add_scaled(scale, x, out);
                    }
                },
            );
        }
    });
    (out, from)
}

fn scale(pool: Pool, count: usize) -> f32 {
    if pool == Pool::Mean { 1.0 / count.max(1) as f32 } else { 1.0 }
}

#[inline(always)]
fn largest(x: &[f32], width: usize, range: std::ops::Range<usize>, out: &mut [f32], from: &mut [u32]) {
    for i in range.clone() {
        let first = i == range.start;
        for ((x, out), from) in x[i * width..(i + 1) * width].iter().zip(&mut *out).zip(&mut *from) {
            let better = first || *x > *out;
            *out = if better { *x } else { *out };
            *from = if better { i as u32 } else { *from };
        }
    }
}

/// Adds the gradient of the points' values, given the gradient `out` of the rows' values.
pub fn backward(out: &[f32], from: &[u32], width: usize, points: &Points, pool: Pool, grad: &mut [f32]) {
    for ((i, range), out) in points.ranges().enumerate().zip(out.chunks_exact(width)) {
        if pool == Pool::Max {
            if !range.is_empty() {
                for (k, g) in out.iter().enumerate() {
                    grad[from[i * width + k] as usize * width + k] += g;
                }
            }
            continue;
        }
        let scale = scale(pool, range.len());
        fast(
            #[inline(always)]
            || {
                for grad in grad[range.start * width..range.end * width].chunks_exact_mut(width) {
                    add_scaled(scale, out, grad);
                }
            },
        );
    }
}

/// Points×`width` from rows×`width`: the row's values at each of its points.
pub fn spread(x: &[f32], width: usize, points: &Points) -> Vec<f32> {
    let mut out = Vec::with_capacity(points.total() * width);
    for (range, x) in points.ranges().zip(x.chunks_exact(width)) {
        for _ in range {
            out.extend_from_slice(x);
        }
    }
    out
}
