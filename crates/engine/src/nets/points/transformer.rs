//! A small transformer over points (Vaswani et al. 2017), normalised before each part; it knows no order of the points.

use std::sync::Arc;

use dfdx::prelude::*;

use super::fields::Fields;
use super::heads::{Heads, Shape, rows};
use super::targets::{Targets, some};
use super::{Dense, Init, through};
use crate::nets::settings::Transformer as Settings;
use crate::{Kernels, Layout, Mat, ParamId, ParamStore, Points};

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
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
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
    fn build<D: Kernels>(i: usize, s: &Settings, init: &mut Init<'_, D>) -> Self {
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
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
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
pub struct Transformer {
    fields: Fields,
    width: usize,
    attention: usize,
    embed: Dense,
    blocks: Vec<Block>,
    last: Norm,
    heads: Heads,
}

impl Transformer {
    pub(in super::super) fn build<D: Kernels>(s: &Settings, x: &Layout, y: &Layout, init: &mut Init<'_, D>) -> Self {
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

    /// Rows of inputs to rows of outputs.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let points = self.fields.points(&x);
        let h = self.embed.forward(store, self.fields.at_points(x, &some(&self.fields.all()), &points));
        let h = self.blocks.iter().fold(h, |h, block| block.forward(store, h, self.attention, &points));
        let h = self.last.forward(store, h);
        rows(self.heads.forward(h, store, &points), &points, self.width, store.device())
    }
}
