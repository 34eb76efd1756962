//! Networks with shapes known at run time, built from the pipeline.

mod cnn;
mod convolution;
mod dense;
mod group_cnn;
mod mlp;
mod points;
mod pyramid;
pub mod settings;

#[cfg(test)]
mod image_tests;

use dfdx::prelude::*;

use crate::nets::settings::Model;
use crate::{Kernels, Layout, Mat, ParamStore, Streams};

use cnn::Cnn;
use dense::Init;
use group_cnn::GroupCnn;
use mlp::Mlp;
use points::{Egnn, Pair, PointNet, Transformer};

/// A network: its layers hold indices into a [`ParamStore`].
#[derive(Debug, Clone)]
pub enum Network {
    Mlp(Mlp),
    PointNet(PointNet),
    Transformer(Transformer),
    Pair(Box<Pair>),
    Egnn(Box<Egnn>),
    Cnn(Cnn),
    GroupCnn(GroupCnn),
}

impl Network {
    /// Adds the network's parameters to `store`, with first values from `streams`, and returns the network for rows laid
    /// out as `x` and `y`.
    pub fn build<D: Kernels>(
        model: &Model,
        x: &Layout,
        y: &Layout,
        store: &mut ParamStore<D>,
        streams: &Streams,
    ) -> Self {
        match model {
            Model::Mlp(settings) => Self::Mlp(Mlp::build(settings, x.width, y.width, store, streams)),
            Model::PointNet(settings) => {
                Self::PointNet(PointNet::build(settings, x, y, &mut Init::new(store, streams)))
            }
            Model::Transformer(settings) => {
                Self::Transformer(Transformer::build(settings, x, y, &mut Init::new(store, streams)))
            }
            Model::Pair(settings) => Self::Pair(Box::new(Pair::build(settings, x, y, &mut Init::new(store, streams)))),
            Model::Egnn(settings) => Self::Egnn(Box::new(Egnn::build(settings, x, y, &mut Init::new(store, streams)))),
            Model::Cnn(settings) => Self::Cnn(Cnn::build(settings, x, y, store, streams)),
            Model::GroupCnn(settings) => Self::GroupCnn(GroupCnn::build(settings, x, y, store, streams)),
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
            Self::PointNet(net) => net.forward(store, x),
            Self::Transformer(net) => net.forward(store, x),
            Self::Pair(net) => net.forward(store, x),
            Self::Egnn(net) => net.forward(store, x),
            Self::Cnn(cnn) => cnn.forward(store, x),
            Self::GroupCnn(cnn) => cnn.forward(store, x),
        }
    }
}

/// Number of parameters of a model for rows laid out as `x` and `y`.
pub fn parameter_count(model: &Model, x: &Layout, y: &Layout) -> usize {
    let mut store = ParamStore::new(Cpu::default());
    Network::build(model, x, y, &mut store, &Streams::new(0));
    store.count()
}
