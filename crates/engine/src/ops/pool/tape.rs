//! Pooling and its inverse on dfdx's tape.

use std::sync::Arc;

use dfdx::prelude::*;

use super::{Pool, backward, forward, spread};
use crate::device::{Device, Mat};
use crate::ops::pick::{placed, rows};
use crate::ops::record::{accumulate, record};
use crate::ops::view::view;
use crate::points::Points;

/// Values of points to those of rows and back, on a device.
pub trait Op: Device {
    /// Rows×width from points×width; 0 for a row without points.
    fn pool<T: Tape<f32, Self>>(x: Mat<Self, T>, points: &Arc<Points>, pool: Pool) -> Mat<Self, T> {
        composed(x, points, pool)
    }

    /// Points×width from rows×width: the row's values at each of its points.
    fn spread<T: Tape<f32, Self>>(x: Mat<Self, T>, points: &Arc<Points>) -> Mat<Self, T> {
        composed_spread(x, points)
    }
}

impl Op for Cpu {
    fn pool<T: Tape<f32, Self>>(x: Mat<Self, T>, points: &Arc<Points>, pool: Pool) -> Mat<Self, T> {
        let (x, tape) = x.split_tape();
        let (width, points) = (x.shape().1, points.clone());
        let (out, from) = forward(view(&x), width, &points, pool);
        let out = x.device().tensor_from_vec(out, (points.rows(), width));
        record(tape, out, [&x], move |up, [x]| backward(up, &from, width, &points, pool, x))
    }

    fn spread<T: Tape<f32, Self>>(x: Mat<Self, T>, points: &Arc<Points>) -> Mat<Self, T> {
        let (x, tape) = x.split_tape();
        let (width, points) = (x.shape().1, points.clone());
        let out = spread(view(&x), width, &points);
        let out = x.device().tensor_from_vec(out, (points.total(), width));
        record(tape, out, [&x], move |up, [x]| accumulate(x, &forward(up, width, &points, Pool::Sum).0))
    }
}

/// Pooling of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(x: Mat<D, T>, points: &Points, pool: Pool) -> Mat<D, T> {
    let width = x.shape().1;
    let (cube, mask) = placed(x, points);
    let (shape, out) = (*cube.shape(), (points.rows(), width));
    let counts: Vec<f32> = points.ranges().map(|r| r.len() as f32).collect();
    let dev = mask.device().clone();
    let per_row = |f: &dyn Fn(f32) -> f32| {
        dev.tensor_from_vec(counts.iter().map(|&c| f(c)).collect(), (out.0,)).broadcast_like::<_, Axis<1>>(&out)
    };
    let mask = mask.broadcast_like::<_, Axis<2>>(&shape);
    match pool {
        Pool::Sum => (cube * mask).sum::<_, Axis<1>>(),
        Pool::Mean => (cube * mask).sum::<_, Axis<1>>() * per_row(&|c| 1.0 / c.max(1.0)),
        Pool::Max => {
            let far = (mask.clone() - 1.0) * 1e30;
            (cube * mask + far).max::<_, Axis<1>>() * per_row(&|c| c.min(1.0))
        }
    }
}

/// The inverse of stock operations.
pub fn composed_spread<D: Device, T: Tape<f32, D>>(x: Mat<D, T>, points: &Points) -> Mat<D, T> {
    rows(x, points.ranges().enumerate().flat_map(|(i, range)| range.map(move |_| i)).collect())
}
