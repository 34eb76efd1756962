//! A convolutional network on an image.
//!
//! Its last image is flattened for the layers that give the target, so that positions in the image matter: nothing in
//! it is invariant under rotations or translations by construction. If the target is an image, it is upsampled to the
//! full size, and the last layers act on each pixel.

use dfdx::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pyramid::{Plan, Pyramid, image_channels, image_of};
use super::{Field, Forward, Misfit, Net, Problem, Takes, arrows, between, head_label, image, mlp, total};
use crate::ops::activation::Activation;
use crate::ops::pixel_pool::PixelPool;
use crate::{Kernels, Layout, Mat, ParamStore, Streams};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cnn {
    /// Channels of each convolution.
    pub channels: Vec<usize>,
    /// Side of the kernels (odd).
    #[serde(default = "default_kernel")]
    pub kernel: usize,
    /// After each convolution: the largest or the mean of 2×2 pixels, or no pooling.
    #[serde(default)]
    pub pool: PixelPool,
    /// Widths of the layers after the last convolution: on all of its values, or on each pixel of a target image.
    #[serde(default)]
    pub hidden: Vec<usize>,
    /// The function between two layers.
    #[serde(default)]
    pub activation: Activation,
}

fn default_kernel() -> usize {
    3
}

impl Net for Cnn {
    const NAME: &'static str = "cnn";
    const TAKES: Takes = Takes::Image;
    type Built = Built;

    fn widths(&self) -> Vec<(&'static str, &[usize])> {
        vec![("channels", &self.channels), ("hidden", &self.hidden)]
    }

    fn check(&self) -> Vec<Problem> {
        image::check(self.kernel, &self.channels)
    }

    fn check_fields(&self, inputs: &[Field], targets: &[Field]) -> Vec<Misfit> {
        image::check_fields(Self::NAME, inputs, targets)
    }

    fn inside(&self, x: &Layout, y: &Layout) -> Option<usize> {
        Some(image::inside(&self.channels, 1, self.pool, x, y)? + total(&self.hidden))
    }

    fn label(&self, input: &str, output: &str) -> String {
        between(&format!("cnn {}{}", arrows(&self.channels), head_label(&self.hidden)), input, output)
    }

    fn build<D: Kernels>(&self, x: &Layout, y: &Layout, store: &mut ParamStore<D>, streams: &Streams) -> Built {
        let image = image_of(x);
        let plan = Plan {
            channels: &self.channels,
            kernel: self.kernel,
            pool: self.pool,
            activation: self.activation,
            group: None,
        };
        let target = image_channels(&image, y);
        let pyramid = Pyramid::build(&plan, &image, target.is_some(), store, streams);
        let pieces = if target.is_some() { image.height * image.width } else { 1 };
        let head = mlp::Mlp { hidden: self.hidden.clone(), activation: self.activation };
        let head = mlp::Built::new(&head, pyramid.results() / pieces, target.unwrap_or(y.width), store, streams);
        Built { pyramid, pieces, head }
    }
}

/// Convolutions and the layers that come after them.
#[derive(Debug, Clone)]
pub struct Built {
    pyramid: Pyramid,
    /// Pieces of the last image that the head is on, each by itself: one, or its pixels.
    pieces: usize,
    head: mlp::Built,
}

impl Forward for Built {
    fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T> {
        let n = x.shape().0;
        let x = self.pyramid.forward(store, x).reshape_like(&(n * self.pieces, self.pyramid.results() / self.pieces));
        let y = self.head.forward(store, x);
        let width = y.shape().1 * self.pieces;
        y.reshape_like(&(n, width))
    }
}
