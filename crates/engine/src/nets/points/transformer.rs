//! A small transformer over points (Vaswani et al. 2017), normalised before each part; it knows no order of the points.

use std::sync::Arc;

use dfdx::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::heads::{Heads, Shape, rows};
use super::targets::{Targets, some};
use super::{Dense, Init, check, default_layers, default_width, through};
use crate::nets::{
    Field, Forward, Misfit, Net, Problem, Takes, between, head_label, layers_problem, total, width_problem,
};
use crate::ops::activation::Activation;
use crate::ops::pool::Pool;
use crate::{Kernels, Layout, Mat, ParamId, ParamStore, Points, Streams};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transformer {
    /// Values of a point inside the network; a multiple of `heads`.
    #[serde(default = "default_width")]
    pub width: usize,
    /// Attention layers.
    #[serde(default = "default_layers")]
    pub layers: usize,
    /// Attention heads of a layer.
    #[serde(default = "default_heads")]
    pub heads: usize,
    /// Widths of the layers after pooling.
    #[serde(default)]
    pub head: Vec<usize>,
    /// How the values of all points become one.
    #[serde(default)]
    pub pool: Pool,
    /// The function between two layers.
    #[serde(default)]
    pub activation: Activation,
}

fn default_heads() -> usize {
    4
}

impl Net for Transformer {
    const NAME: &'static str = "transformer";
    const TAKES: Takes = Takes::Points;
    type Built = Built;

    fn widths(&self) -> Vec<(&'static str, &[usize])> {
        vec![("head", &self.head)]
    }

    fn check(&self) -> Vec<Problem> {
        let divides = self.heads > 0 && self.width.is_multiple_of(self.heads.max(1));
        let problems = [
            width_problem("width", self.width),
            layers_problem(self.layers),
            Problem::unless(divides, "heads", self.heads, "a divisor of `width`"),
        ];
        problems.into_iter().flatten().collect()
    }

    fn check_fields(&self, inputs: &[Field], targets: &[Field]) -> Vec<Misfit> {
        check::fields(Self::NAME, inputs, targets, |_, _| None)
    }

    fn inside(&self, x: &Layout, _: &Layout) -> Option<usize> {
        let each = self.width.saturating_mul(12).saturating_add(self.heads);
        let inside = self.layers.saturating_mul(check::points(x)).saturating_mul(each);
        Some(inside.saturating_add(total(&self.head)))
    }

    fn label(&self, input: &str, output: &str) -> String {
        let head = head_label(&self.head);
        let inside = format!("transformer width {}, {} layers, {} heads{head}", self.width, self.layers, self.heads);
        between(&inside, input, output)
    }

    fn build<D: Kernels>(&self, x: &Layout, y: &Layout, store: &mut ParamStore<D>, streams: &Streams) -> Built {
        Built::new(self, x, y, &mut Init::new(store, streams))
    }
}

/// Width of the layer between two others of a block, relative to the network's.
const WIDER: usize = 2;

/// Layer normalisation.
#[derive(Debug, Clone, Copy)]
struct Norm {
    gain: ParamId,
    bias: ParamId,
}

impl Norm {
    fn build<D: Kernels>(name: &str, width: usize, init: &mut Init<'_, D>) -> Self {
        Self {
            gain: init.constant(&format!("{name}.gain"), width, 1.0),
            bias: init.constant(&format!("{name}.bias"), width, 0.0),
        }
    }

    fn forward<D, T>(self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        D::normalise(x, store.get(self.gain), store.get(self.bias))
    }
}

/// Attention, then a perceptron, each added to what comes in.
#[derive(Debug, Clone)]
struct Block {
    before_attention: Norm,
    queries_keys_values: Dense,
    mix: Dense,
    before_perceptron: Norm,
    perceptron: [Dense; 2],
}

impl Block {
    fn build<D: Kernels>(i: usize, s: &Transformer, init: &mut Init<'_, D>) -> Self {
        let name = |part: &str| format!("block{i}.{part}");
        let w = s.width;
        Self {
            before_attention: Norm::build(&name("norm0"), w, init),
            queries_keys_values: init.dense(&name("qkv"), w, 3 * w, None),
            mix: init.dense(&name("mix"), w, w, None),
            before_perceptron: Norm::build(&name("norm1"), w, init),
            perceptron: [
                init.dense(&name("wide"), w, WIDER * w, Some(s.activation)),
                init.dense(&name("back"), WIDER * w, w, None),
            ],
        }
    }

    fn forward<D, T>(&self, store: &ParamStore<D>, h: Mat<D, T>, heads: usize, points: &Arc<Points>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (h, tape) = h.split_tape();
        let normal = self.before_attention.forward(store, h.clone().put_tape(tape));
        let seen = D::attention(self.queries_keys_values.forward(store, normal), heads, points);
        let (h, tape) = D::add(self.mix.forward(store, seen), &h, 1.0).split_tape();
        let normal = self.before_perceptron.forward(store, h.clone().put_tape(tape));
        D::add(through(&self.perceptron, store, normal), &h, 1.0)
    }
}

/// Blocks over the points; the last values of a point give its targets, pooled those of the row.
#[derive(Debug, Clone)]
pub struct Built {
    fields: Fields,
    width: usize,
    attention: usize,
    embed: Dense,
    blocks: Vec<Block>,
    last: Norm,
    heads: Heads,
}

impl Built {
    fn new<D: Kernels>(s: &Transformer, x: &Layout, y: &Layout, init: &mut Init<'_, D>) -> Self {
        let (fields, targets) = (Fields::new(x), Targets::new(y, x));
        let shape = Shape { inputs: s.width, hidden: &s.head, pool: s.pool, activation: s.activation, around: false };
        Self {
            width: targets.width,
            attention: s.heads,
            embed: init.dense("embed", fields.all().len().max(1), s.width, None),
            blocks: (0..s.layers).map(|i| Block::build(i, s, init)).collect(),
            last: Norm::build("last", s.width, init),
            heads: Heads::build(shape, &targets, |_| true, init),
            fields,
        }
    }
}

impl Forward for Built {
    fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T> {
        let points = self.fields.points(&x);
        let h = self.embed.forward(store, self.fields.at_points(x, &some(&self.fields.all()), &points));
        let h = self.blocks.iter().fold(h, |h, block| block.forward(store, h, self.attention, &points));
        let h = self.last.forward(store, h);
        rows(self.heads.forward(h, store, &points), &points, self.width, store.device())
    }
}
