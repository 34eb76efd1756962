//! Linear layers on two inputs, on dfdx's tape.

use dfdx::prelude::*;

use super::{Gradients, Sides, backward, forward};
use crate::device::{Device, Flat, Mat};
use crate::ops::activation::{self, Activation};
use crate::ops::pick::select;
use crate::ops::record::record;
use crate::ops::view::{hold, view};

/// Linear layers on two inputs side by side, on a device.
pub trait Op: Device {
    /// `a([x y] w + b)`; `w` holds the rows for `x`, then those for `y`.
    fn joined<T: Tape<f32, Self>>(
        x: Mat<Self, T>,
        y: &Mat<Self>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        activation: Option<Activation>,
    ) -> Mat<Self, T> {
        composed(x, y, w, b, activation)
    }
}

impl Op for Cpu {
    fn joined<T: Tape<f32, Self>>(
        x: Mat<Self, T>,
        y: &Mat<Self>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        activation: Option<Activation>,
    ) -> Mat<Self, T> {
        let (x, tape) = x.split_tape();
        let (inputs, beside) = (x.shape().1, y.shape().1);
        let (of_x, of_y, weights) = (hold(&x), hold(y), hold(w));
        let sides = Sides { x: &of_x, y: &of_y, inputs, beside };
        let (out, saved) = forward(sides, &weights, view(b), activation, T::OWNS_TAPE);
        let out = x.device().tensor_from_vec(out, (x.shape().0, b.shape().0));
        record(tape, out, [&x, y, w, b], move |up, [x, y, w, b]| {
            let sides = Sides { x: &of_x, y: &of_y, inputs, beside };
            backward(sides, &weights, &saved, up, Gradients { x, y, w, b });
        })
    }
}

/// The layer of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(
    x: Mat<D, T>,
    y: &Mat<D>,
    w: &Flat<D>,
    b: &Flat<D>,
    activation: Option<Activation>,
) -> Mat<D, T> {
    let (n, of_x) = *x.shape();
    let (of_y, outputs) = (y.shape().1, b.shape().0);
    let all = of_x + of_y;
    let part = |from: usize, len: usize| {
        let pick = select(x.device(), all, from..from + len).permute::<(usize, usize), Axes2<1, 0>>();
        pick.put_tape(T::default()).matmul(w.clone().reshape_like(&(all, outputs)))
    };
    let (wx, wy) = (part(0, of_x), part(of_x, of_y));
    let bias = b.retaped::<T>().broadcast_like::<_, Axis<0>>(&(n, outputs));
    activation::composed(x.matmul(wx) + y.retaped::<T>().matmul(wy) + bias, activation)
}
