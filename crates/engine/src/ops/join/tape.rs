//! Joins of images on dfdx's tape.

use dfdx::prelude::*;

use super::{Join, backward, forward};
use crate::device::{Device, Mat};
use crate::ops::pick::{repeat, select, weighted};
use crate::ops::record::record;
use crate::ops::view::view;

/// Joins of images on a device.
pub trait Op: Device {
    /// Coarse images, one per row, brought to the size of fine ones and put beside them.
    fn join<T: Tape<f32, Self>>(coarse: Mat<Self, T>, fine: &Mat<Self>, join: &Join) -> Mat<Self, T> {
        composed(coarse, fine, join)
    }
}

impl Op for Cpu {
    fn join<T: Tape<f32, Self>>(coarse: Mat<Self, T>, fine: &Mat<Self>, join: &Join) -> Mat<Self, T> {
        let n = coarse.shape().0;
        let (coarse, tape) = coarse.split_tape();
        let out = forward(view(&coarse), view(fine), join);
        let out = fine.device().tensor_from_vec(out, (n, join.results()));
        let join = *join;
        record(tape, out, [&coarse, fine], move |up, [of_coarse, of_fine]| backward(up, &join, of_coarse, of_fine))
    }
}

/// The join of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(coarse: Mat<D, T>, fine: &Mat<D>, join: &Join) -> Mat<D, T> {
    let dev = coarse.device().clone();
    let n = coarse.shape().0;
    let (pixels, channels) = (join.height * join.width, join.coarse + join.fine);
    let coarse_pixels = join.coarse_len() / join.coarse;
    let (coarse, tape) = coarse.reshape_like(&(n * coarse_pixels, join.coarse)).split_tape();
    let place =
        |from: usize, count: usize| select(&dev, channels, from..from + count).permute::<(usize, usize), Axes2<1, 0>>();
    let beside = fine.clone().put_tape(tape).reshape_like(&(n * pixels, join.fine));
    let mut out = beside.matmul(place(join.coarse, join.fine));
    for t in 0..4 {
        let source = |p: usize| {
            let (sources, count) = join.sources(p);
            (t < count).then(|| (sources[t], 1.0 / count as f32))
        };
        let places: Vec<_> = (0..pixels).map(source).collect();
        if places.iter().any(Option::is_some) {
            let taken = weighted(coarse.retaped::<T>(), &repeat(&places, n, coarse_pixels));
            out = taken.matmul(place(0, join.coarse)) + out;
        }
    }
    out.reshape_like(&(n, join.results()))
}
