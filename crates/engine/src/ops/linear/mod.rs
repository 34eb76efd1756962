//! A linear layer with its activation: forward and backward.

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use tape::biased;
pub use tape::{Op, composed};

use crate::ops::activation::{self, Activation};
use crate::ops::product::{View, product};
use crate::ops::simd::fast;

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

/// Gradients that [`backward`] adds to; that of `x` may be empty, and is then left out.
pub struct Gradients<'a> {
    pub x: &'a mut [f32],
    pub w: &'a mut [f32],
    pub b: &'a mut [f32],
}

/// Adds the gradients of a layer, given the gradient `out` of its output.
pub fn backward(x: &[f32], w: &[f32], inputs: usize, saved: &Saved, out: &mut [f32], grads: Gradients<'_>) {
    let (n, outputs) = (x.len() / inputs, grads.b.len());
    fast(
        #[inline(always)]
        || before(&saved.slope, out, grads.b),
    );
    product(View::new(x, n, inputs).t(), View::new(out, n, outputs), grads.w, true);
    if !grads.x.is_empty() {
        product(View::new(out, n, outputs), View::new(w, inputs, outputs).t(), grads.x, true);
    }
}

/// Makes the gradient `out` of the activations that of the pre-activations, and adds it to that of the bias.
#[inline(always)]
fn before(slope: &[f32], out: &mut [f32], of_bias: &mut [f32]) {
    out.iter_mut().zip(slope).for_each(|(g, d)| *g *= d);
    for row in out.chunks_exact(of_bias.len()) {
        of_bias.iter_mut().zip(row).for_each(|(b, g)| *b += g);
    }
}
