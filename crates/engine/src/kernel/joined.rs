//! A linear layer on two inputs side by side, without putting them together.

use super::linear::{self, Saved, finish};
use super::product::{View, product};
use crate::kernel::activation::Activation;

/// `a([x y] w + b)`: `x` and `y` have as many rows; `w` holds the rows for `x`, then those for `y`.
pub fn forward(
    (x, y): (&[f32], &[f32]),
    w: &[f32],
    b: &[f32],
    inputs: (usize, usize),
    activation: Option<Activation>,
    keep: bool,
) -> (Vec<f32>, Saved) {
    let (n, outputs) = (x.len() / inputs.0, b.len());
    let (of_x, of_y) = w.split_at(inputs.0 * outputs);
    let mut z = Vec::with_capacity(n * outputs);
    for _ in 0..n {
        z.extend_from_slice(b);
    }
    product(View::new(x, n, inputs.0), View::new(of_x, inputs.0, outputs), &mut z, true);
    product(View::new(y, n, inputs.1), View::new(of_y, inputs.1, outputs), &mut z, true);
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
pub fn backward(
    (x, y): (&[f32], &[f32]),
    w: &[f32],
    inputs: (usize, usize),
    saved: &Saved,
    out: &mut [f32],
    grads: Gradients<'_>,
) {
    let (n, outputs) = (x.len() / inputs.0, grads.b.len());
    let (of_x, of_y) = w.split_at(inputs.0 * outputs);
    let (grad_x, grad_y) = grads.w.split_at_mut(inputs.0 * outputs);
    // This multiplies `out` by the slopes of the activation.
    linear::backward(x, of_x, inputs.0, saved, out, linear::Gradients { x: grads.x, w: grad_x, b: grads.b });
    product(View::new(y, n, inputs.1).t(), View::new(out, n, outputs), grad_y, true);
    product(View::new(out, n, outputs), View::new(of_y, inputs.1, outputs).t(), grads.y, true);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_inputs_are_one_layer_on_both_side_by_side() {
        let numbers = |n: usize, m: usize| (0..n).map(|i| ((i * m % 23) as f32 - 11.0) / 8.0).collect::<Vec<f32>>();
        let (n, inputs, outputs, act) = (5, (3, 2), 4, Some(Activation::Silu));
        let (x, y, w, b) = (numbers(n * 3, 7), numbers(n * 2, 5), numbers(5 * outputs, 3), numbers(outputs, 9));
        let both: Vec<f32> = x.chunks(3).zip(y.chunks(2)).flat_map(|(x, y)| [x, y].concat()).collect();
        let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5) && a.len() == b.len();
        let (out, saved) = forward((&x, &y), &w, &b, inputs, act, true);
        let (want, other) = linear::forward(&both, &w, &b, 5, act, true);
        assert!(near(&out, &want));
        let up = numbers(out.len(), 11);
        let (mut gx, mut gy, mut gw, mut gb) = (vec![0.0; 15], vec![0.0; 10], vec![0.0; 20], vec![0.0; 4]);
        let grads = Gradients { x: &mut gx, y: &mut gy, w: &mut gw, b: &mut gb };
        backward((&x, &y), &w, inputs, &saved, &mut up.clone(), grads);
        let (mut joint, mut jw, mut jb) = (vec![0.0; 25], vec![0.0; 20], vec![0.0; 4]);
        let grads = linear::Gradients { x: &mut joint, w: &mut jw, b: &mut jb };
        linear::backward(&both, &w, 5, &other, &mut up.clone(), grads);
        let apart: Vec<f32> = gx.chunks(3).zip(gy.chunks(2)).flat_map(|(x, y)| [x, y].concat()).collect();
        assert!(near(&apart, &joint) && near(&gw, &jw) && near(&gb, &jb));
    }
}
