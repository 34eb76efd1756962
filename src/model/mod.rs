//! Networks with shapes known at run time, built from the pipeline.

mod mlp;

use dfdx::prelude::*;

use crate::engine::{Kernels, Mat, ParamStore, Streams};
use crate::spec::types::Model;

use mlp::Mlp;

/// A network: its layers hold indices into a [`ParamStore`].
#[derive(Debug, Clone)]
pub enum Network {
    Mlp(Mlp),
}

impl Network {
    /// Adds the network's parameters to `store`, with first values from `streams`, and returns the network.
    pub fn build<D: Kernels>(
        model: &Model,
        inputs: usize,
        outputs: usize,
        store: &mut ParamStore<D>,
        streams: &Streams,
    ) -> Self {
        match model {
            Model::Mlp(settings) => Self::Mlp(Mlp::build(settings, inputs, outputs, store, streams)),
        }
    }

    /// Rows of inputs to rows of outputs.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        match self {
            Self::Mlp(mlp) => mlp.forward(store, x),
        }
    }
}

/// Number of parameters of a model.
pub fn parameter_count(model: &Model, inputs: usize, outputs: usize) -> usize {
    match model {
        Model::Mlp(settings) => {
            let widths: Vec<usize> =
                std::iter::once(inputs).chain(settings.hidden.iter().copied()).chain([outputs]).collect();
            widths.windows(2).map(|w| w[0] * w[1] + w[1]).sum()
        }
    }
}
