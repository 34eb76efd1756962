//! Sums of two tensors, one of them scaled.

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
#[cfg(test)]
pub(crate) mod tests;

use dfdx::prelude::*;

use crate::device::{Device, Mat};
use crate::ops::record::{accumulate, record};
use crate::ops::view::view;

/// Sums on a device.
pub trait Op: Device {
    /// `a + factor b`, of like shapes.
    fn add<T: Tape<f32, Self>>(a: Mat<Self, T>, b: &Mat<Self>, factor: f32) -> Mat<Self, T> {
        composed(a, b, factor)
    }
}

impl Op for Cpu {
    fn add<T: Tape<f32, Self>>(a: Mat<Self, T>, b: &Mat<Self>, factor: f32) -> Mat<Self, T> {
        let (a, tape) = a.split_tape();
        let values = view(&a).iter().zip(view(b)).map(|(a, b)| a + factor * b).collect();
        let out = a.device().tensor_from_vec(values, *a.shape());
        record(tape, out, [&a, b], move |up, [of_a, of_b]| {
            accumulate(of_a, up);
            of_b.iter_mut().zip(up).for_each(|(b, g)| *b += factor * *g);
        })
    }
}

/// The sum of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(a: Mat<D, T>, b: &Mat<D>, factor: f32) -> Mat<D, T> {
    let b = b.retaped::<T>();
    if factor == 1.0 { a + b } else { a + b * factor }
}
