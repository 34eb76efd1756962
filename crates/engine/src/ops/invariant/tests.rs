use dfdx::prelude::*;

use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, mat};

#[test]
fn values_and_gradients_agree_with_finite_differences_in_double_precision() {
    let field = Field { pixels: 3, turns: 4, channels: 2 };
    let x: Vec<f32> = (0..2 * 24).map(|i| ((i * 37 % 101) as f32 - 50.0) / 50.0).collect();
    let c = [0.5, -1.0, 2.0, 0.3];
    let objective = |x: &[f64]| {
        let value = |image: usize, p: usize, t: usize, channel: usize| x[((image * 3 + p) * 4 + t) * 2 + channel];
        let largest =
            |i: usize, p: usize, c: usize| (0..4).map(|t| value(i, p, t, c)).fold(f64::NEG_INFINITY, f64::max);
        let mean = |i: usize, c: usize| (0..3).map(|p| largest(i, p, c)).sum::<f64>() / 3.0;
        (0..4).map(|ic| f64::from(c[ic]) * mean(ic / 2, ic % 2)).sum::<f64>()
    };
    let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
    let (out, choice) = forward(&x, &field);
    let value: f64 = out.iter().zip(&c).map(|(o, c)| f64::from(o * c)).sum();
    assert!((value - objective(&wide)).abs() < 1e-6);
    let mut grad = vec![0.5; x.len()];
    backward(&c, &choice, &field, &mut grad);
    for i in 0..x.len() {
        let at = |h: f64| {
            let mut x = wide.clone();
            x[i] += h;
            objective(&x)
        };
        let want = (at(1e-6) - at(-1e-6)) / 2e-6;
        assert!((f64::from(grad[i]) - 0.5 - want).abs() < 1e-6, "{i}");
    }
}

/// Values and gradients of what is invariant under turns.
pub(crate) fn invariants<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let run = |turns| {
        let field = Field { pixels: 3, turns, channels: 2 };
        let x = mat(dev, 2, 6 * turns, 37);
        let y = match path {
            Path::Device => D::invariant(x.leaky_trace(), &field),
            Path::Stock => composed(x.leaky_trace(), &field),
        };
        let value = y.as_vec();
        let grads = (y * mat(dev, 2, 2, 11)).sum::<(), _>().backward();
        [value, grads.get(&x).as_vec()]
    };
    [4, 8].into_iter().flat_map(run).collect()
}

#[test]
fn invariants_agree() {
    let dev = Cpu::default();
    agree("invariant", 1e-5, &invariants(&dev, Path::Device), &invariants(&dev, Path::Stock));
}
