//! Networks on points: a forward and backward pass, fused and of stock dfdx operations.
//!
//! `cargo bench --bench points`; one thread, and processor time: ratios compare work, whatever else the machine does.

#[path = "shared/numbers.rs"]
mod numbers;
#[path = "shared/processor.rs"]
mod processor;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Bencher, BenchmarkId, Criterion, criterion_group, criterion_main};
use dfdx::prelude::*;
use semola_pipe::engine::ops::pair::{self, Op as _};

use numbers::numbers;
use processor::processor_time;
use semola_pipe::engine::nets::Network;
use semola_pipe::engine::nets::{Egnn, Model, Pair, PointNet, Transformer};
use semola_pipe::engine::ops::activation::Activation;
use semola_pipe::engine::ops::pool::Pool;
use semola_pipe::engine::{Form, Layout, Mat, PairMaps, ParamStore, Points, Streams};
use semola_pipe::lie::action::Action;

/// Measures `work` in processor time.
fn measure<R>(bench: &mut Bencher<'_>, work: impl Fn() -> R) {
    bench.iter_custom(|times| {
        let start = processor_time();
        for _ in 0..times {
            black_box(work());
        }
        processor_time().saturating_sub(start)
    });
}

/// One thread for everything that is measured; after the first call this does nothing.
fn alone() {
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
}

fn messages(c: &mut Criterion) {
    alone();
    let dev = Cpu::default();
    let mut group = c.benchmark_group("messages_forward_backward");
    for (rows, count) in [(32, 23), (64, 9)] {
        let form = pair::Form { width: 64, dim: 3, radial: 16, cutoff: None, activation: Activation::Silu, vectors: 0 };
        let points = Arc::new(Points::new(count, vec![count; rows]));
        let n = points.total();
        let pq: Mat<Cpu> = dev.tensor_from_vec(numbers(n * 128, "pq"), (n, 128));
        let x: Mat<Cpu> = dev.tensor_from_vec(numbers(n * 3, "x"), (n, 3));
        let (radial, relative) = (numbers(16 * 64, "radial"), numbers(3 * 64, "relative"));
        let radial = dev.tensor_from_vec(radial, (16 * 64,));
        let relative = dev.tensor_from_vec(relative, (3 * 64,));
        let maps = || PairMaps { radial: Some(&radial), relative: Some(&relative), gate: None };
        let label = format!("{rows}x{count}");
        group.bench_function(BenchmarkId::new("fused", &label), |bench| {
            measure(bench, || Cpu::pairs(pq.leaky_trace(), &x, maps(), &points, form).sum::<(), _>().backward());
        });
        group.bench_function(BenchmarkId::new("stock", &label), |bench| {
            measure(bench, || pair::composed(pq.leaky_trace(), &x, maps(), &points, form).sum::<(), _>().backward());
        });
    }
}

fn networks(c: &mut Criterion) {
    alone();
    let dev = Cpu::default();
    let mut group = c.benchmark_group("network_forward_backward");
    let activation = Activation::Silu;
    let pair = || Pair { width: 64, layers: 3, radial: 16, cutoff: None, head: vec![], pool: Pool::Mean, activation };
    let point_net = Model::PointNet(PointNet { hidden: vec![64, 128, 256], head: vec![], pool: Pool::Max, activation });
    let transformer = Transformer { width: 64, layers: 3, heads: 4, head: vec![], pool: Pool::Mean, activation };
    let cases = [
        (point_net, 32, 64),
        (Model::Pair(pair()), 32, 23),
        (Model::Pair(pair()), 64, 9),
        (Model::Egnn(Egnn(pair())), 64, 9),
        (Model::Transformer(transformer), 32, 32),
    ];
    for (model, rows, count) in cases {
        let form = |action, axes| Form { action, axes, ragged: false, translation_scale: 1.0 };
        let x = Layout::arrange((3, 3), &[form(Action::Points { dim: 3 }, vec![count, 3])], Some(count));
        let at_points = form(Action::Vector { dim: 3 }, vec![count, 3]);
        let of_row = form(Action::Scalar, vec![1, 10]);
        let target = if matches!(model, Model::PointNet(_)) { of_row } else { at_points };
        let y = Layout::arrange((3, 3), &[target], Some(count));
        let mut store = ParamStore::new(dev.clone());
        let network = Network::build(&model, &x, &y, &mut store, &Streams::new(1));
        let rows_of: Mat<Cpu> = dev.tensor_from_vec(numbers(rows * count * 3, "x"), (rows, count * 3));
        let label = format!("{} {rows}x{count}", model.name());
        group.bench_function(label, |bench| {
            measure(bench, || network.forward(&store, rows_of.leaky_trace()).square().mean::<(), _>().backward());
        });
    }
}

criterion_group!(benches, messages, networks);
criterion_main!(benches);
