use dfdx::prelude::*;

use super::Gradients;
use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, flat, mat, pulled};

fn reference(x: &[f64], gain: &[f64], bias: &[f64]) -> Vec<f64> {
    let n = gain.len() as f64;
    x.chunks(gain.len())
        .flat_map(|row| {
            let mean = row.iter().sum::<f64>() / n;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            let scale = 1.0 / (variance + f64::from(EPSILON)).sqrt();
            row.iter().zip(gain).zip(bias).map(move |((v, g), b)| (v - mean) * scale * g + b).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn values_and_gradients_agree_with_finite_differences_in_double_precision() {
    let width = 11;
    let numbers = |n: usize, m: usize| (0..n).map(|i| ((i * m % 23) as f32 - 11.0) / 8.0).collect::<Vec<f32>>();
    let (x, gain, bias, up) = (numbers(4 * width, 7), numbers(width, 3), numbers(width, 5), numbers(4 * width, 9));
    let (out, saved) = forward(&x, &gain, &bias);
    let (mut gx, mut gg, mut gb) = (vec![0.0; x.len()], vec![0.0; width], vec![0.0; width]);
    let grads = Gradients { x: &mut gx, gain: &mut gg, bias: &mut gb };
    backward(&saved, &gain, &up, grads);
    let base = [&x, &gain, &bias].map(|v| v.iter().map(|&a| f64::from(a)).collect::<Vec<f64>>());
    for (got, want) in out.iter().zip(reference(&base[0], &base[1], &base[2])) {
        assert!((f64::from(*got) - want).abs() < 1e-5, "{got} not {want}");
    }
    for (which, grad) in [gx, gg, gb].iter().enumerate() {
        for i in 0..grad.len() {
            let at = |h: f64| {
                let mut v = base.clone();
                v[which][i] += h;
                reference(&v[0], &v[1], &v[2]).iter().zip(&up).map(|(o, u)| o * f64::from(*u)).sum::<f64>()
            };
            let want = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((f64::from(grad[i]) - want).abs() < 2e-5, "{which}[{i}]: {} not {want}", grad[i]);
        }
    }
}

/// Values and gradients of normalised rows.
pub(crate) fn normalised<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let (x, gain, bias) = (mat(dev, 6, 5, 3), flat(dev, 5, 7), flat(dev, 5, 9));
    let z = match path {
        Path::Device => D::normalise(x.leaky_trace(), &gain, &bias),
        Path::Stock => composed(x.leaky_trace(), &gain, &bias),
    };
    pulled(z, &[&x], &[&gain, &bias])
}

#[test]
fn normalised_rows_agree() {
    let dev = Cpu::default();
    agree("normalise", 2e-5, &normalised(&dev, Path::Device), &normalised(&dev, Path::Stock));
}
