//! One body for every device: the fused kernels of the CPU, the stock operations on the CPU, and CUDA.

pub(super) mod images;
pub(super) mod points;

use dfdx::prelude::*;

use super::kernel::adam::Settings;
use super::kernel::augment::tests::{cloud_and_image, clouds, every_action, generators, numbers};
use super::kernels::{Flat, Kernels, Mat, stock};
use super::layout::Layout;
use super::params::ParamStore;
use crate::kernel::activation::Activation;
use crate::kernel::loss::Loss;

/// What a body computes with.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Path {
    /// The device's own operations.
    Device,
    /// The compositions of stock operations: what all others are compared with.
    Stock,
}

/// Whether two lists of results agree up to `tolerance`, relative above 1.
pub(super) fn agree(what: &str, tolerance: f32, results: &[Vec<f32>], expected: &[Vec<f32>]) {
    assert_eq!(results.len(), expected.len(), "{what}");
    for (part, (a, b)) in results.iter().zip(expected).enumerate() {
        assert_eq!(a.len(), b.len(), "{what}, part {part}");
        for (i, (x, y)) in a.iter().zip(b).enumerate() {
            assert!((x - y).abs() <= tolerance * (1.0 + y.abs()), "{what}, part {part}[{i}]: {x} against {y}");
        }
    }
}

pub(super) fn mat<D: Kernels>(dev: &D, rows: usize, cols: usize, m: usize) -> Mat<D> {
    dev.tensor_from_vec(numbers(rows * cols, m), (rows, cols))
}
pub(super) fn flat<D: Kernels>(dev: &D, n: usize, m: usize) -> Flat<D> {
    dev.tensor_from_vec(numbers(n, m), (n,))
}

/// Values and gradients of a layer under every activation that all devices compute by the same formula, and of layers
/// with a single input and with a single output (columns and rows are where strides are ambiguous).
pub(super) fn linear_layers<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
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
            Path::Stock => stock::linear(x.leaky_trace(), &w, &b, activation),
        };
        let value = y.as_vec();
        let grads = (y * mat(dev, 6, outputs, 11)).sum::<(), _>().backward();
        [value, grads.get(&x).as_vec(), grads.get(&w).as_vec(), grads.get(&b).as_vec()]
    };
    cases.into_iter().flat_map(run).collect()
}

/// Value and gradient of an augmentation of every kind of field, with translations.
pub(super) fn augmentation<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let n = 5;
    let plain = every_action();
    let rows = numbers(n * plain.width, 7);
    let mut results = augmented(dev, path, &plain, &rows);
    for edge in [false, true] {
        let layout = cloud_and_image(edge);
        let rows = clouds(n, &layout);
        results.extend(augmented(dev, path, &layout, &rows));
    }
    results
}

fn augmented<D: Kernels>(dev: &D, path: Path, layout: &Layout, rows: &[f32]) -> Vec<Vec<f32>> {
    let (c, n) = (3, rows.len() / layout.width);
    let basis = dev.tensor_from_vec(generators(c), (c, 9));
    let (w, rows) = (mat(dev, n, c, 5), dev.tensor_from_vec(rows.to_vec(), (n, layout.width)));
    let y = match path {
        Path::Device => D::augment(basis.leaky_trace(), &w, &rows, layout),
        Path::Stock => stock::augment(basis.leaky_trace(), &w, &rows, layout),
    };
    let value = y.as_vec();
    let grads = (y * mat(dev, n, layout.width, 3)).sum::<(), _>().backward();
    // The last row of a generator in homogeneous coordinates is zero; its gradient means nothing.
    let mut grad = grads.get(&basis).as_vec();
    grad.iter_mut().enumerate().for_each(|(i, g)| *g *= f32::from(u8::from(i % 9 < 6)));
    vec![value, grad]
}

/// Values and gradients of every loss.
pub(super) fn every_loss<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let (pred, weights) = (mat(dev, 4, 3, 5), flat(dev, 4, 7));
    let one_hot = (0..12).map(|i| f32::from(u8::from(i % 3 == 1))).collect::<Vec<_>>();
    let run = |kind: Loss| {
        let target = match kind {
            Loss::CrossEntropy => dev.tensor_from_vec(one_hot.clone(), (4, 3)),
            _ => mat(dev, 4, 3, 3),
        };
        let (p, t) = (pred.leaky_trace(), target.retaped::<OwnedTape<f32, D>>());
        let l = match path {
            Path::Device => D::loss(kind, p, t, &weights),
            Path::Stock => stock::loss(kind, p, t, &weights),
        };
        let value = l.as_vec();
        let grads = l.backward();
        [value, grads.get(&pred).as_vec(), grads.get(&target).as_vec()]
    };
    [Loss::Mse, Loss::Mae, Loss::Huber, Loss::CrossEntropy].into_iter().flat_map(run).collect()
}

/// A parameter and its moments after three AdamW steps, and the last gradient's norm.
pub(super) fn optimiser_steps<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let settings = Settings { lr: 0.1, beta1: 0.9, beta2: 0.99, weight_decay: 0.01, step: 1, grad_scale: 0.7 };
    let start: Flat<D> = flat(dev, 9, 4);
    let (mut p, mut m, mut v) = (start.clone(), start.clone() * 0.0, start * 0.0);
    let mut norm = 0.0;
    for step in 1..4 {
        let mut grads = p.leaky_trace().square().sum::<(), _>().backward();
        norm = D::grad_norm_squared(&p, &mut grads) as f32;
        let s = Settings { step, ..settings };
        match path {
            Path::Device => D::adam(&s, &mut p, &mut m, &mut v, &mut grads),
            Path::Stock => stock::adam(&s, &mut p, &mut m, &mut v, &mut grads),
        }
    }
    vec![p.as_vec(), m.as_vec(), v.as_vec(), vec![norm]]
}

/// Losses and parameters of a two-layer network over ten steps with averages, from a store of its own.
pub(super) fn training_steps<D: Kernels>(dev: &D) -> Vec<Vec<f32>> {
    let mut store = ParamStore::new(dev.clone());
    let shapes = [12, 4, 8, 2].into_iter().enumerate();
    let [w1, b1, w2, b2] =
        <[_; 4]>::try_from(shapes.map(|(i, n)| store.add(format!("p{i}"), numbers(n, i + 3))).collect::<Vec<_>>())
            .unwrap();
    let dev = store.device().clone();
    let (x, y, weights) = (mat(&dev, 6, 3, 5), mat(&dev, 6, 2, 7), flat(&dev, 6, 2) * 0.0 + 1.0 / 6.0);
    let mut losses = Vec::new();
    for step in 1..11 {
        let hidden = D::linear(x.leaky_trace(), store.get(w1), store.get(b1), Some(Activation::Silu));
        let pred = D::linear(hidden, store.get(w2), store.get(b2), None);
        let loss = D::loss(Loss::Mse, pred, y.retaped::<OwnedTape<f32, D>>(), &weights);
        losses.push(loss.as_vec()[0]);
        let mut grads = loss.backward();
        losses.push(store.grad_norm_squared(&mut grads) as f32);
        let s = Settings { lr: 0.01, beta1: 0.9, beta2: 0.99, weight_decay: 0.01, step, grad_scale: 1.0 };
        store.update(&s, &mut grads);
        store.average(0.9);
    }
    assert!(losses[losses.len() - 2] < losses[0], "ten steps lower the loss: {losses:?}");
    let host = store.to_host();
    assert!(store.set_from_host(&host));
    store.adopt_averages();
    let last = store.to_host().into_iter().map(|p| p.value);
    std::iter::once(losses).chain(host.into_iter().map(|p| p.value)).chain(last).collect()
}

#[test]
fn linear_layers_agree() {
    let dev = Cpu::default();
    agree("linear", 1e-5, &linear_layers(&dev, Path::Device), &linear_layers(&dev, Path::Stock));
}

#[test]
fn augmentations_agree() {
    let dev = Cpu::default();
    agree("augment", 2e-4, &augmentation(&dev, Path::Device), &augmentation(&dev, Path::Stock));
}

#[test]
fn losses_agree() {
    let dev = Cpu::default();
    agree("loss", 1e-5, &every_loss(&dev, Path::Device), &every_loss(&dev, Path::Stock));
}

#[test]
fn optimiser_steps_agree() {
    let dev = Cpu::default();
    agree("adam", 1e-5, &optimiser_steps(&dev, Path::Device), &optimiser_steps(&dev, Path::Stock));
}

#[test]
fn training_repeats_bit_by_bit() {
    let dev = Cpu::default();
    assert_eq!(training_steps(&dev), training_steps(&dev));
}
