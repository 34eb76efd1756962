//! Layer normalisation: each row to mean 0 and variance 1, then scaled and shifted (Ba et al. 2016).

use rayon::prelude::*;

use super::simd::{dot, fast, sum};

/// Added to variances.
pub const EPSILON: f32 = 1e-5;

/// Rows per piece of work.
const CHUNK: usize = 64;

/// Rows of `gain.len()` values: `(x - mean)/√(variance + ε) gain + bias`. Also the normalised rows and 1/√(variance + ε), for
/// the way back.
pub fn forward(x: &[f32], gain: &[f32], bias: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let width = gain.len();
    let (mut out, mut normal, mut scales) = (vec![0.0; x.len()], vec![0.0; x.len()], vec![0.0; x.len() / width]);
    let chunks = out.par_chunks_mut(CHUNK * width).zip(normal.par_chunks_mut(CHUNK * width));
    chunks.zip(scales.par_chunks_mut(CHUNK)).zip(x.par_chunks(CHUNK * width)).for_each(
        |(((out, normal), scales), x)| {
            let rows =
                out.chunks_exact_mut(width).zip(normal.chunks_exact_mut(width)).zip(scales).zip(x.chunks_exact(width));
            fast(
                #[inline(always)]
                || {
                    for (((out, normal), scale), x) in rows {
                        *scale = row(x, gain, bias, out, normal);
                    }
                },
            );
        },
    );
    (out, normal, scales)
}

#[inline(always)]
fn row(x: &[f32], gain: &[f32], bias: &[f32], out: &mut [f32], normal: &mut [f32]) -> f32 {
    let n = x.len() as f32;
    let mean = sum(x) / n;
    for (z, x) in normal.iter_mut().zip(x) {
        *z = x - mean;
    }
    let scale = 1.0 / (dot(normal, normal) / n + EPSILON).sqrt();
    for (((z, out), gain), bias) in normal.iter_mut().zip(out).zip(gain).zip(bias) {
        *z *= scale;
        *out = z.mul_add(*gain, *bias);
    }
    scale
}

/// Gradients that [`backward`] adds to.
pub struct Gradients<'a> {
    pub x: &'a mut [f32],
    pub gain: &'a mut [f32],
    pub bias: &'a mut [f32],
}

/// Adds the gradients, given the output's (`up`).
pub fn backward((normal, scales): (&[f32], &[f32]), gain: &[f32], up: &[f32], grads: Gradients<'_>) {
    let width = gain.len();
    let n = width as f32;
    let mut pull = vec![0.0; width];
    let rows = normal.chunks_exact(width).zip(scales).zip(up.chunks_exact(width)).zip(grads.x.chunks_exact_mut(width));
    fast(
        #[inline(always)]
        || {
            for (((normal, scale), up), x) in rows {
                for k in 0..width {
                    grads.bias[k] += up[k];
                    grads.gain[k] = up[k].mul_add(normal[k], grads.gain[k]);
                    pull[k] = up[k] * gain[k];
                }
                let (mean, along) = (sum(&pull) / n, dot(&pull, normal) / n);
                for ((x, pull), z) in x.iter_mut().zip(&pull).zip(normal) {
                    *x += scale * (pull - mean - z * along);
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let (out, normal, scales) = forward(&x, &gain, &bias);
        let (mut gx, mut gg, mut gb) = (vec![0.0; x.len()], vec![0.0; width], vec![0.0; width]);
        let grads = Gradients { x: &mut gx, gain: &mut gg, bias: &mut gb };
        backward((&normal, &scales), &gain, &up, grads);
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
}
