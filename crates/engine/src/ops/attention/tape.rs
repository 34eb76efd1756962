//! Attention on dfdx's tape.

use std::sync::Arc;

use dfdx::prelude::*;

use super::{backward, forward};
use crate::device::{Device, Mat};
use crate::ops::pick::{places, rows, select};
use crate::ops::record::{accumulate, record};
use crate::ops::view::hold;
use crate::points::Points;

/// Attention on a device.
pub trait Op: Device {
    /// Attention of a row's points on each other; points×width from points×3·width.
    fn attention<T: Tape<f32, Self>>(qkv: Mat<Self, T>, heads: usize, points: &Arc<Points>) -> Mat<Self, T> {
        composed(qkv, heads, points)
    }
}

impl Op for Cpu {
    fn attention<T: Tape<f32, Self>>(qkv: Mat<Self, T>, heads: usize, points: &Arc<Points>) -> Mat<Self, T> {
        let (qkv, tape) = qkv.split_tape();
        let (width, points, values) = (qkv.shape().1 / 3, points.clone(), hold(&qkv));
        let (out, logs) = forward(&values, width, heads, &points);
        let out = qkv.device().tensor_from_vec(out, (points.total(), width));
        record(tape, out, [&qkv], move |up, [of_qkv]| {
            accumulate(of_qkv, &backward(&values, &logs, width, heads, &points, up));
        })
    }
}

/// Attention of stock operations: missing points are masked.
pub fn composed<D: Device, T: Tape<f32, D>>(qkv: Mat<D, T>, heads: usize, points: &Points) -> Mat<D, T> {
    let (dev, width) = (qkv.device().clone(), qkv.shape().1 / 3);
    let (size, (n, most)) = (width / heads, (points.rows(), points.most()));
    let (index, mask) = places(points);
    let (qkv, tape) = qkv.split_tape();
    let blocked: Vec<f32> = mask.iter().map(|m| (m - 1.0) * 1e30).collect();
    let blocked = dev.tensor_from_vec(blocked, (n, most)).broadcast_like::<_, Axis<1>>(&(n, most, most));
    let mut out: Mat<D, T> = dev.tensor_from_vec(vec![0.0; n * most * width], (n * most, width)).put_tape(tape);
    for h in 0..heads {
        let part = |part: usize| {
            let pick = select(&dev, 3 * width, part * width + h * size..part * width + (h + 1) * size);
            rows(qkv.retaped::<T>().matmul(pick), index.clone()).reshape_like(&(n, most, size))
        };
        let scores = part(0).matmul(part(1).permute::<_, Axes3<0, 2, 1>>()) / (size as f32).sqrt();
        let weights = (scores + blocked.clone()).softmax::<Axis<2>>();
        let place = select(&dev, width, h * size..(h + 1) * size).permute::<(usize, usize), Axes2<1, 0>>();
        out = weights.matmul(part(2)).reshape_like(&(n * most, size)).matmul(place) + out;
    }
    rows(out, mask.iter().enumerate().filter(|(_, m)| **m > 0.0).map(|(i, _)| i).collect())
}
