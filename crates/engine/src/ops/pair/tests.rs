use dfdx::prelude::*;

use super::radial::{SOFTENING, tests as radial};
use super::*;
use crate::ops::Kernels;
use crate::tests::{Path, agree, flat, mat, points, pulled};

fn numbers(n: usize, m: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % 23) as f32 - 11.0) / 11.0).collect()
}

fn wide(v: &[f32]) -> Vec<f64> {
    v.iter().map(|&a| f64::from(a)).collect()
}

/// The formulas of the module in double precision, for SiLU; `v` holds pq, x, W, C, G.
fn reference(v: &[Vec<f64>], points: &Points, form: Form) -> Vec<f64> {
    let (w, dim) = (form.width, form.dim);
    let [pq, x, radial, relative, gate] = v else { unreachable!() };
    let mut out = vec![0.0; points.total() * form.outputs()];
    for range in points.ranges() {
        let norm = 1.0 / (range.len() as f64).sqrt();
        for i in range.clone() {
            for j in range.clone().filter(|&j| j != i) {
                let r: Vec<f64> = (0..dim).map(|k| x[i * dim + k] - x[j * dim + k]).collect();
                let d = (r.iter().map(|v| v * v).sum::<f64>() + f64::from(SOFTENING)).sqrt();
                let (e, end) = radial::reference(d, form.radial, form.cutoff.map(f64::from));
                let message = |k: usize| {
                    let mut z = pq[i * 2 * w + k] + pq[j * 2 * w + w + k];
                    z += e.iter().enumerate().map(|(f, e)| e * radial[f * w + k]).sum::<f64>();
                    z += relative.chunks(w).zip(&r).map(|(c, r)| r * c[k]).sum::<f64>();
                    norm * end * z / (1.0 + (-z).exp())
                };
                let m: Vec<f64> = (0..w).map(message).collect();
                if form.vectors == 0 {
                    (0..w).for_each(|k| out[i * w + k] += m[k]);
                }
                for (c, gate) in gate.chunks(w).enumerate() {
                    let weight: f64 = m.iter().zip(gate).map(|(m, g)| m * g).sum();
                    for k in 0..dim {
                        out[i * form.outputs() + c * dim + k] += weight * r[k] / (d + 1.0);
                    }
                }
            }
        }
    }
    out
}

/// Forms with everything on and off.
fn forms() -> Vec<Form> {
    let plain = Form { width: 11, dim: 3, radial: 6, cutoff: None, activation: Activation::Silu, vectors: 0 };
    vec![
        plain,
        Form { radial: 0, dim: 2, ..plain },
        Form { cutoff: Some(2.2), ..plain },
        Form { vectors: 2, ..plain },
        Form { vectors: 1, cutoff: Some(2.5), width: 8, ..plain },
    ]
}

fn inputs(points: &Points, form: Form, relative: bool) -> Vec<Vec<f32>> {
    let (n, w) = (points.total(), form.width);
    let c = if relative { form.dim * w } else { 0 };
    let lens = [n * 2 * w, n * form.dim, form.radial * w, c, form.vectors * w];
    lens.iter().zip([7, 5, 3, 9, 13]).map(|(&n, m)| numbers(n, m)).collect()
}

fn read(v: &[Vec<f32>]) -> Inputs<'_> {
    Inputs { pq: &v[0], x: &v[1] }
}

fn weights(v: &[Vec<f32>]) -> Weights<'_> {
    Weights { radial: &v[2], relative: &v[3], gate: &v[4] }
}

#[test]
fn values_and_gradients_agree_with_finite_differences_in_double_precision() {
    let points = Points::new(5, [3, 0, 4, 1, 2, 5]);
    for form in forms() {
        for relative in [false, true] {
            let v = inputs(&points, form, relative);
            let got = forward(read(&v), weights(&v), &points, form);
            let base: Vec<Vec<f64>> = v.iter().map(|v| wide(v)).collect();
            let want = reference(&base, &points, form);
            for (g, w) in got.iter().zip(&want) {
                assert!((f64::from(*g) - w).abs() < 1e-5, "{form:?}: {g} not {w}");
            }
            let up = numbers(got.len(), 17);
            let g = backward(read(&v), weights(&v), &points, form, &up);
            for (which, grad) in [g.pq, g.x, g.radial, g.relative, g.gate].iter().enumerate() {
                assert_eq!(grad.len(), base[which].len());
                for i in (0..grad.len()).step_by(1 + grad.len() / 60) {
                    let at = |h: f64| {
                        let mut v = base.clone();
                        v[which][i] += h;
                        reference(&v, &points, form).iter().zip(&up).map(|(o, u)| o * f64::from(*u)).sum::<f64>()
                    };
                    let want = (at(1e-5) - at(-1e-5)) / 2e-5;
                    let got = f64::from(grad[i]);
                    assert!((got - want).abs() < 5e-5 * (1.0 + want.abs()), "{form:?} {which}[{i}]: {got} not {want}");
                }
            }
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let points = Points::new(9, (0..23).map(|i| i % 10));
    let form = forms()[0];
    let v = inputs(&points, form, true);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let out = forward(read(&v), weights(&v), &points, form);
            let g = backward(read(&v), weights(&v), &points, form, &out);
            [out, g.pq, g.x, g.radial, g.relative]
        })
    };
    assert_eq!(run(1), run(2));
}

/// Values and gradients of messages with everything on and off.
pub(crate) fn messages<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let points = points();
    let mut results = Vec::new();
    let plain = Form { width: 8, dim: 3, radial: 6, cutoff: None, activation: Activation::Silu, vectors: 0 };
    let forms =
        [plain, Form { cutoff: Some(1.2), activation: Activation::Tanh, ..plain }, Form { vectors: 2, ..plain }];
    for form in forms {
        let (pq, x) = (mat(dev, 11, 16, 7), mat(dev, 11, 3, 5));
        let (radial, relative, gate) = (flat(dev, 48, 3), flat(dev, 24, 9), flat(dev, form.vectors * 8, 13));
        let maps =
            PairMaps { radial: Some(&radial), relative: Some(&relative), gate: (form.vectors > 0).then_some(&gate) };
        let y = match path {
            Path::Device => D::pairs(pq.leaky_trace(), &x, maps, &points, form),
            Path::Stock => composed(pq.leaky_trace(), &x, maps, &points, form),
        };
        let flats: &[_] = if form.vectors > 0 { &[&radial, &relative, &gate] } else { &[&radial, &relative] };
        results.extend(pulled(y, &[&pq, &x], flats));
    }
    results
}

#[test]
fn messages_agree() {
    let dev = Cpu::default();
    agree("pairs", 5e-5, &messages(&dev, Path::Device), &messages(&dev, Path::Stock));
}
