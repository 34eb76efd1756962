//! A convolutional network on an image.
//!
//! Its last image is flattened for the layers that give the target, so that it knows where in the image it saw what: nothing
//! in it is invariant under turns or shifts by construction. Where the target is an image, it leads back up to the full
//! size, and the last layers are on each pixel.

use dfdx::prelude::*;

use super::mlp::Mlp;
use super::pyramid::{Plan, Pyramid, image_channels, image_of};
use crate::nets::settings::{Cnn as Settings, Mlp as Head};
use crate::{Kernels, Layout, Mat, ParamStore, Streams};

/// Convolutions and the layers that come after them.
#[derive(Debug, Clone)]
pub struct Cnn {
    pyramid: Pyramid,
    /// Pieces of the last image that the head is on, each by itself: one, or its pixels.
    pieces: usize,
    head: Mlp,
}

impl Cnn {
    /// The network for images as in `x`; whether it gives values or an image, `y` says.
    pub fn build<D: Kernels>(
        settings: &Settings,
        x: &Layout,
        y: &Layout,
        store: &mut ParamStore<D>,
        streams: &Streams,
    ) -> Self {
        let image = image_of(x);
        let plan = Plan {
            channels: &settings.channels,
            kernel: settings.kernel,
            pool: settings.pool,
            activation: settings.activation,
            group: None,
        };
        let target = image_channels(&image, y);
        let pyramid = Pyramid::build(&plan, &image, target.is_some(), store, streams);
        let pieces = if target.is_some() { image.height * image.width } else { 1 };
        let head = Head { hidden: settings.hidden.clone(), activation: settings.activation };
        let head = Mlp::build(&head, pyramid.results() / pieces, target.unwrap_or(y.width), store, streams);
        Self { pyramid, pieces, head }
    }

    /// Rows of inputs to rows of outputs.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let n = x.shape().0;
        let x = self.pyramid.forward(store, x).reshape_like(&(n * self.pieces, self.pyramid.results() / self.pieces));
        let y = self.head.forward(store, x);
        let width = y.shape().1 * self.pieces;
        y.reshape_like(&(n, width))
    }
}
