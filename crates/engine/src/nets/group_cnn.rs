//! A group convolutional network: equivariant by construction under turns by 90° (C4) or 45° (C8), and under shifts up to
//! pooling (Cohen & Welling 2016, with the regular representation).
//!
//! Values of the whole row are invariant: the last layers see each channel's largest value over the turns, averaged over
//! the pixels. A target image turns with the input: the last layers are on each pixel and see the mean over the turns.
//! Under quarter turns of square images, of any size, that holds to rounding; under 45° as far as pixels can be turned by
//! 45°.

use dfdx::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pyramid::{Plan, Pyramid, image_channels, image_of};
use super::{Field, Forward, Misfit, Net, Problem, Takes, arrows, between, head_label, image, mlp, total};
use crate::ops::activation::Activation;
use crate::ops::invariant::Field as Turned;
use crate::ops::pixel_pool::PixelPool;
use crate::ops::turn::{Cyclic, order};
use crate::{Kernels, Layout, Mat, ParamStore, Streams};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupCnn {
    /// The rotations under which it is equivariant.
    #[serde(default)]
    pub group: Cyclic,
    /// Channels of each convolution; every channel has one value for each rotation.
    pub channels: Vec<usize>,
    /// Side of the kernels (odd).
    #[serde(default = "default_group_kernel")]
    pub kernel: usize,
    /// How pixels are joined after a convolution.
    #[serde(default)]
    pub pool: PixelPool,
    /// Widths of the layers after the last convolution: on its invariants, or on each pixel of a target image.
    #[serde(default)]
    pub hidden: Vec<usize>,
    /// The function between two layers.
    #[serde(default)]
    pub activation: Activation,
}

fn default_group_kernel() -> usize {
    5
}

impl Net for GroupCnn {
    const NAME: &'static str = "group_cnn";
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
        Some(image::inside(&self.channels, order(self.group), self.pool, x, y)? + total(&self.hidden))
    }

    fn label(&self, input: &str, output: &str) -> String {
        let group = format!("{:?}", self.group).to_lowercase();
        between(&format!("group_cnn {group} {}{}", arrows(&self.channels), head_label(&self.hidden)), input, output)
    }

    fn build<D: Kernels>(&self, x: &Layout, y: &Layout, store: &mut ParamStore<D>, streams: &Streams) -> Built {
        let image = image_of(x);
        let plan = Plan {
            channels: &self.channels,
            kernel: self.kernel,
            pool: self.pool,
            activation: self.activation,
            group: Some(self.group),
        };
        let target = image_channels(&image, y);
        let pyramid = Pyramid::build(&plan, &image, target.is_some(), store, streams);
        let (height, width) = pyramid.after();
        let (pixels, turns) = (height * width, order(self.group));
        let field = Turned { pixels, turns, channels: pyramid.results() / (pixels * turns).max(1) };
        let head = mlp::Mlp { hidden: self.hidden.clone(), activation: self.activation };
        let head = mlp::Built::new(&head, field.channels, target.unwrap_or(y.width), store, streams);
        Built { pyramid, field, pixels: target.is_some(), head }
    }
}

/// Group convolutions and the layers that come after them.
#[derive(Debug, Clone)]
pub struct Built {
    pyramid: Pyramid,
    /// The last image of the pyramid.
    field: Turned,
    /// Whether the target is an image.
    pixels: bool,
    head: mlp::Built,
}

impl Built {
    /// The channels of each pixel, averaged over the turns: one pixel per row.
    fn mean_over_turns<D, T>(&self, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (n, dev) = (x.shape().0, x.device().clone());
        let Turned { pixels, turns, channels } = self.field;
        let mean = (0..turns * channels * channels).map(|at| at / channels % channels == at % channels);
        let mean: Vec<f32> = mean.map(|same| if same { 1.0 / turns as f32 } else { 0.0 }).collect();
        let mean = dev.tensor_from_vec(mean, (turns * channels * channels,));
        let zero = dev.tensor_from_vec(vec![0.0; channels], (channels,));
        D::linear(x.reshape_like(&(n * pixels, turns * channels)), &mean, &zero, None)
    }
}

impl Forward for Built {
    fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T> {
        let n = x.shape().0;
        let x = self.pyramid.forward(store, x);
        if !self.pixels {
            return self.head.forward(store, D::invariant(x, &self.field));
        }
        let y = self.head.forward(store, self.mean_over_turns(x));
        let width = y.shape().1 * self.field.pixels;
        y.reshape_like(&(n, width))
    }
}
