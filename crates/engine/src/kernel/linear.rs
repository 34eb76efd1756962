//! A linear layer with its activation: forward and backward.

use super::activation;
use super::product::{View, product};
use crate::kernel::activation::Activation;

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
pub(super) fn finish(mut z: Vec<f32>, activation: Option<Activation>, keep: bool) -> (Vec<f32>, Saved) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum of c_i * output_i, in double precision.
    fn objective(x: &[f64], w: &[f64], b: &[f64], c: &[f64], inputs: usize) -> f64 {
        let outputs = b.len();
        let mut total = 0.0;
        for (row, cs) in x.chunks(inputs).zip(c.chunks(outputs)) {
            for o in 0..outputs {
                let z = b[o] + (0..inputs).map(|i| row[i] * w[i * outputs + o]).sum::<f64>();
                total += cs[o] * z / (1.0 + (-z).exp());
            }
        }
        total
    }

    #[test]
    fn gradients_agree_with_finite_differences_in_double_precision() {
        let (n, inputs, outputs) = (5, 3, 4);
        let numbers =
            |len: usize, m: usize| -> Vec<f32> { (0..len).map(|i| ((i * m % 23) as f32 - 11.0) / 11.0).collect() };
        let (x, w, b, c) =
            (numbers(n * inputs, 7), numbers(inputs * outputs, 5), numbers(outputs, 3), numbers(n * outputs, 9));
        let (_, saved) = forward(&x, &w, &b, inputs, Some(Activation::Silu), true);
        let (mut gx, mut gw, mut gb) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; b.len()]);
        let grads = Gradients { x: &mut gx, w: &mut gw, b: &mut gb };
        backward(&x, &w, inputs, &saved, &mut c.clone(), grads);
        let wide = |v: &[f32]| v.iter().map(|&a| f64::from(a)).collect::<Vec<_>>();
        let base = [wide(&x), wide(&w), wide(&b)];
        let c = wide(&c);
        for (which, grad) in [gx, gw, gb].iter().enumerate() {
            for i in 0..grad.len() {
                let at = |h: f64| {
                    let mut v = base.clone();
                    v[which][i] += h;
                    objective(&v[0], &v[1], &v[2], &c, inputs)
                };
                let want = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((f64::from(grad[i]) - want).abs() < 2e-5, "{which}[{i}]: {} not {want}", grad[i]);
            }
        }
    }
}
