//! Convolutions on dfdx's tape.

use dfdx::prelude::*;

use super::{Conv, Gradients, backward, forward};
use crate::device::{Device, Flat, Mat};
use crate::ops::activation::Activation;
use crate::ops::linear;
use crate::ops::pick::{Source, repeat, weighted};
use crate::ops::pixel_pool;
use crate::ops::record::{Spare, record};
use crate::ops::view::{hold, view};

/// Convolutions on a device.
pub trait Op: Device {
    /// a(pool(w ∗ x) + b) of images, one per row. `w` is flat and in the order of [`Conv::weights`].
    fn convolve<T: Tape<f32, Self>>(
        x: Mat<Self, T>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        conv: &Conv,
        activation: Option<Activation>,
    ) -> Mat<Self, T> {
        composed(x, w, b, conv, activation)
    }
}

impl Op for Cpu {
    fn convolve<T: Tape<f32, Self>>(
        x: Mat<Self, T>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        conv: &Conv,
        activation: Option<Activation>,
    ) -> Mat<Self, T> {
        let n = x.shape().0;
        let (x, tape) = x.split_tape();
        let (values, weights, conv) = (hold(&x), hold(w), *conv);
        let (out, saved) = forward(&values, &weights, view(b), &conv, activation, T::OWNS_TAPE);
        let out = x.device().tensor_from_vec(out, (n, conv.results()));
        record(tape, out, [&Spare(&x), w, b], move |up, [x, w, b]| {
            backward(&values, &weights, &conv, &saved, up, Gradients { x, w, b });
        })
    }
}

/// The convolution of stock operations.
pub fn composed<D: Device, T: Tape<f32, D>>(
    x: Mat<D, T>,
    w: &Flat<D>,
    b: &Flat<D>,
    conv: &Conv,
    activation: Option<Activation>,
) -> Mat<D, T> {
    let n = x.shape().0;
    let pixels = conv.height * conv.width;
    let x = x.reshape_like(&(n * pixels, conv.channels));
    let patches = weighted(x, &repeat(&patch_pixels(conv), n, pixels)).reshape_like(&(n * pixels, conv.depth()));
    let z = patches.matmul(w.clone().reshape_like(&(conv.depth(), conv.outputs)));
    let results = conv.results();
    let pooled = pixel_pool::composed(z, conv.pool, &conv.plane(), n);
    linear::biased(pooled, b, activation).reshape_like(&(n, results))
}

/// The pixel behind each pixel of each patch; `None` beyond the image.
fn patch_pixels(conv: &Conv) -> Vec<Source> {
    let (k, margin) = (conv.kernel, conv.kernel / 2);
    let within = |at: usize, n: usize| at.checked_sub(margin).filter(|&at| at < n);
    let of_pixel = |p: usize| {
        (0..k * k).map(move |s| {
            let row = within(p / conv.width + s % k, conv.height)?;
            let column = within(p % conv.width + s / k, conv.width)?;
            Some((row * conv.width + column, 1.0))
        })
    };
    (0..conv.height * conv.width).flat_map(of_pixel).collect()
}
