//! One convolution of a network: of plain channels, or of fields on a group of turns.

use dfdx::prelude::*;
use rand::RngExt;

use crate::ops::activation::Activation;
use crate::ops::conv::Conv;
use crate::ops::pixel_pool::PixelPool;
use crate::ops::turn::Cyclic;
use crate::ops::turn::{Read, Turns};
use crate::{Kernels, Mat, ParamId, ParamStore, Streams};

/// Sizes of a layer, in the channels that the user counts: those of a field are counted once, not for each turn.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub height: usize,
    pub width: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub pool: PixelPool,
}

/// Weights and bias with what is done with them.
#[derive(Debug, Clone)]
pub struct Convolution {
    conv: Conv,
    weight: ParamId,
    bias: ParamId,
    /// How the kernels and the bias of all turns come from what is learned; `None`: plain channels.
    turns: Option<(Turns, Turns)>,
}

impl Convolution {
    /// A layer that reads these channels, plain without a group. Its parameters start uniform in ±1/√n, n being the
    /// values that an output is a sum of.
    pub fn build<D: Kernels>(
        name: &str,
        sizes: Sizes,
        group: Option<Cyclic>,
        reads: &[Read],
        store: &mut ParamStore<D>,
        streams: &Streams,
    ) -> Self {
        let Sizes { height, width, outputs, kernel, pool } = sizes;
        let turns = group
            .map(|group| (Turns::new(group, kernel, reads, outputs), Turns::new(group, 1, &[Read::Image(1)], outputs)));
        let plain = || reads.iter().map(Read::channels).sum();
        let (channels, copies) = turns.as_ref().map_or_else(|| (plain(), 1), |(t, _)| (t.depth(), t.turns));
        let conv = Conv { height, width, channels, outputs: copies * outputs, kernel, pool };
        let summed = turns.as_ref().map_or(kernel * kernel, |(t, _)| t.used()) * channels;
        let bound = 1.0 / (summed.max(1) as f32).sqrt();
        let mut rng = streams.get(name, 0);
        let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>();
        let weights = conv.depth().saturating_mul(outputs);
        Self {
            conv,
            weight: store.add_made(format!("{name}.weight"), weights, || draw(weights)),
            bias: store.add_made(format!("{name}.bias"), outputs, || draw(outputs)),
            turns,
        }
    }

    /// Height and width of the result.
    pub fn after(&self) -> (usize, usize) {
        self.conv.after()
    }

    /// Values of a result.
    pub fn results(&self) -> usize {
        self.conv.results()
    }

    /// Images to images, one per row.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>, activation: Option<Activation>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (weight, bias) = (store.get(self.weight), store.get(self.bias));
        let Some((of_weight, of_bias)) = &self.turns else {
            return D::convolve(x, weight, bias, &self.conv, activation);
        };
        let (weight, weight_tape) = D::turn::<T>(weight, of_weight).split_tape();
        let (bias, bias_tape) = D::turn::<T>(bias, of_bias).split_tape();
        let (x, tape) = x.split_tape();
        D::convolve(x.put_tape(tape.merge(weight_tape).merge(bias_tape)), &weight, &bias, &self.conv, activation)
    }
}
