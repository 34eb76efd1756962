//! Values by their positions, on dfdx's tape.

use dfdx::prelude::*;

use super::{NOTHING, backward, forward};
use crate::device::{Device, Flat, Mat};
use crate::ops::record::{Spare, record};
use crate::ops::view::view;

/// Values by their positions, on a device.
pub trait Op: Device {
    /// Values at positions of the flat tensor, 0 for [`NOTHING`], as a matrix of `columns`.
    fn gather<T: Tape<f32, Self>>(x: Mat<Self, T>, index: Vec<u32>, columns: usize) -> Mat<Self, T> {
        composed(x, &index, columns)
    }
}

impl Op for Cpu {
    fn gather<T: Tape<f32, Self>>(x: Mat<Self, T>, index: Vec<u32>, columns: usize) -> Mat<Self, T> {
        let (x, tape) = x.split_tape();
        let out = forward(view(&x), &index);
        let out = x.device().tensor_from_vec(out, (index.len() / columns, columns));
        record(tape, out, [&Spare(&x)], move |up, [x]| backward(&index, up, x))
    }
}

/// The values by stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(x: Mat<D, T>, index: &[u32], columns: usize) -> Mat<D, T> {
    let (dev, len) = (x.device().clone(), index.len());
    let flat = x.shape().0 * x.shape().1;
    let held = index.iter().map(|&i| if i == NOTHING { 0.0 } else { 1.0 }).collect::<Vec<f32>>();
    let index = index.iter().map(|&i| if i == NOTHING { 0 } else { i as usize }).collect::<Vec<_>>();
    let whole = !held.contains(&0.0);
    let picked: Flat<D, T> = x.reshape_like(&(flat,)).gather(dev.tensor_from_vec(index, (len,)));
    let picked = if whole { picked } else { picked * dev.tensor_from_vec(held, (len,)) };
    picked.reshape_like(&(len / columns, columns))
}
