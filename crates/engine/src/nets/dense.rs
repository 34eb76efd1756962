//! Linear layers as parts of networks, and their first values.

use dfdx::prelude::*;
use rand::RngExt;

use crate::ops::activation::Activation;
use crate::{Kernels, Mat, ParamId, ParamStore, Streams};

/// Adds parameters to a store; each draws its initial values from its own stream.
pub(super) struct Init<'a, D: Kernels> {
    store: &'a mut ParamStore<D>,
    streams: &'a Streams,
    drawn: u64,
}

impl<'a, D: Kernels> Init<'a, D> {
    pub fn new(store: &'a mut ParamStore<D>, streams: &'a Streams) -> Self {
        Self { store, streams, drawn: 0 }
    }

    /// Uniform values in ±`bound`.
    pub fn uniform(&mut self, name: &str, n: usize, bound: f32) -> ParamId {
        let (streams, drawn) = (self.streams, self.drawn);
        self.drawn += 1;
        self.store.add_made(name, n, || {
            let mut rng = streams.get("init", drawn);
            (0..n).map(|_| if bound > 0.0 { rng.random_range(-bound..bound) } else { 0.0 }).collect()
        })
    }

    /// One value everywhere.
    pub fn constant(&mut self, name: &str, n: usize, value: f32) -> ParamId {
        self.store.add_made(name, n, || vec![value; n])
    }

    /// A linear layer, uniform in ±1/√inputs.
    pub fn dense(&mut self, name: &str, inputs: usize, outputs: usize, activation: Option<Activation>) -> Dense {
        let bound = 1.0 / (inputs.max(1) as f32).sqrt();
        Dense {
            weight: self.uniform(&format!("{name}.weight"), inputs.saturating_mul(outputs), bound),
            bias: self.uniform(&format!("{name}.bias"), outputs, bound),
            activation,
        }
    }

    /// Linear layers with an activation after each but the last.
    pub fn stack(&mut self, name: &str, inputs: usize, hidden: &[usize], outputs: usize, a: Activation) -> Vec<Dense> {
        let widths: Vec<usize> = std::iter::once(inputs).chain(hidden.iter().copied()).chain([outputs]).collect();
        let layer = |(i, w): (usize, &[usize])| {
            let last = i + 2 == widths.len();
            self.dense(&format!("{name}{i}"), w[0], w[1], (!last).then_some(a))
        };
        widths.windows(2).enumerate().map(layer).collect()
    }
}

/// A linear layer and its activation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dense {
    weight: ParamId,
    bias: ParamId,
    activation: Option<Activation>,
}

impl Dense {
    pub fn forward<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        D::linear(x, store.get(self.weight), store.get(self.bias), self.activation)
    }

    /// The layer on two inputs side by side.
    pub fn joined<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>, y: &Mat<D>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        D::joined(x, y, store.get(self.weight), store.get(self.bias), self.activation)
    }
}

/// Layers one after another.
pub(super) fn through<D, T>(layers: &[Dense], store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
where
    D: Kernels,
    T: Tape<f32, D>,
{
    layers.iter().fold(x, |x, layer| layer.forward(store, x))
}
