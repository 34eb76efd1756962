//! Linear layers on dfdx's tape.

use dfdx::prelude::*;

use super::{Gradients, backward, forward};
use crate::device::{Device, Flat, Mat};
use crate::ops::activation::{self, Activation};
use crate::ops::record::{Spare, record};
use crate::ops::view::{hold, view};

/// Linear layers on a device.
pub trait Op: Device {
    /// `a(x w + b)`; `w` is a flat parameter of inputs×outputs.
    fn linear<T: Tape<f32, Self>>(
        x: Mat<Self, T>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        activation: Option<Activation>,
    ) -> Mat<Self, T> {
        composed(x, w, b, activation)
    }
}

impl Op for Cpu {
    fn linear<T: Tape<f32, Self>>(
        x: Mat<Self, T>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        activation: Option<Activation>,
    ) -> Mat<Self, T> {
        let (n, inputs) = *x.shape();
        let (x, tape) = x.split_tape();
        let (values, weights) = (hold(&x), hold(w));
        let (out, saved) = forward(&values, &weights, view(b), inputs, activation, T::OWNS_TAPE);
        let out = x.device().tensor_from_vec(out, (n, b.shape().0));
        record(tape, out, [&Spare(&x), w, b], move |up, [x, w, b]| {
            backward(&values, &weights, inputs, &saved, up, Gradients { x, w, b });
        })
    }
}

/// The layer of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(
    x: Mat<D, T>,
    w: &Flat<D>,
    b: &Flat<D>,
    activation: Option<Activation>,
) -> Mat<D, T> {
    let (_, inputs) = *x.shape();
    biased(x.matmul(w.clone().reshape_like(&(inputs, b.shape().0))), b, activation)
}

/// `a(z + b)` of stock operations.
pub(crate) fn biased<D: Device, T: Tape<f32, D>>(
    z: Mat<D, T>,
    b: &Flat<D>,
    activation: Option<Activation>,
) -> Mat<D, T> {
    let (n, outputs) = *z.shape();
    // The bias is broadcast on a tape of its own, so that its gradient is summed back.
    let bias = b.retaped::<T>().broadcast_like::<_, Axis<0>>(&(n, outputs));
    activation::composed(z + bias, activation)
}
