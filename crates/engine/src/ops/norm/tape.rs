//! Layer normalisation on dfdx's tape.

use dfdx::prelude::*;

use super::{EPSILON, Gradients, backward, forward};
use crate::device::{Device, Flat, Mat};
use crate::ops::record::record;
use crate::ops::view::{hold, view};

/// Layer normalisation on a device.
pub trait Op: Device {
    /// Layer normalisation of each row.
    fn normalise<T: Tape<f32, Self>>(x: Mat<Self, T>, gain: &Flat<Self>, bias: &Flat<Self>) -> Mat<Self, T> {
        composed(x, gain, bias)
    }
}

impl Op for Cpu {
    fn normalise<T: Tape<f32, Self>>(x: Mat<Self, T>, gain: &Flat<Self>, bias: &Flat<Self>) -> Mat<Self, T> {
        let (x, tape) = x.split_tape();
        let scale = hold(gain);
        let (out, saved) = forward(view(&x), &scale, view(bias));
        let out = x.device().tensor_from_vec(out, *x.shape());
        record(tape, out, [&x, gain, bias], move |up, [x, gain, bias]| {
            backward(&saved, &scale, up, Gradients { x, gain, bias });
        })
    }
}

/// Normalisation of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(x: Mat<D, T>, gain: &Flat<D>, bias: &Flat<D>) -> Mat<D, T> {
    let shape = *x.shape();
    let row = |v: &Flat<D>| v.retaped::<T>().broadcast_like::<_, Axis<0>>(&shape);
    x.normalize::<Axis<1>>(EPSILON) * row(gain) + row(bias)
}
