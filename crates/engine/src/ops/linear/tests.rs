use dfdx::prelude::*;

use super::Gradients;
use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, flat, mat};

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

/// Values and gradients of a layer under every activation that all devices compute by the same formula, and of layers
/// with a single input and with a single output (columns and rows are where strides are ambiguous).
pub(crate) fn linear_layers<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let silu = Some(Activation::Silu);
    let cases = [
        (5, 4, None),
        (5, 4, silu),
        (5, 4, Some(Activation::Relu)),
        (5, 4, Some(Activation::Tanh)),
        (1, 4, silu),
        (5, 1, None),
        (1, 1, silu),
    ];
    let run = |(inputs, outputs, activation): (usize, usize, Option<Activation>)| {
        let (x, w, b) = (mat(dev, 6, inputs, 3), flat(dev, inputs * outputs, 7), flat(dev, outputs, 5));
        let y = match path {
            Path::Device => D::linear(x.leaky_trace(), &w, &b, activation),
            Path::Stock => composed(x.leaky_trace(), &w, &b, activation),
        };
        let value = y.as_vec();
        let grads = (y * mat(dev, 6, outputs, 11)).sum::<(), _>().backward();
        [value, grads.get(&x).as_vec(), grads.get(&w).as_vec(), grads.get(&b).as_vec()]
    };
    cases.into_iter().flat_map(run).collect()
}

#[test]
fn linear_layers_agree() {
    let dev = Cpu::default();
    agree("linear", 1e-5, &linear_layers(&dev, Path::Device), &linear_layers(&dev, Path::Stock));
}
