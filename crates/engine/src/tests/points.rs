//! Operations of networks on points.

use std::sync::Arc;

use dfdx::prelude::*;

use super::super::kernel::gather::NOTHING;
use super::super::kernel::pair::Form;
use super::super::kernels::points::PairMaps;
use super::super::kernels::stock_points as stock;
use super::super::kernels::{Kernels, Mat};
use super::super::points::Points;
use super::{Path, agree, flat, mat};
use crate::kernel::activation::Activation;
use crate::kernel::pool::Pool;

fn points() -> Arc<Points> {
    Arc::new(Points::new(5, [3, 1, 5, 0, 2]))
}

/// The value, and the gradients of the inputs.
fn pulled<D: Kernels>(y: Mat<D, OwnedTape<f32, D>>, inputs: &[&Mat<D>], flats: &[&super::Flat<D>]) -> Vec<Vec<f32>> {
    let (n, width) = *y.shape();
    let value = y.as_vec();
    let up = mat(y.device(), n, width, 11);
    let grads = (y * up).sum::<(), _>().backward();
    let mut out = vec![value];
    out.extend(inputs.iter().map(|x| grads.get(*x).as_vec()));
    out.extend(flats.iter().map(|x| grads.get(*x).as_vec()));
    out
}

/// Values by position, sums of two, pools and their inverse.
pub(crate) fn places<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let points = points();
    let (x, b) = (mat(dev, 11, 6, 7), mat(dev, 11, 6, 5));
    let index = vec![3, NOTHING, 65, 0, 3, 17];
    let y = match path {
        Path::Device => D::gather(x.leaky_trace(), index, 2),
        Path::Stock => stock::gather(x.leaky_trace(), &index, 2),
    };
    let mut results = pulled(y, &[&x], &[]);
    results.extend(pulled(D::add(x.leaky_trace(), &b, -0.5), &[&x, &b], &[]));
    // Numbers without ties, so that the largest is one.
    let values = (0..66).map(|i| ((i * 37 % 67) as f32 - 30.0) / 10.0).collect();
    let x: Mat<D> = dev.tensor_from_vec(values, (11, 6));
    for pool in [Pool::Mean, Pool::Sum, Pool::Max] {
        let y = match path {
            Path::Device => D::pool(x.leaky_trace(), &points, pool),
            Path::Stock => stock::pool(x.leaky_trace(), &points, pool),
        };
        results.extend(pulled(y, &[&x], &[]));
    }
    let rows = mat(dev, 5, 6, 3);
    let y = match path {
        Path::Device => D::spread(rows.leaky_trace(), &points),
        Path::Stock => stock::spread(rows.leaky_trace(), &points),
    };
    results.extend(pulled(y, &[&rows], &[]));
    results
}

/// Layers on two inputs, normalisation, scalar products and combinations of vectors.
pub(crate) fn point_layers<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let (x, y, w, b) = (mat(dev, 6, 5, 3), mat(dev, 6, 4, 5), flat(dev, 9 * 3, 7), flat(dev, 3, 9));
    let a = Some(Activation::Silu);
    let z = match path {
        Path::Device => D::joined(x.leaky_trace(), &y, &w, &b, a),
        Path::Stock => stock::joined(x.leaky_trace(), &y, &w, &b, a),
    };
    let mut results = pulled(z, &[&x, &y], &[&w, &b]);
    let (gain, bias) = (flat(dev, 5, 7), flat(dev, 5, 9));
    let z = match path {
        Path::Device => D::normalise(x.leaky_trace(), &gain, &bias),
        Path::Stock => stock::normalise(x.leaky_trace(), &gain, &bias),
    };
    results.extend(pulled(z, &[&x], &[&gain, &bias]));
    let v = mat(dev, 6, 9, 7);
    let z = match path {
        Path::Device => D::invariants(v.leaky_trace(), 3),
        Path::Stock => stock::invariants(v.leaky_trace(), 3),
    };
    results.extend(pulled(z, &[&v], &[]));
    let c = mat(dev, 6, 6, 5);
    let z = match path {
        Path::Device => D::combine(c.leaky_trace(), &v, 3),
        Path::Stock => stock::combine(c.leaky_trace(), &v, 3),
    };
    results.extend(pulled(z, &[&c, &v], &[]));
    results
}

/// Attention, and messages with everything on and off.
pub(crate) fn between_points<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let points = points();
    let qkv = mat(dev, 11, 3 * 6, 7);
    let y = match path {
        Path::Device => D::attention(qkv.leaky_trace(), 2, &points),
        Path::Stock => stock::attention(qkv.leaky_trace(), 2, &points),
    };
    let mut results = pulled(y, &[&qkv], &[]);
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
            Path::Stock => stock::pairs(pq.leaky_trace(), &x, maps, &points, form),
        };
        let flats: &[_] = if form.vectors > 0 { &[&radial, &relative, &gate] } else { &[&radial, &relative] };
        results.extend(pulled(y, &[&pq, &x], flats));
    }
    results
}

#[test]
fn places_agree() {
    let dev = Cpu::default();
    agree("places", 1e-5, &places(&dev, Path::Device), &places(&dev, Path::Stock));
}

#[test]
fn point_layers_agree() {
    let dev = Cpu::default();
    agree("point layers", 2e-5, &point_layers(&dev, Path::Device), &point_layers(&dev, Path::Stock));
}

#[test]
fn what_is_between_points_agrees() {
    let dev = Cpu::default();
    agree("between points", 5e-5, &between_points(&dev, Path::Device), &between_points(&dev, Path::Stock));
}
