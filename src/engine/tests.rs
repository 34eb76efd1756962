//! One body for every device: the fused kernels against the compositions of stock operations.

use dfdx::prelude::*;

use super::kernel::augment::tests::{every_action, generators, numbers};
use super::kernel::adam::Settings;
use super::kernels::{Flat, Kernels, Mat};
use crate::spec::types::{Activation, Loss};

fn close(a: &[f32], b: &[f32], tolerance: f32, what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= tolerance * (1.0 + y.abs()), "{what}[{i}]: {x} against {y}");
    }
}

fn mat<D: Kernels>(dev: &D, rows: usize, cols: usize, m: usize) -> Mat<D> {
    dev.tensor_from_vec(numbers(rows * cols, m), (rows, cols))
}
fn flat<D: Kernels>(dev: &D, n: usize, m: usize) -> Flat<D> {
    dev.tensor_from_vec(numbers(n, m), (n,))
}

#[test]
fn linear_layers_agree() {
    let dev = Cpu::default();
    let (x, w, b) = (mat(&dev, 6, 5, 3), flat(&dev, 20, 7), flat(&dev, 4, 5));
    let pull = mat(&dev, 6, 4, 11);
    for act in [None, Some(Activation::Silu), Some(Activation::Relu), Some(Activation::Tanh)] {
        let run = |fused: bool| {
            let traced = x.leaky_trace();
            let y = if fused { Cpu::linear(traced, &w, &b, act) } else { super::kernels::stock::linear(traced, &w, &b, act) };
            let value = y.as_vec();
            let grads = (y * pull.clone()).sum::<(), _>().backward();
            [value, grads.get(&x).as_vec(), grads.get(&w).as_vec(), grads.get(&b).as_vec()]
        };
        for (f, s) in run(true).iter().zip(&run(false)) {
            close(f, s, 1e-5, "linear");
        }
    }
}

#[test]
fn augmentations_agree() {
    let dev = Cpu::default();
    let (layout, c, n) = (every_action(), 3, 5);
    let basis = dev.tensor_from_vec(generators(c), (c, 9));
    let (w, rows, pull) = (mat(&dev, n, c, 5), mat(&dev, n, layout.width, 7), mat(&dev, n, layout.width, 3));
    let run = |fused: bool| {
        let traced = basis.leaky_trace();
        let y = if fused {
            Cpu::augment(traced, &w, &rows, &layout)
        } else {
            super::kernels::stock::augment(traced, &w, &rows, &layout)
        };
        let value = y.as_vec();
        let grads = (y * pull.clone()).sum::<(), _>().backward();
        let mut grad = grads.get(&basis).as_vec();
        grad.iter_mut().enumerate().for_each(|(i, g)| *g *= f32::from(u8::from(i % 9 < 6)));
        [value, grad]
    };
    for (f, s) in run(true).iter().zip(&run(false)) {
        close(f, s, 2e-4, "augment");
    }
}

#[test]
fn losses_agree() {
    let dev = Cpu::default();
    let (pred, weights) = (mat(&dev, 4, 3, 5), flat(&dev, 4, 7));
    for kind in [Loss::Mse, Loss::Mae, Loss::Huber, Loss::CrossEntropy] {
        let target = match kind {
            Loss::CrossEntropy => dev.tensor_from_vec((0..12).map(|i| f32::from(u8::from(i % 3 == 1))).collect(), (4, 3)),
            _ => mat(&dev, 4, 3, 3),
        };
        let run = |fused: bool| {
            let (p, t) = (pred.leaky_trace(), target.retaped::<OwnedTape<f32, Cpu>>());
            let l = if fused { Cpu::loss(kind, p, t, &weights) } else { super::kernels::stock::loss(kind, p, t, &weights) };
            let value = l.as_vec();
            let grads = l.backward();
            [value, grads.get(&pred).as_vec(), grads.get(&target).as_vec()]
        };
        for (f, s) in run(true).iter().zip(&run(false)) {
            close(f, s, 1e-5, "loss");
        }
    }
}

#[test]
fn optimiser_steps_agree() {
    let dev = Cpu::default();
    let start: Flat<Cpu> = flat(&dev, 9, 4);
    let settings = Settings { lr: 0.1, beta1: 0.9, beta2: 0.99, weight_decay: 0.01, step: 1, grad_scale: 0.7 };
    let run = |fused: bool| {
        let (mut p, mut m, mut v) = (start.clone(), start.clone() * 0.0, start.clone() * 0.0);
        for step in 1..4 {
            let mut grads = p.leaky_trace().square().sum::<(), _>().backward();
            let s = Settings { step, ..settings };
            if fused {
                Cpu::adam(&s, &mut p, &mut m, &mut v, &mut grads);
            } else {
                super::kernels::stock::adam(&s, &mut p, &mut m, &mut v, &mut grads);
            }
        }
        [p.as_vec(), m.as_vec(), v.as_vec()]
    };
    for (f, s) in run(true).iter().zip(&run(false)) {
        close(f, s, 1e-5, "adam");
    }
}
