//! Messages between all pairs of points of a row: forward and backward.
//!
//! With `d_ij = |x_i - x_j|` and `e` the radial functions of [`radial`],
//!
//! ```text
//! m_ij = a(p_i + q_j + (x_i - x_j) C + e(d_ij) W)            width values
//! s_i  = 1/√N Σ_{j≠i} end(d_ij) m_ij                          without vectors
//! v_i  = 1/√N Σ_{j≠i} end(d_ij) (m_ij G) ⊗ (x_i - x_j)/(d_ij + 1)   with vectors
//! ```
//!
//! for the `N` points of a row; `√N` keeps sums of like size from 2 to 64 points. A linear map after the message
//! commutes with the sum, so that nothing here except the activation is done once per pair. Messages are recomputed in
//! the backward pass: that is as fast as writing and reading them, and the memory is linear in the points, not in the
//! pairs.

mod backward;
mod composed;
mod message;
mod pull;
pub mod radial;
mod row;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

use rayon::prelude::*;

pub use backward::{Gradients, backward};
pub use composed::composed;
use row::{Row, Scratch, forward_row};
pub use tape::{Op, PairMaps};

use crate::ops::activation::{self, Activation};
use crate::ops::simd;
use crate::points::Points;

/// Rows per piece of work, fixed so that sums do not depend on the number of threads.
const CHUNK: usize = 4;

/// What messages are made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Form {
    /// Values of a message.
    pub width: usize,
    /// Coordinates of a point.
    pub dim: usize,
    /// Radial functions; 0 for none.
    pub radial: usize,
    /// Distance at which messages have ended smoothly.
    pub cutoff: Option<f32>,
    pub activation: Activation,
    /// Vectors given by each point; 0 for the sum of messages.
    pub vectors: usize,
}

impl Form {
    /// Values given by each point.
    pub fn outputs(&self) -> usize {
        if self.vectors > 0 { self.vectors * self.dim } else { self.width }
    }
}

/// What messages are made from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// p beside q: points×2·width.
    pub pq: &'a [f32],
    /// Positions: points×dim.
    pub x: &'a [f32],
}

/// Learned maps, each row-major, empty where the form has none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weights<'a> {
    /// W: `radial`×`width`.
    pub radial: &'a [f32],
    /// C: `dim`×`width`.
    pub relative: &'a [f32],
    /// G, transposed: `vectors`×`width`.
    pub gate: &'a [f32],
}

/// Runs generic code with the activation as a function that can be inlined.
macro_rules! with_curve {
    ($activation:expr, $curve:ident => $body:expr) => {
        match $activation {
            Activation::Silu => {
                let $curve = activation::silu;
                $body
            }
            Activation::Relu => {
                let $curve = activation::relu;
                $body
            }
            Activation::Tanh => {
                let $curve = activation::tanh_curve;
                $body
            }
            Activation::Gelu => {
                let $curve = activation::gelu;
                $body
            }
        }
    };
}
use with_curve;

/// Sums of messages, or vectors, of all points.
pub fn forward(inputs: Inputs<'_>, weights: Weights<'_>, points: &Points, form: Form) -> Vec<f32> {
    let padded = row::with_four_rows(weights.radial, form.width);
    let weights = Weights { radial: &padded, ..weights };
    let parts: Vec<Vec<f32>> = points
        .chunks(CHUNK)
        .into_par_iter()
        .map(|rows| {
            let mut scratch = Scratch::new(&form, points.most());
            let first = points.range(rows.start).start;
            let mut out = vec![0.0; (points.range(rows.end - 1).end - first) * form.outputs()];
            for i in rows {
                let range = points.range(i);
                let own = (range.start - first) * form.outputs()..(range.end - first) * form.outputs();
                let row = Row::new(inputs, range, &form);
                let out = &mut out[own];
                simd::fast(#[inline(always)] || with_curve!(form.activation, curve => forward_row(curve, &row, weights, &form, &mut scratch, out)));
            }
            out
        })
        .collect();
    parts.concat()
}
