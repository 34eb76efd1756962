//! A linear layer on two inputs side by side, without putting them together.

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use crate::ops::activation::Activation;
use crate::ops::linear::{self, Saved, finish};
use crate::ops::product::{View, product};

/// The two inputs; they have as many rows.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    pub x: &'a [f32],
    pub y: &'a [f32],
    /// Columns of `x`.
    pub inputs: usize,
    /// Columns of `y`.
    pub beside: usize,
}

impl<'a> Sides<'a> {
    fn rows(&self) -> usize {
        self.x.len() / self.inputs
    }

    /// Both as matrices.
    fn views(&self) -> (View<'a>, View<'a>) {
        let n = self.rows();
        (View::new(self.x, n, self.inputs), View::new(self.y, n, self.beside))
    }
}

/// `a([x y] w + b)`: `w` holds the rows for `x`, then those for `y`.
pub fn forward(
    sides: Sides<'_>,
    w: &[f32],
    b: &[f32],
    activation: Option<Activation>,
    keep: bool,
) -> (Vec<f32>, Saved) {
    let (n, outputs) = (sides.rows(), b.len());
    let (of_x, of_y) = w.split_at(sides.inputs * outputs);
    let (x, y) = sides.views();
    let mut z = Vec::with_capacity(n * outputs);
    for _ in 0..n {
        z.extend_from_slice(b);
    }
    product(x, View::new(of_x, sides.inputs, outputs), &mut z, true);
    product(y, View::new(of_y, sides.beside, outputs), &mut z, true);
    finish(z, activation, keep)
}

/// Gradients that [`backward`] adds to.
pub struct Gradients<'a> {
    pub x: &'a mut [f32],
    pub y: &'a mut [f32],
    pub w: &'a mut [f32],
    pub b: &'a mut [f32],
}

/// Adds the gradients, given the gradient `out` of the output.
pub fn backward(sides: Sides<'_>, w: &[f32], saved: &Saved, out: &mut [f32], grads: Gradients<'_>) {
    let (n, outputs) = (sides.rows(), grads.b.len());
    let (of_x, of_y) = w.split_at(sides.inputs * outputs);
    let (grad_x, grad_y) = grads.w.split_at_mut(sides.inputs * outputs);
    // This multiplies `out` by the slopes of the activation.
    let first = linear::Gradients { x: grads.x, w: grad_x, b: grads.b };
    linear::backward(sides.x, of_x, sides.inputs, saved, out, first);
    product(sides.views().1.t(), View::new(out, n, outputs), grad_y, true);
    product(View::new(out, n, outputs), View::new(of_y, sides.beside, outputs).t(), grads.y, true);
}
