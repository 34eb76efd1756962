//! A linear layer with its activation: forward and backward.

mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use tape::biased;
pub use tape::{Op, composed};

use crate::ops::activation::{self, Activation};
use crate::ops::product::{View, product};

/// What the backward pass needs: the slopes of the activation, `n`×`outputs`; empty for a layer without activation.
pub struct Saved {
    slope: Vec<f32>,
}

/// `a(x w + b)` for `x` of `n`×`inputs`, `w` of `inputs`×`outputs`, `b` of `outputs`; all row-major.
pub fn forward(
    x: &[f32],
    w: &[f32],
    b: &[f32],
    inputs: usize,
    activation: Option<Activation>,
    keep: bool,
) -> (Vec<f32>, Saved) {
    let (n, outputs) = (x.len() / inputs, b.len());
    let mut z = Vec::with_capacity(n * outputs);
    for _ in 0..n {
        z.extend_from_slice(b);
    }
    product(View::new(x, n, inputs), View::new(w, inputs, outputs), &mut z, true);
    finish(z, activation, keep)
}

/// Pre-activations to activations.
pub(crate) fn finish(mut z: Vec<f32>, activation: Option<Activation>, keep: bool) -> (Vec<f32>, Saved) {
    let mut slope = vec![0.0; if keep && activation.is_some() { z.len() } else { 0 }];
    if let Some(activation) = activation {
        activation::apply(activation, &mut z, &mut slope);
    }
    (z, Saved { slope })
}

/// Gradients that [`backward`] adds to.
pub struct Gradients<'a> {
    pub x: &'a mut [f32],
    pub w: &'a mut [f32],
    pub b: &'a mut [f32],
}

/// Adds the gradients of a layer, given the gradient `out` of its output.
pub fn backward(x: &[f32], w: &[f32], inputs: usize, saved: &Saved, out: &mut [f32], grads: Gradients<'_>) {
    let (n, outputs) = (x.len() / inputs, grads.b.len());
    if !saved.slope.is_empty() {
        for (g, d) in out.iter_mut().zip(&saved.slope) {
            *g *= d;
        }
    }
    for row in out.chunks_exact(outputs) {
        for (b, g) in grads.b.iter_mut().zip(row) {
            *b += g;
        }
    }
    product(View::new(x, n, inputs).t(), View::new(out, n, outputs), grads.w, true);
    product(View::new(out, n, outputs), View::new(w, inputs, outputs).t(), grads.x, true);
}
