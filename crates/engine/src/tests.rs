//! What the tests of operations share: one body runs for the fused operations of the CPU, the compositions on the CPU, and
//! CUDA.

use std::sync::Arc;

use dfdx::prelude::*;

use crate::nets::{Mlp, Model, Network};
use crate::ops::activation::Activation;
use crate::ops::adam::Settings;
use crate::ops::loss::Loss;
use crate::ops::view::view;
use crate::{Flat, Form, Kernels, Layout, Mat, ParamStore, Points, Streams};

/// The implementation under test.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Path {
    /// The device's own operations.
    Device,
    /// The compositions of stock operations: what all others are compared with.
    Stock,
}

/// Whether two lists of results agree up to `tolerance`, relative above 1.
pub(crate) fn agree(what: &str, tolerance: f32, results: &[Vec<f32>], expected: &[Vec<f32>]) {
    assert_eq!(results.len(), expected.len(), "{what}");
    for (part, (a, b)) in results.iter().zip(expected).enumerate() {
        assert_eq!(a.len(), b.len(), "{what}, part {part}");
        for (i, (x, y)) in a.iter().zip(b).enumerate() {
            assert!((x - y).abs() <= tolerance * (1.0 + y.abs()), "{what}, part {part}[{i}]: {x} against {y}");
        }
    }
}

/// Numbers between -1 and 1, others for other `m`.
pub(crate) fn numbers(n: usize, m: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % 29) as f32 - 14.0) / 14.0).collect()
}

pub(crate) fn mat<D: Kernels>(dev: &D, rows: usize, cols: usize, m: usize) -> Mat<D> {
    dev.tensor_from_vec(numbers(rows * cols, m), (rows, cols))
}

pub(crate) fn flat<D: Kernels>(dev: &D, n: usize, m: usize) -> Flat<D> {
    dev.tensor_from_vec(numbers(n, m), (n,))
}

/// Rows of points, one of them without any.
pub(crate) fn points() -> Arc<Points> {
    Arc::new(Points::new(5, [3, 1, 5, 0, 2]))
}

/// The value, and the gradients of the inputs.
pub(crate) fn pulled<D: Kernels>(
    y: Mat<D, OwnedTape<f32, D>>,
    inputs: &[&Mat<D>],
    flats: &[&Flat<D>],
) -> Vec<Vec<f32>> {
    let (n, width) = *y.shape();
    let value = y.as_vec();
    let up = mat(y.device(), n, width, 11);
    let grads = (y * up).sum::<(), _>().backward();
    let mut out = vec![value];
    out.extend(inputs.iter().map(|x| grads.get(*x).as_vec()));
    out.extend(flats.iter().map(|x| grads.get(*x).as_vec()));
    out
}

/// Losses and parameters of a two-layer network over ten steps with averages, from a store of its own.
pub(crate) fn training_steps<D: Kernels>(dev: &D) -> Vec<Vec<f32>> {
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

/// That parameters get the same gradients, bit by bit, where those of the inputs are left out.
pub(crate) fn parameters_do_without_inputs(model: &Model, x: &Layout, y: &Layout, rows: Vec<f32>) {
    let mut store = ParamStore::new(Cpu::default());
    let network = Network::build(model, x, y, &mut store, &Streams::new(1));
    let n = rows.len() / x.width;
    let rows = store.device().tensor_from_vec(rows, (n, x.width));
    let gradients = |x: Mat<Cpu, OwnedTape<f32, Cpu>>| {
        let mut grads = network.forward(&store, x).square().sum::<(), _>().backward();
        store.gradients(&mut grads)
    };
    let with = gradients(rows.leaky_trace());
    assert!(with.iter().flatten().any(|g| *g != 0.0));
    assert_eq!(gradients(Cpu::begin(rows)), with, "{}", model.name());
}

#[test]
fn perceptrons_do_without_the_gradient_of_their_inputs() {
    let form = |n| Form { axes: vec![n], ..Form::number() };
    let [x, y] = [3, 2].map(|n| Layout::arrange((1, 1), &[form(n)], None));
    let model = Model::Mlp(Mlp { hidden: vec![5, 4], activation: Activation::Silu });
    parameters_do_without_inputs(&model, &x, &y, numbers(18, 5));
}

#[test]
fn a_step_changes_parameters_moments_and_averages_in_place() {
    let mut store = ParamStore::new(Cpu::default());
    let id = store.add("p", numbers(20, 3));
    let step = |store: &mut ParamStore<Cpu>| {
        let mut grads = store.get(id).leaky_trace().square().sum::<(), _>().backward();
        let s = Settings { lr: 0.1, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, step: 1, grad_scale: 1.0 };
        store.update(&s, &mut grads);
        store.average(0.9);
    };
    // The first average shares the values until they change; from then on nothing moves.
    step(&mut store);
    step(&mut store);
    let (at, before) = (view(store.get(id)).as_ptr(), store.to_host());
    step(&mut store);
    let after = store.to_host();
    assert_eq!(view(store.get(id)).as_ptr(), at);
    assert!(after[0].value != before[0].value && after[0].average != before[0].average && after[0].m != before[0].m);
}

#[test]
fn training_repeats_bit_by_bit() {
    let dev = Cpu::default();
    assert_eq!(training_steps(&dev), training_steps(&dev));
}
