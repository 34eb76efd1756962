//! Invariants of fields on a group, on dfdx's tape.

use dfdx::prelude::*;

use super::{Field, backward, forward};
use crate::device::{Device, Mat};
use crate::ops::record::record;
use crate::ops::view::view;

/// Invariants of fields on a group, on a device.
pub trait Op: Device {
    /// Largest value over the turns, averaged over the pixels, of fields on a group, one a row: n×channels.
    fn invariant<T: Tape<f32, Self>>(x: Mat<Self, T>, field: &Field) -> Mat<Self, T> {
        composed(x, field)
    }
}

impl Op for Cpu {
    fn invariant<T: Tape<f32, Self>>(x: Mat<Self, T>, field: &Field) -> Mat<Self, T> {
        let n = x.shape().0;
        let (x, tape) = x.split_tape();
        let (out, choice) = forward(view(&x), field);
        let out = x.device().tensor_from_vec(out, (n, field.channels));
        let field = *field;
        record(tape, out, [&x], move |up, [x]| backward(up, &choice, &field, x))
    }
}

/// The invariants of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(x: Mat<D, T>, field: &Field) -> Mat<D, T> {
    let n = x.shape().0;
    let &Field { pixels, turns, channels } = field;
    let largest: Mat<D, T> = x.reshape_like(&(n * pixels, turns, channels)).max::<_, Axis<1>>();
    largest.reshape_like(&(n, pixels, channels)).mean::<_, Axis<1>>()
}
