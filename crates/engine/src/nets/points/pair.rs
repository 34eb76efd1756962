//! Message passing over all pairs of points on their relative vectors: invariant under translations and permutations by
//! construction, and under nothing else. In it SEMoLA has to discover rotations.

use dfdx::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields::{Column, Fields};
use super::heads::{Heads, Shape, rows};
use super::rounds::Round;
use super::targets::{Targets, added, some};
use super::{Dense, Init, check, default_layers, default_width};
use crate::nets::{
    Field, Forward, Misfit, Net, Problem, Takes, between, head_label, layers_problem, total, width_problem,
};
use crate::ops::activation::Activation;
use crate::ops::pair::radial::FEWEST;
use crate::ops::pool::Pool;
use crate::{Kernels, Layout, Mat, ParamStore, Streams};

/// Message passing over all pairs of points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Values of a point inside the network.
    #[serde(default = "default_width")]
    pub width: usize,
    /// Rounds of messages.
    #[serde(default = "default_layers")]
    pub layers: usize,
    /// Smooth functions (cubic splines) of the distance between two points that a message sees: at least 4, or 0 for none
    /// (`pair`).
    #[serde(default = "default_radial")]
    pub radial: usize,
    /// Distance up to which points see each other, in prepared units (default: all do).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<f64>,
    /// Widths of the layers on the output.
    #[serde(default)]
    pub head: Vec<usize>,
    /// How the values of all points become one.
    #[serde(default)]
    pub pool: Pool,
    /// The function between two layers.
    #[serde(default)]
    pub activation: Activation,
}

/// Most smooth functions of a distance.
const MOST_RADIAL: usize = 10_000;

fn default_radial() -> usize {
    32
}

impl Pair {
    /// What is wrong with the settings, if there must be radial functions or may be none.
    pub(super) fn check_radial(&self, none: bool) -> Vec<Problem> {
        let enough = none && self.radial == 0 || self.radial >= FEWEST;
        let cutoff = self.cutoff.and_then(|cutoff| Problem::unless(cutoff > 0.0, "cutoff", cutoff, "above 0"));
        let problems = [
            width_problem("width", self.width),
            layers_problem(self.layers),
            Problem::unless(self.radial <= MOST_RADIAL, "radial", self.radial, "at most 10000"),
            cutoff,
            Problem::unless(enough, "radial", self.radial, "at least 4 (`pair`: or 0)"),
        ];
        problems.into_iter().flatten().collect()
    }

    /// The network in a few words, under a name.
    pub(super) fn label_as(&self, name: &str, input: &str, output: &str) -> String {
        let head = head_label(&self.head);
        between(&format!("{name} width {}, {} layers{head}", self.width, self.layers), input, output)
    }
}

impl Net for Pair {
    const NAME: &'static str = "pair";
    const TAKES: Takes = Takes::Points;
    type Built = Built;

    fn widths(&self) -> Vec<(&'static str, &[usize])> {
        vec![("head", &self.head)]
    }

    fn check(&self) -> Vec<Problem> {
        self.check_radial(true)
    }

    fn check_fields(&self, inputs: &[Field], targets: &[Field]) -> Vec<Misfit> {
        check::fields(Self::NAME, inputs, targets, |_, _| None)
    }

    fn inside(&self, x: &Layout, _: &Layout) -> Option<usize> {
        let each = self.layers.saturating_mul(check::points(x)).saturating_mul(self.width).saturating_mul(6);
        Some(each.saturating_add(total(&self.head)))
    }

    fn label(&self, input: &str, output: &str) -> String {
        self.label_as(Self::NAME, input, output)
    }

    fn build<D: Kernels>(&self, x: &Layout, y: &Layout, store: &mut ParamStore<D>, streams: &Streams) -> Built {
        Built::new(self, x, y, &mut Init::new(store, streams))
    }
}

/// Rounds of messages; the last values of a point give its targets, pooled those of the row. Targets that are positions are
/// given relative to the points.
#[derive(Debug, Clone)]
pub struct Built {
    fields: Fields,
    targets: Targets,
    /// What a point knows of itself: positions but the first, relative to it; vectors; all other values.
    own: Vec<Option<Column>>,
    /// What is subtracted from it.
    relative_to: Vec<Option<Column>>,
    embed: Dense,
    rounds: Vec<Round>,
    heads: Heads,
}

impl Built {
    fn new<D: Kernels>(s: &Pair, x: &Layout, y: &Layout, init: &mut Init<'_, D>) -> Self {
        let (fields, targets) = (Fields::new(x), Targets::new(y, x));
        let (mut own, mut relative_to) = fields.relative();
        own.extend(some(&fields.vectors.concat()).into_iter().chain(some(&fields.plain)));
        relative_to.resize(own.len(), None);
        let shape = Shape { inputs: s.width, hidden: &s.head, pool: s.pool, activation: s.activation, around: false };
        Self {
            embed: init.dense("embed", own.len().max(1), s.width, None),
            rounds: (0..s.layers).map(|i| Round::build(i, s, fields.position().len(), true, init)).collect(),
            heads: Heads::build(shape, &targets, |_| true, init),
            fields,
            targets,
            own,
            relative_to,
        }
    }
}

impl Forward for Built {
    fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T> {
        let points = self.fields.points(&x);
        let (x, tape) = x.split_tape();
        let (moving, tape) = self.targets.moving(&self.fields, x.clone().put_tape(tape), &points);
        let position = self.fields.at_points(x.clone().put_tape(tape), &some(self.fields.position()), &points);
        let (position, tape) = position.split_tape();
        let own = self.fields.differences(x.put_tape(tape), &self.own, &self.relative_to, &points);
        let h = self.embed.forward(store, own);
        let h = self.rounds.iter().fold(h, |h, round| round.forward(store, h, &position, &points));
        let (y, tape) = self.heads.forward(h, store, &points);
        let y = rows((y, tape), &points, self.targets.width, store.device());
        let (y, tape) = added(moving, y);
        y.put_tape(tape)
    }
}
