//! Losses on dfdx's tape.

use dfdx::prelude::*;

use super::{Loss, backward, rows};
use crate::device::{Device, Flat, Mat, Scalar};
use crate::ops::record::record;
use crate::ops::view::hold;

/// Losses on a device.
pub trait Op: Device {
    /// Σ_i weight_i · loss(pred_i, target_i), each averaged over the components of the row.
    fn loss<T: Tape<f32, Self>>(
        kind: Loss,
        pred: Mat<Self, T>,
        target: Mat<Self, T>,
        weights: &Flat<Self>,
    ) -> Scalar<Self, T> {
        composed(kind, pred, target, weights)
    }
}

impl Op for Cpu {
    fn loss<T: Tape<f32, Self>>(
        kind: Loss,
        pred: Mat<Self, T>,
        target: Mat<Self, T>,
        weights: &Flat<Self>,
    ) -> Scalar<Self, T> {
        let width = pred.shape().1;
        let (pred, tape) = pred.split_tape();
        let (target, other) = target.split_tape();
        let (p, t, w) = (hold(&pred), hold(&target), hold(weights));
        let rows = rows(kind, &p, &t, width);
        let total: f64 = rows.iter().zip(&*w).map(|(l, w)| f64::from(*l) * f64::from(*w)).sum();
        let out = pred.device().tensor_from_vec(vec![total as f32], ());
        record(tape.merge(other), out, [&pred, &target], move |up, [of_pred, of_target]| {
            let weights: Vec<f32> = w.iter().map(|w| w * up[0]).collect();
            backward(kind, &p, &t, &weights, of_pred, of_target);
        })
    }
}

/// The loss of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(
    kind: Loss,
    pred: Mat<D, T>,
    target: Mat<D, T>,
    weights: &Flat<D>,
) -> Scalar<D, T> {
    let (n, width) = *pred.shape();
    let weights = weights.clone().broadcast_like::<_, Axis<1>>(&(n, width));
    let each = match kind {
        Loss::Mse => (pred - target).square() / width as f32,
        Loss::Mae => (pred - target).abs() / width as f32,
        Loss::Huber => pred.huber_error(target, 1.0) / width as f32,
        Loss::CrossEntropy => pred.log_softmax::<Axis<1>>().negate() * target,
    };
    (each * weights).sum()
}
