//! A group convolutional network: equivariant by construction under turns by 90° (C4) or 45° (C8), and under shifts up to
//! pooling (Cohen & Welling 2016, with the regular representation).
//!
//! Values of the whole row are invariant: the last layers see each channel's largest value over the turns, averaged over
//! the pixels. A target image turns with the input: the last layers are on each pixel and see the mean over the turns.
//! Under quarter turns of square images, of any size, that holds to rounding; under 45° as far as pixels can be turned by
//! 45°.

use dfdx::prelude::*;

use super::mlp::Mlp;
use super::pyramid::{Plan, Pyramid, image_channels, image_of};
use crate::kernel::invariant::Field;
use crate::kernel::turn::order;
use crate::nets::settings::{GroupCnn as Settings, Mlp as Head};
use crate::{Kernels, Layout, Mat, ParamStore, Streams};

/// Group convolutions and the layers that come after them.
#[derive(Debug, Clone)]
pub struct GroupCnn {
    pyramid: Pyramid,
    /// The last image of the pyramid.
    field: Field,
    /// Whether the target is an image.
    pixels: bool,
    head: Mlp,
}

impl GroupCnn {
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
            group: Some(settings.group),
        };
        let target = image_channels(&image, y);
        let pyramid = Pyramid::build(&plan, &image, target.is_some(), store, streams);
        let (height, width) = pyramid.after();
        let (pixels, turns) = (height * width, order(settings.group));
        let field = Field { pixels, turns, channels: pyramid.results() / (pixels * turns).max(1) };
        let head = Head { hidden: settings.hidden.clone(), activation: settings.activation };
        let head = Mlp::build(&head, field.channels, target.unwrap_or(y.width), store, streams);
        Self { pyramid, field, pixels: target.is_some(), head }
    }

    /// Rows of inputs to rows of outputs.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let n = x.shape().0;
        let x = self.pyramid.forward(store, x);
        if !self.pixels {
            return self.head.forward(store, D::invariant(x, &self.field));
        }
        let y = self.head.forward(store, self.mean_over_turns(x));
        let width = y.shape().1 * self.field.pixels;
        y.reshape_like(&(n, width))
    }

    /// The channels of each pixel, averaged over the turns: one pixel a row.
    fn mean_over_turns<D, T>(&self, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let (n, dev) = (x.shape().0, x.device().clone());
        let Field { pixels, turns, channels } = self.field;
        let mean = (0..turns * channels * channels).map(|at| at / channels % channels == at % channels);
        let mean: Vec<f32> = mean.map(|same| if same { 1.0 / turns as f32 } else { 0.0 }).collect();
        let mean = dev.tensor_from_vec(mean, (turns * channels * channels,));
        let zero = dev.tensor_from_vec(vec![0.0; channels], (channels,));
        D::linear(x.reshape_like(&(n * pixels, turns * channels)), &mean, &zero, None)
    }
}
