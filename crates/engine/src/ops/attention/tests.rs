use dfdx::prelude::*;

use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, mat, points, pulled};

fn numbers(n: usize, m: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % 23) as f32 - 11.0) / 8.0).collect()
}

fn reference(qkv: &[f64], width: usize, heads: usize, points: &Points) -> Vec<f64> {
    let size = width / heads;
    let mut out = vec![0.0; points.total() * width];
    for row in points.ranges() {
        for (i, h) in row.clone().flat_map(|i| (0..heads).map(move |h| (i, h))) {
            let part = |i: usize, part: usize| &qkv[i * 3 * width + part * width + h * size..][..size];
            let score = |j: usize| part(i, 0).iter().zip(part(j, 1)).map(|(a, b)| a * b).sum::<f64>();
            let weights: Vec<f64> = row.clone().map(|j| (score(j) / (size as f64).sqrt()).exp()).collect();
            let total: f64 = weights.iter().sum();
            for (w, j) in weights.iter().zip(row.clone()) {
                (0..size).for_each(|d| out[i * width + h * size + d] += w / total * part(j, 2)[d]);
            }
        }
    }
    out
}

#[test]
fn values_and_gradients_agree_with_finite_differences_in_double_precision() {
    let (width, heads, points) = (6, 2, Points::new(9, [3, 0, 1, 9]));
    let qkv = numbers(points.total() * 3 * width, 7);
    let (out, logs) = forward(&qkv, width, heads, &points);
    let base: Vec<f64> = qkv.iter().map(|&v| f64::from(v)).collect();
    for (got, want) in out.iter().zip(reference(&base, width, heads, &points)) {
        assert!((f64::from(*got) - want).abs() < 1e-5, "{got} not {want}");
    }
    let up = numbers(out.len(), 5);
    let grad = backward(&qkv, &logs, width, heads, &points, &up);
    for i in 0..grad.len() {
        let at = |h: f64| {
            let mut v = base.clone();
            v[i] += h;
            reference(&v, width, heads, &points).iter().zip(&up).map(|(o, u)| o * f64::from(*u)).sum::<f64>()
        };
        let want = (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!((f64::from(grad[i]) - want).abs() < 5e-5, "[{i}]: {} not {want}", grad[i]);
    }
}

/// Values and gradients of attention.
pub(crate) fn attentions<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let points = points();
    let qkv = mat(dev, 11, 3 * 6, 7);
    let y = match path {
        Path::Device => D::attention(qkv.leaky_trace(), 2, &points),
        Path::Stock => composed(qkv.leaky_trace(), 2, &points),
    };
    pulled(y, &[&qkv], &[])
}

#[test]
fn attentions_agree() {
    let dev = Cpu::default();
    agree("attention", 5e-5, &attentions(&dev, Path::Device), &attentions(&dev, Path::Stock));
}
