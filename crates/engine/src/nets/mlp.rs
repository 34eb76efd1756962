//! A multi-layer perceptron.

use dfdx::prelude::*;
use rand::RngExt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Field, Forward, Misfit, Net, Problem, Takes, Whose, total};
use crate::ops::activation::Activation;
use crate::{Kernels, Layout, Mat, ParamId, ParamStore, Streams};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mlp {
    /// Width of each hidden layer.
    pub hidden: Vec<usize>,
    /// The function between two layers.
    #[serde(default)]
    pub activation: Activation,
}

impl Mlp {
    /// The widths of all that the layers read and give.
    fn all_widths(&self, inputs: usize, outputs: usize) -> Vec<usize> {
        std::iter::once(inputs).chain(self.hidden.iter().copied()).chain([outputs]).collect()
    }
}

impl Net for Mlp {
    const NAME: &'static str = "mlp";
    const TAKES: Takes = Takes::Values;
    type Built = Built;

    fn widths(&self) -> Vec<(&'static str, &[usize])> {
        vec![("hidden", &self.hidden)]
    }

    fn check(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// A multi-layer perceptron takes and gives a fixed number of values.
    fn check_fields(&self, inputs: &[Field], targets: &[Field]) -> Vec<Misfit> {
        let inputs = inputs.iter().enumerate().map(|(i, f)| (Whose::Input(i), f));
        let fields = inputs.chain(targets.iter().enumerate().map(|(i, f)| (Whose::Target(i), f)));
        let misfit = |(whose, field): (Whose, &Field)| {
            let name = &field.name;
            let message =
                format!("an mlp needs a fixed number of points, but those of field '{name}' vary from row to row");
            let help = "choose a network on points (`point_net`, `transformer`, `pair`, `egnn`), keep rows of one \
                        length (`where`), or give the field a fixed `shape`";
            Misfit::new(whose, message).help(help)
        };
        fields.filter(|(_, field)| field.form.ragged).map(misfit).collect()
    }

    fn inside(&self, _: &Layout, _: &Layout) -> Option<usize> {
        Some(total(&self.hidden))
    }

    fn label(&self, input: &str, output: &str) -> String {
        let hidden = self.hidden.iter().map(usize::to_string);
        let all = std::iter::once(input.to_owned()).chain(hidden).chain([output.to_owned()]);
        format!("mlp {}", all.collect::<Vec<_>>().join(" → "))
    }

    fn build<D: Kernels>(&self, x: &Layout, y: &Layout, store: &mut ParamStore<D>, streams: &Streams) -> Built {
        Built::new(self, x.width, y.width, store, streams)
    }
}

/// One linear layer: weights (inputs×outputs, flat) and bias.
#[derive(Debug, Clone, Copy)]
struct Layer {
    weight: ParamId,
    bias: ParamId,
}

/// Linear layers with one activation between them; the last layer is linear.
#[derive(Debug, Clone)]
pub struct Built {
    layers: Vec<Layer>,
    activation: Activation,
}

impl Built {
    /// Weights and biases start uniform in ±1/√inputs.
    pub fn new<D: Kernels>(
        settings: &Mlp,
        inputs: usize,
        outputs: usize,
        store: &mut ParamStore<D>,
        streams: &Streams,
    ) -> Self {
        let layers = settings
            .all_widths(inputs, outputs)
            .windows(2)
            .enumerate()
            .map(|(i, w)| {
                let mut rng = streams.get("init", i as u64);
                let bound = 1.0 / (w[0] as f32).sqrt();
                let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>();
                let weights = w[0].saturating_mul(w[1]);
                Layer {
                    weight: store.add_made(format!("layer{i}.weight"), weights, || draw(weights)),
                    bias: store.add_made(format!("layer{i}.bias"), w[1], || draw(w[1])),
                }
            })
            .collect();
        Self { layers, activation: settings.activation }
    }
}

impl Forward for Built {
    fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, mut x: Mat<D, T>) -> Mat<D, T> {
        for (i, layer) in self.layers.iter().enumerate() {
            let activation = (i + 1 < self.layers.len()).then_some(self.activation);
            x = D::linear(x, store.get(layer.weight), store.get(layer.bias), activation);
        }
        x
    }
}
