use dfdx::prelude::*;

use super::Gradients;
use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, flat, mat, pulled};

#[test]
fn two_inputs_are_one_layer_on_both_side_by_side() {
    let numbers = |n: usize, m: usize| (0..n).map(|i| ((i * m % 23) as f32 - 11.0) / 8.0).collect::<Vec<f32>>();
    let (n, outputs, act) = (5, 4, Some(Activation::Silu));
    let (x, y, w, b) = (numbers(n * 3, 7), numbers(n * 2, 5), numbers(5 * outputs, 3), numbers(outputs, 9));
    let both: Vec<f32> = x.chunks(3).zip(y.chunks(2)).flat_map(|(x, y)| [x, y].concat()).collect();
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5) && a.len() == b.len();
    let sides = Sides { x: &x, y: &y, inputs: 3, beside: 2 };
    let (out, saved) = forward(sides, &w, &b, act, true);
    let (want, other) = linear::forward(&both, &w, &b, 5, act, true);
    assert!(near(&out, &want));
    let up = numbers(out.len(), 11);
    let (mut gx, mut gy, mut gw, mut gb) = (vec![0.0; 15], vec![0.0; 10], vec![0.0; 20], vec![0.0; 4]);
    let grads = Gradients { x: &mut gx, y: &mut gy, w: &mut gw, b: &mut gb };
    backward(sides, &w, &saved, &mut up.clone(), grads);
    let (mut joint, mut jw, mut jb) = (vec![0.0; 25], vec![0.0; 20], vec![0.0; 4]);
    let grads = linear::Gradients { x: &mut joint, w: &mut jw, b: &mut jb };
    linear::backward(&both, &w, 5, &other, &mut up.clone(), grads);
    let apart: Vec<f32> = gx.chunks(3).zip(gy.chunks(2)).flat_map(|(x, y)| [x, y].concat()).collect();
    assert!(near(&apart, &joint) && near(&gw, &jw) && near(&gb, &jb));
}

/// Values and gradients of a layer on two inputs.
pub(crate) fn joined_layers<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let (x, y, w, b) = (mat(dev, 6, 5, 3), mat(dev, 6, 4, 5), flat(dev, 9 * 3, 7), flat(dev, 3, 9));
    let a = Some(Activation::Silu);
    let z = match path {
        Path::Device => D::joined(x.leaky_trace(), &y, &w, &b, a),
        Path::Stock => composed(x.leaky_trace(), &y, &w, &b, a),
    };
    pulled(z, &[&x, &y], &[&w, &b])
}

#[test]
fn joined_layers_agree() {
    let dev = Cpu::default();
    agree("joined", 2e-5, &joined_layers(&dev, Path::Device), &joined_layers(&dev, Path::Stock));
}
