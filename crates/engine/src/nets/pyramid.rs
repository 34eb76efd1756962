//! Convolutions from an image to ever smaller ones, and back up if the target is an image.

use dfdx::prelude::*;

use super::convolution::{Convolution, Sizes};
use crate::ops::activation::Activation;
use crate::ops::join::Join;
use crate::ops::pixel_pool::PixelPool;
use crate::ops::turn::Cyclic;
use crate::ops::turn::{Read, order};
use crate::{Kernels, Layout, Mat, ParamStore, Streams};
use semola_lie::action::{Action, Image};

/// What the networks on images have in common.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    pub channels: &'a [usize],
    pub kernel: usize,
    pub pool: PixelPool,
    pub activation: Activation,
    /// The turns whose fields the layers hold; `None`: plain channels.
    pub group: Option<Cyclic>,
}

/// Convolutions one after the other, each with its pooling. With a way back up, each level then joins what came from below
/// with the image that it had on the way down, and convolves them (a U-Net; Ronneberger et al. 2015).
#[derive(Debug, Clone)]
pub struct Pyramid {
    down: Vec<Convolution>,
    up: Vec<(Join, Convolution)>,
    activation: Activation,
}

impl Pyramid {
    /// Layers for images of this size; `back` leads up to their full size again.
    pub fn build<D: Kernels>(
        plan: &Plan<'_>,
        image: &Image,
        back: bool,
        store: &mut ParamStore<D>,
        streams: &Streams,
    ) -> Self {
        let (mut height, mut width) = (image.height, image.width);
        let (mut down, mut levels) = (Vec::new(), Vec::new());
        let mut read = Read::Image(image.channels);
        for (i, &outputs) in plan.channels.iter().enumerate() {
            let sizes = Sizes { height, width, outputs, kernel: plan.kernel, pool: plan.pool };
            let layer = Convolution::build(&format!("down{i}"), sizes, plan.group, &[read], store, streams);
            levels.push((height, width, read));
            (height, width) = layer.after();
            read = Read::Field(outputs);
            down.push(layer);
        }
        let mut up = Vec::new();
        let back = back && plan.pool != PixelPool::None;
        for (i, &(height, width, beside)) in levels.iter().enumerate().rev().filter(|_| back) {
            let (coarse, fine) = (plan.values(read), plan.values(beside));
            let sizes = Sizes { height, width, outputs: plan.channels[i], kernel: plan.kernel, pool: PixelPool::None };
            let layer = Convolution::build(&format!("up{i}"), sizes, plan.group, &[read, beside], store, streams);
            up.push((Join { height, width, coarse, fine }, layer));
            read = Read::Field(plan.channels[i]);
        }
        Self { down, up, activation: plan.activation }
    }

    /// The last layer's image: values of a pixel row by row, one image per row.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, mut x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let mut levels = Vec::new();
        for layer in &self.down {
            let (level, tape) = x.split_tape();
            if !self.up.is_empty() {
                levels.push(level.clone());
            }
            x = layer.forward(store, level.put_tape(tape), Some(self.activation));
        }
        for ((join, layer), level) in self.up.iter().zip(levels.iter().rev()) {
            x = layer.forward(store, D::join(x, level, join), Some(self.activation));
        }
        x
    }

    /// Values of the last image.
    pub fn results(&self) -> usize {
        self.last().map_or(0, Convolution::results)
    }

    /// Height and width of the last image.
    pub fn after(&self) -> (usize, usize) {
        self.last().map_or((0, 0), Convolution::after)
    }

    fn last(&self) -> Option<&Convolution> {
        self.up.last().map(|(_, layer)| layer).or(self.down.last())
    }
}

impl Plan<'_> {
    /// Values of a pixel.
    fn values(&self, read: Read) -> usize {
        match (read, self.group) {
            (Read::Field(channels), Some(group)) => channels * order(group),
            (Read::Field(channels) | Read::Image(channels), _) => channels,
        }
    }
}

/// The image in a row of inputs. Plans are checked to have one; any other row counts as a single line of pixels.
pub fn image_of(x: &Layout) -> Image {
    let line = Image { height: 1, width: x.width, channels: 1, edge: false };
    pixels(x).unwrap_or(line)
}

/// The channels of the target where it is an image as large as the input.
pub fn image_channels(image: &Image, y: &Layout) -> Option<usize> {
    let target = pixels(y).filter(|t| (t.height, t.width) == (image.height, image.width))?;
    Some(target.channels)
}

fn pixels(layout: &Layout) -> Option<Image> {
    match layout.segments.as_slice() {
        [segment] if segment.blocks == 1 => match segment.action {
            Action::Pixels(image) => Some(image),
            _ => None,
        },
        _ => None,
    }
}
