use dfdx::prelude::*;

use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, mat, pulled};

fn numbers(n: usize, m: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % 23) as f32 - 11.0) / 8.0).collect()
}

/// Compares values with a reference in double precision, and gradients with its central differences, which are exact for
/// bilinear functions but for rounding.
fn check(f: impl Fn(&[f64]) -> Vec<f64>, (x, values): (&[f32], &[f32]), up: &[f32], grad: &[f32]) {
    let x: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
    for (at, (value, want)) in values.iter().zip(f(&x)).enumerate() {
        assert!((f64::from(*value) - want).abs() < 1e-5, "value {at}: {value} not {want}");
    }
    for i in 0..x.len() {
        let at = |h: f64| {
            let mut x = x.clone();
            x[i] += h;
            f(&x).iter().zip(up).map(|(o, u)| o * f64::from(*u)).sum::<f64>()
        };
        let want = at(0.5) - at(-0.5);
        assert!((f64::from(grad[i]) - want).abs() < 1e-5, "[{i}]: {} not {want}", grad[i]);
    }
}

/// Gram matrices, by indices.
fn gram_reference(v: &[f64], vectors: usize, dim: usize) -> Vec<f64> {
    let dot = |i: usize, a: usize, b: usize| -> f64 {
        (0..dim).map(|k| v[(i * vectors + a) * dim + k] * v[(i * vectors + b) * dim + k]).sum()
    };
    let pairs = (0..vectors).flat_map(|a| (a..vectors).map(move |b| (a, b)));
    (0..v.len() / (vectors * dim)).flat_map(|i| pairs.clone().map(move |(a, b)| dot(i, a, b))).collect()
}

/// Combinations, by indices.
fn combine_reference(v: &[f64], c: &[f64], (points, vectors, dim): (usize, usize, usize)) -> Vec<f64> {
    let outputs = c.len() / (points * vectors);
    let at = |n: usize| {
        let (i, o, k) = (n / dim / outputs, n / dim % outputs, n % dim);
        (0..vectors).map(|a| c[(i * outputs + o) * vectors + a] * v[(i * vectors + a) * dim + k]).sum()
    };
    (0..points * outputs * dim).map(at).collect()
}

#[test]
fn products_combinations_and_their_gradients_agree_with_the_reference() {
    let (points, vectors, dim, outputs) = (4, 3, 2, 2);
    let (v, c) = (numbers(points * vectors * dim, 7), numbers(points * outputs * vectors, 5));
    let gram = invariants(&v, vectors, dim);
    assert_eq!(gram.len(), points * products(vectors));
    let up = numbers(gram.len(), 3);
    let mut grad = vec![0.0; v.len()];
    pull_invariants(&v, vectors, dim, &up, &mut grad);
    check(|v| gram_reference(v, vectors, dim), (&v, &gram), &up, &grad);
    let up = numbers(points * outputs * dim, 9);
    let (gv, gc) = pull_combine(&v, &c, vectors, dim, &up);
    let combined = combine(&v, &c, vectors, dim);
    let double = |x: &[f32]| -> Vec<f64> { x.iter().map(|v| f64::from(*v)).collect() };
    let (v64, c64, sizes) = (double(&v), double(&c), (points, vectors, dim));
    check(|v| combine_reference(v, &c64, sizes), (&v, &combined), &up, &gv);
    check(|c| combine_reference(&v64, c, sizes), (&c, &combined), &up, &gc);
}

/// Values and gradients of scalar products and of combinations.
pub(crate) fn frames<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let v = mat(dev, 6, 9, 7);
    let z = match path {
        Path::Device => D::invariants(v.leaky_trace(), 3),
        Path::Stock => composed_invariants(v.leaky_trace(), 3),
    };
    let mut results = pulled(z, &[&v], &[]);
    let c = mat(dev, 6, 6, 5);
    let z = match path {
        Path::Device => D::combine(c.leaky_trace(), &v, 3),
        Path::Stock => composed_combine(c.leaky_trace(), &v, 3),
    };
    results.extend(pulled(z, &[&c, &v], &[]));
    results
}

#[test]
fn frames_agree() {
    let dev = Cpu::default();
    agree("frame", 2e-5, &frames(&dev, Path::Device), &frames(&dev, Path::Stock));
}
