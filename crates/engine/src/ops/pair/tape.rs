//! Messages between pairs on dfdx's tape.

use std::sync::Arc;

use dfdx::prelude::*;

use super::composed::composed;
use super::{Form, Inputs, Weights, backward, forward};
use crate::device::{Device, Flat, Mat};
use crate::ops::record::{Input, accumulate, record};
use crate::ops::view::{Held, hold};
use crate::points::Points;

/// The learned maps of messages between pairs, as [`Weights`].
pub struct PairMaps<'a, D: Device> {
    pub radial: Option<&'a Flat<D>>,
    pub relative: Option<&'a Flat<D>>,
    pub gate: Option<&'a Flat<D>>,
}

/// Messages between pairs, on a device.
pub trait Op: Device {
    /// Messages between all pairs of a row's points, or vectors weighed by them (see [`super`]): points×`form.outputs()`
    /// from `pq` (points×2·width) and positions `x` (points×dim).
    fn pairs<T: Tape<f32, Self>>(
        pq: Mat<Self, T>,
        x: &Mat<Self>,
        maps: PairMaps<'_, Self>,
        points: &Arc<Points>,
        form: Form,
    ) -> Mat<Self, T> {
        composed(pq, x, maps, points, form)
    }
}

impl Op for Cpu {
    fn pairs<T: Tape<f32, Self>>(
        pq: Mat<Self, T>,
        x: &Mat<Self>,
        maps: PairMaps<'_, Self>,
        points: &Arc<Points>,
        form: Form,
    ) -> Mat<Self, T> {
        let (pq, tape) = pq.split_tape();
        let (sides, at, points) = (hold(&pq), hold(x), points.clone());
        let values = [maps.radial, maps.relative, maps.gate].map(|m| m.map(hold));
        let out = forward(inputs(&sides, &at), weights(&values), &points, form);
        let out = pq.device().tensor_from_vec(out, (points.total(), form.outputs()));
        let read: [&dyn Input; 5] = [&pq, x, &maps.radial, &maps.relative, &maps.gate];
        record(tape, out, read, move |up, grads| {
            let parts = backward(inputs(&sides, &at), weights(&values), &points, form, up);
            let parts = [parts.pq, parts.x, parts.radial, parts.relative, parts.gate];
            grads.into_iter().zip(&parts).for_each(|(grad, part)| accumulate(grad, part));
        })
    }
}

fn inputs<'a>(pq: &'a [f32], x: &'a [f32]) -> Inputs<'a> {
    Inputs { pq, x }
}

fn weights(values: &[Option<Held<(usize,)>>; 3]) -> Weights<'_> {
    let [radial, relative, gate] = values.each_ref().map(|map| map.as_deref().unwrap_or_default());
    Weights { radial, relative, gate }
}
