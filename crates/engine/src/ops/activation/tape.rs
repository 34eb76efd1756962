//! Activations on dfdx's tape.

use dfdx::prelude::*;

use super::Activation;
use crate::device::{Device, Mat};

/// The activation of stock operations.
pub(crate) fn composed<D: Device, T: Tape<f32, D>>(z: Mat<D, T>, activation: Option<Activation>) -> Mat<D, T> {
    match activation {
        None => z,
        Some(Activation::Relu) => z.relu(),
        Some(Activation::Tanh) => z.tanh(),
        Some(Activation::Gelu) => z.fast_gelu(),
        Some(Activation::Silu) => {
            let plain = z.retaped::<T>();
            z.sigmoid() * plain
        }
    }
}
