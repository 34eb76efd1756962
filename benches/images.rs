//! Networks on images, forward and backward: whole networks, and single operations against stock dfdx compositions.
//!
//! `cargo bench --bench images` runs all; the same networks in PyTorch: `benches/torch_images.py`. Threads: RAYON_NUM_THREADS.

#[path = "shared/numbers.rs"]
mod numbers;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dfdx::prelude::*;
use semola_pipe::engine::ops::conv::{self, Conv, Op as _};
use semola_pipe::engine::ops::loss::Op as _;

use numbers::numbers;
use semola_pipe::engine::nets::Network;
use semola_pipe::engine::nets::{Cnn, GroupCnn, Model};
use semola_pipe::engine::ops::activation::Activation;
use semola_pipe::engine::ops::loss::Loss;
use semola_pipe::engine::ops::pixel_pool::PixelPool;
use semola_pipe::engine::ops::turn::Cyclic;
use semola_pipe::engine::{Flat, Form, Layout, Mat, ParamStore, Streams};
use semola_pipe::lie::action::{Action, Image};

const BATCH: usize = 128;

fn convolution(c: &mut Criterion) {
    let dev = Cpu::default();
    let mut group = c.benchmark_group("convolution_forward_backward");
    group.sample_size(10);
    let conv = Conv { height: 14, width: 14, channels: 32, outputs: 64, kernel: 3, pool: PixelPool::Max };
    let n = 16;
    let x: Mat<Cpu> = dev.tensor_from_vec(numbers(n * conv.inputs(), "x"), (n, conv.inputs()));
    let w: Flat<Cpu> = dev.tensor_from_vec(numbers(conv.weights(), "w"), (conv.weights(),));
    let b: Flat<Cpu> = dev.tensor_from_vec(numbers(conv.outputs, "b"), (conv.outputs,));
    let relu = Some(Activation::Relu);
    let label = "16 of 14x14x32 to 64";
    group.bench_function(BenchmarkId::new("fused", label), |bench| {
        bench.iter(|| Cpu::convolve(x.leaky_trace(), &w, &b, &conv, relu).sum::<(), _>().backward());
    });
    group.bench_function(BenchmarkId::new("stock", label), |bench| {
        bench.iter(|| conv::composed(x.leaky_trace(), &w, &b, &conv, relu).sum::<(), _>().backward());
    });
}

fn pixels(channels: usize) -> Layout {
    let action = Action::Pixels(Image { height: 28, width: 28, channels, edge: false });
    let form = Form { action, axes: vec![28, 28, channels], ragged: false, translation_scale: 1.0 };
    Layout::arrange((2, 2), &[form], None)
}

fn classes() -> Layout {
    let form = Form { action: Action::Scalar, axes: vec![10], ragged: false, translation_scale: 1.0 };
    Layout::arrange((2, 2), &[form], None)
}

/// Loss and gradients of a batch of 28×28 images; classes by cross-entropy, images by squared error.
fn networks(c: &mut Criterion) {
    let mut group = c.benchmark_group("network_28x28_batch_128_forward_backward");
    group.sample_size(20);
    let cnn = |channels, hidden| {
        Model::Cnn(Cnn { channels, kernel: 3, pool: PixelPool::Max, hidden, activation: Activation::Relu })
    };
    let turned = |cyclic, channels| {
        let pool = PixelPool::Max;
        Model::GroupCnn(GroupCnn {
            group: cyclic,
            channels,
            kernel: 5,
            pool,
            hidden: vec![64],
            activation: Activation::Relu,
        })
    };
    let cases = [
        ("cnn 32-64, 128", cnn(vec![32, 64], vec![128]), classes()),
        ("cnn 16-32, 64", cnn(vec![16, 32], vec![64]), classes()),
        ("c4 8-16, 64", turned(Cyclic::C4, vec![8, 16]), classes()),
        ("c8 8-12, 64", turned(Cyclic::C8, vec![8, 12]), classes()),
        ("cnn 16-32, image to image", cnn(vec![16, 32], vec![]), pixels(1)),
    ];
    for (label, model, y_layout) in cases {
        let x_layout = pixels(1);
        let mut store = ParamStore::new(Cpu::default());
        let network = Network::build(&model, &x_layout, &y_layout, &mut store, &Streams::new(1));
        let dev = store.device().clone();
        let x: Mat<Cpu> = dev.tensor_from_vec(numbers(BATCH * x_layout.width, "x"), (BATCH, x_layout.width));
        let y: Mat<Cpu> = dev.tensor_from_vec(numbers(BATCH * y_layout.width, "y"), (BATCH, y_layout.width));
        let weights: Flat<Cpu> = dev.tensor_from_vec(vec![1.0 / BATCH as f32; BATCH], (BATCH,));
        let loss = if y_layout.width == 10 { Loss::CrossEntropy } else { Loss::Mse };
        group.bench_function(label, |bench| {
            bench.iter(|| {
                let pred = network.forward(&store, x.leaky_trace());
                Cpu::loss(loss, pred, y.retaped::<OwnedTape<f32, Cpu>>(), &weights).backward()
            });
        });
    }
}

criterion_group!(benches, convolution, networks);
criterion_main!(benches);
