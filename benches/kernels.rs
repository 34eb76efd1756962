//! The fused CPU kernels against stock dfdx operations, forward and backward, in one run.
//!
//! `cargo bench` runs all; `cargo bench -- step` only training steps. One thread, so that ratios compare work.

#[path = "shared/nowhere.rs"]
mod nowhere;
#[path = "shared/numbers.rs"]
mod numbers;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dfdx::prelude::*;
use nowhere::Nowhere;
use numbers::numbers;
use semola_method::fit::{Augmentation, Fit, Problem};
use semola_pipe::engine::nets::Network;
use semola_pipe::engine::nets::{Mlp, Model};
use semola_pipe::engine::ops::activation::Activation;
use semola_pipe::engine::ops::augment::{self, Op as _};
use semola_pipe::engine::ops::linear::{self, Op as _};
use semola_pipe::engine::ops::loss::Loss;
use semola_pipe::engine::{Form, Layout, Mat, ParamStore, Place, Segment, Streams};
use semola_pipe::lie::action::Action;

fn linear(c: &mut Criterion) {
    let dev = Cpu::default();
    let mut group = c.benchmark_group("linear_silu_forward_backward");
    for (n, width) in [(128, 256), (1024, 384)] {
        let x: Mat<Cpu> = dev.tensor_from_vec(numbers(n * width, "x"), (n, width));
        let w = dev.tensor_from_vec(numbers(width * width, "w"), (width * width,));
        let b = dev.tensor_from_vec(numbers(width, "b"), (width,));
        let label = format!("{n}x{width}");
        group.bench_function(BenchmarkId::new("fused", &label), |bench| {
            bench.iter(|| Cpu::linear(x.leaky_trace(), &w, &b, Some(Activation::Silu)).sum::<(), _>().backward());
        });
        group.bench_function(BenchmarkId::new("stock", &label), |bench| {
            bench.iter(|| linear::composed(x.leaky_trace(), &w, &b, Some(Activation::Silu)).sum::<(), _>().backward());
        });
    }
}

fn augment(c: &mut Criterion) {
    let dev = Cpu::default();
    let mut group = c.benchmark_group("augment_forward_backward");
    for k in [2, 4, 8] {
        let (n, generators) = (256, 6);
        let segment = Segment {
            start: 0,
            blocks: 8 / k,
            action: Action::Vector { dim: k },
            translation_scale: 1.0,
            place: Place::Row,
        };
        let layout = Layout { side: k, linear: k, width: 8, segments: vec![segment], points: None };
        let basis: Mat<Cpu> = dev.tensor_from_vec(numbers(generators * k * k, "basis"), (generators, k * k));
        let w = dev.tensor_from_vec(numbers(n * generators, "w"), (n, generators)) * 0.25;
        let x = dev.tensor_from_vec(numbers(n * 8, "x"), (n, 8));
        group.bench_function(BenchmarkId::new("fused", k), |bench| {
            bench.iter(|| Cpu::augment(basis.leaky_trace(), &w, &x, &layout).sum::<(), _>().backward());
        });
        group.bench_function(BenchmarkId::new("stock", k), |bench| {
            bench.iter(|| augment::composed(basis.leaky_trace(), &w, &x, &layout).sum::<(), _>().backward());
        });
    }
}

/// 50 optimisation steps of an MLP 8-h-h-h-8 without augmentation, as the trainer does them.
fn step(c: &mut Criterion) {
    let dev = Cpu::default();
    let mut group = c.benchmark_group("training_50_steps");
    group.sample_size(10);
    for (batch, hidden) in [(64, 384), (128, 256), (1024, 384)] {
        let rows = 4096;
        let (x, y) = (numbers(rows * 8, "x"), numbers(rows * 8, "y"));
        let form = Form { action: Action::Vector { dim: 2 }, axes: vec![8], ragged: false, translation_scale: 1.0 };
        let layout = Layout::arrange((2, 2), &[form], None);
        let problem = Problem::new((x.clone(), layout.clone()), (y, layout.clone()), None, Loss::Mse);
        let model = Model::Mlp(Mlp { hidden: vec![hidden; 3], activation: Activation::Silu });
        let all: Vec<usize> = (0..rows).collect();
        group.bench_function(BenchmarkId::new("fused", format!("batch {batch}, hidden {hidden}")), |bench| {
            bench.iter(|| {
                let fit = Fit {
                    label: "bench".into(),
                    problem: &problem,
                    rows: &all,
                    held_out: &all[..1],
                    model: &model,
                    steps: 50,
                    batch,
                    optimizer: &Default::default(),
                    schedule: &Default::default(),
                    patience: None,
                    ema: None,
                    target: semola_method::motion::MovedTarget::Label,
                    augmentation: Augmentation::None,
                    streams: Streams::new(1),
                    start: None,
                };
                semola_method::fit::fit(&fit, &semola_pipe::engine::Backend::default(), &Nowhere)
                    .map(|t| t.state.progress.step)
            });
        });
        let mut store = ParamStore::new(dev.clone());
        let network = Network::build(&model, &layout, &layout, &mut store, &Streams::new(1));
        let x: Mat<Cpu> = dev.tensor_from_vec(x[..batch * 8].to_vec(), (batch, 8));
        group.bench_function(BenchmarkId::new("forward", format!("batch {batch}, hidden {hidden}")), |bench| {
            bench.iter(|| network.forward::<Cpu, NoneTape>(&store, x.clone()));
        });
    }
}

criterion_group!(benches, linear, augment, step);
criterion_main!(benches);
