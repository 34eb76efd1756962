//! Operations on images.

use dfdx::prelude::*;

use super::{Path, agree, flat, mat};
use crate::kernel::activation::Activation;
use crate::kernel::conv::Conv;
use crate::kernel::invariant::Field;
use crate::kernel::join::Join;
use crate::kernel::pixel_pool::PixelPool;
use crate::kernel::turn::Cyclic;
use crate::kernel::turn::{Read, Turns};
use crate::kernels::{Kernels, images};

/// Values and gradients of convolutions with every pooling, on axes even, odd and of a single pixel.
pub(crate) fn convolutions<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let conv = |height, width, channels, outputs, kernel, pool| Conv { height, width, channels, outputs, kernel, pool };
    let cases = [
        (conv(4, 6, 2, 3, 3, PixelPool::None), None),
        (conv(6, 4, 1, 4, 3, PixelPool::Max), Some(Activation::Silu)),
        (conv(5, 4, 3, 1, 5, PixelPool::Max), Some(Activation::Relu)),
        (conv(5, 5, 2, 2, 3, PixelPool::Mean), Some(Activation::Tanh)),
        (conv(1, 3, 1, 1, 1, PixelPool::Mean), None),
    ];
    let run = |(conv, activation): (Conv, Option<Activation>)| {
        let n = 3;
        let (x, w) = (mat(dev, n, conv.inputs(), 37), flat(dev, conv.weights(), 17));
        let b = flat(dev, conv.outputs, 5);
        let y = match path {
            Path::Device => D::convolve(x.leaky_trace(), &w, &b, &conv, activation),
            Path::Stock => images::convolve(x.leaky_trace(), &w, &b, &conv, activation),
        };
        let value = y.as_vec();
        let grads = (y * mat(dev, n, conv.results(), 11)).sum::<(), _>().backward();
        [value, grads.get(&x).as_vec(), grads.get(&w).as_vec(), grads.get(&b).as_vec()]
    };
    cases.into_iter().flat_map(run).collect()
}

/// Values and gradients of coarse images joined to fine ones.
pub(crate) fn joins<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let run = |(height, width)| {
        let join = Join { height, width, coarse: 2, fine: 3 };
        let n = 2;
        let (coarse, fine) = (mat(dev, n, join.coarse_len(), 37), mat(dev, n, join.fine_len(), 17));
        let y = match path {
            Path::Device => D::join(coarse.leaky_trace(), &fine, &join),
            Path::Stock => images::join(coarse.leaky_trace(), &fine, &join),
        };
        let value = y.as_vec();
        let grads = (y * mat(dev, n, join.results(), 11)).sum::<(), _>().backward();
        [value, grads.get(&coarse).as_vec(), grads.get(&fine).as_vec()]
    };
    [(4, 6), (5, 3), (1, 1)].into_iter().flat_map(run).collect()
}

/// Values and gradients of turned kernels, and of what is invariant under turns.
pub(crate) fn turned_kernels<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let mut results = Vec::new();
    for group in [Cyclic::C4, Cyclic::C8] {
        let turns = Turns::new(group, 3, &[Read::Field(2), Read::Image(1)], 3);
        let learned = flat(dev, turns.learned(), 37);
        let y = match path {
            Path::Device => D::turn::<OwnedTape<f32, D>>(&learned, &turns),
            Path::Stock => images::turn::<D, OwnedTape<f32, D>>(&learned, &turns),
        };
        results.push(y.as_vec());
        let grads = (y * flat(dev, turns.kernels(), 11)).sum::<(), _>().backward();
        results.push(grads.get(&learned).as_vec());

        let field = Field { pixels: 3, turns: turns.turns, channels: 2 };
        let x = mat(dev, 2, 6 * turns.turns, 37);
        let y = match path {
            Path::Device => D::invariant(x.leaky_trace(), &field),
            Path::Stock => images::invariant(x.leaky_trace(), &field),
        };
        results.push(y.as_vec());
        let grads = (y * mat(dev, 2, 2, 11)).sum::<(), _>().backward();
        results.push(grads.get(&x).as_vec());
    }
    results
}

#[test]
fn convolutions_agree() {
    let dev = Cpu::default();
    agree("convolve", 1e-5, &convolutions(&dev, Path::Device), &convolutions(&dev, Path::Stock));
}

#[test]
fn joins_agree() {
    let dev = Cpu::default();
    agree("join", 1e-5, &joins(&dev, Path::Device), &joins(&dev, Path::Stock));
}

#[test]
fn turned_kernels_agree() {
    let dev = Cpu::default();
    agree("turn", 1e-5, &turned_kernels(&dev, Path::Device), &turned_kernels(&dev, Path::Stock));
}
