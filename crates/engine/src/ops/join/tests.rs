use dfdx::prelude::*;

use super::*;
use crate::ops::Kernels;
use crate::ops::pixel_pool::window::window;
use crate::tests::{Path, agree, mat};

fn numbers(n: usize, m: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % 101) as f32 - 50.0) / 50.0).collect()
}

#[test]
fn values_and_gradients_agree_with_the_sum_over_all_windows() {
    for (height, width) in [(4, 6), (5, 4), (3, 3), (1, 2)] {
        let join = Join { height, width, coarse: 2, fine: 3 };
        let n = 2;
        let (coarse, fine) = (numbers(n * join.coarse_len(), 37), numbers(n * join.fine_len(), 53));
        let out = forward(&coarse, &fine, &join);
        let c = numbers(out.len(), 71);
        let (mut of_coarse, mut of_fine) = (vec![0.5; coarse.len()], vec![0.5; fine.len()]);
        backward(&c, &join, &mut of_coarse, &mut of_fine);
        let (mut want_coarse, mut want_fine) = (vec![0.5; coarse.len()], vec![0.5; fine.len()]);
        let (rows, columns) = (pooled(height), pooled(width));
        for (image, r, s) in (0..n * height * width).map(|p| (p / (height * width), p / width % height, p % width)) {
            let held = (0..rows * columns)
                .filter(|&at| window(at / columns, height).contains(&r) && window(at % columns, width).contains(&s));
            let held: Vec<usize> = held.map(|at| image * rows * columns + at).collect();
            let pixel = (image * height + r) * width + s;
            for channel in 0..2 {
                let want = held.iter().map(|at| coarse[at * 2 + channel]).sum::<f32>() / held.len() as f32;
                assert!((out[pixel * 5 + channel] - want).abs() < 1e-6);
                held.iter().for_each(|at| want_coarse[at * 2 + channel] += c[pixel * 5 + channel] / held.len() as f32);
            }
            for channel in 0..3 {
                assert_eq!(out[pixel * 5 + 2 + channel], fine[pixel * 3 + channel]);
                want_fine[pixel * 3 + channel] += c[pixel * 5 + 2 + channel];
            }
        }
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&of_coarse, &want_coarse) && close(&of_fine, &want_fine));
    }
}

/// Values and gradients of coarse images joined to fine ones.
pub(crate) fn joins<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let run = |(height, width)| {
        let join = Join { height, width, coarse: 2, fine: 3 };
        let n = 2;
        let (coarse, fine) = (mat(dev, n, join.coarse_len(), 37), mat(dev, n, join.fine_len(), 17));
        let y = match path {
            Path::Device => D::join(coarse.leaky_trace(), &fine, &join),
            Path::Stock => composed(coarse.leaky_trace(), &fine, &join),
        };
        let value = y.as_vec();
        let grads = (y * mat(dev, n, join.results(), 11)).sum::<(), _>().backward();
        [value, grads.get(&coarse).as_vec(), grads.get(&fine).as_vec()]
    };
    [(4, 6), (5, 3), (1, 1)].into_iter().flat_map(run).collect()
}

#[test]
fn joins_agree() {
    let dev = Cpu::default();
    agree("join", 1e-5, &joins(&dev, Path::Device), &joins(&dev, Path::Stock));
}
