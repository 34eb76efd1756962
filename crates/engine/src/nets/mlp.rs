//! A multi-layer perceptron.

use dfdx::prelude::*;
use rand::RngExt;

use crate::kernel::activation::Activation;
use crate::nets::settings::Mlp as Settings;
use crate::{Kernels, Mat, ParamId, ParamStore, Streams};

/// One linear layer: weights (inputs×outputs, flat) and bias.
#[derive(Debug, Clone, Copy)]
struct Layer {
    weight: ParamId,
    bias: ParamId,
}

/// Linear layers with one activation between them; the last layer is linear.
#[derive(Debug, Clone)]
pub struct Mlp {
    layers: Vec<Layer>,
    activation: Activation,
}

impl Mlp {
    /// Weights and biases start uniform in ±1/√inputs.
    pub fn build<D: Kernels>(
        settings: &Settings,
        inputs: usize,
        outputs: usize,
        store: &mut ParamStore<D>,
        streams: &Streams,
    ) -> Self {
        let widths: Vec<usize> =
            std::iter::once(inputs).chain(settings.hidden.iter().copied()).chain([outputs]).collect();
        let layers = widths
            .windows(2)
            .enumerate()
            .map(|(i, w)| {
                let mut rng = streams.get("init", i as u64);
                let bound = 1.0 / (w[0] as f32).sqrt();
                let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>();
                let (weight, bias) = (draw(w[0] * w[1]), draw(w[1]));
                Layer {
                    weight: store.add(format!("layer{i}.weight"), weight),
                    bias: store.add(format!("layer{i}.bias"), bias),
                }
            })
            .collect();
        Self { layers, activation: settings.activation }
    }

    /// Rows of inputs to rows of outputs.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, mut x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        for (i, layer) in self.layers.iter().enumerate() {
            let activation = (i + 1 < self.layers.len()).then_some(self.activation);
            x = D::linear(x, store.get(layer.weight), store.get(layer.bias), activation);
        }
        x
    }
}
