//! PointNet / DeepSets: one perceptron for all points, pooled (Zaheer et al. 2017, Qi et al. 2017).

use dfdx::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields::Fields;
use super::heads::{Heads, Shape, rows};
use super::targets::{Targets, some};
use super::{Dense, Init, check, through};
use crate::nets::{Field, Forward, Misfit, Net, Problem, Takes, arrows, between, head_label, total};
use crate::ops::activation::Activation;
use crate::ops::pool::Pool;
use crate::{Kernels, Layout, Mat, ParamStore, Streams};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointNet {
    /// Widths of the layers on each point.
    pub hidden: Vec<usize>,
    /// Widths of the layers after pooling (targets of the whole row) or on each point beside the pooled values (targets of
    /// each point).
    #[serde(default)]
    pub head: Vec<usize>,
    /// How the values of all points become one.
    #[serde(default)]
    pub pool: Pool,
    /// The function between two layers.
    #[serde(default)]
    pub activation: Activation,
}

impl Net for PointNet {
    const NAME: &'static str = "point_net";
    const TAKES: Takes = Takes::Points;
    type Built = Built;

    fn widths(&self) -> Vec<(&'static str, &[usize])> {
        vec![("hidden", &self.hidden), ("head", &self.head)]
    }

    fn check(&self) -> Vec<Problem> {
        Vec::from_iter(Problem::unless(!self.hidden.is_empty(), "hidden", "empty", "at least one layer"))
    }

    fn check_fields(&self, inputs: &[Field], targets: &[Field]) -> Vec<Misfit> {
        check::fields(Self::NAME, inputs, targets, |_, _| None)
    }

    fn inside(&self, x: &Layout, _: &Layout) -> Option<usize> {
        Some(check::points(x).saturating_mul(total(&self.hidden)).saturating_add(total(&self.head)))
    }

    fn label(&self, input: &str, output: &str) -> String {
        between(&format!("point_net {}{}", arrows(&self.hidden), head_label(&self.head)), input, output)
    }

    fn build<D: Kernels>(&self, x: &Layout, y: &Layout, store: &mut ParamStore<D>, streams: &Streams) -> Built {
        Built::new(self, x, y, &mut Init::new(store, streams))
    }
}

/// A perceptron on each point; its pooled values give the targets of the row, and beside those of a point the targets of
/// that point.
#[derive(Debug, Clone)]
pub struct Built {
    fields: Fields,
    width: usize,
    each: Vec<Dense>,
    heads: Heads,
}

impl Built {
    fn new<D: Kernels>(s: &PointNet, x: &Layout, y: &Layout, init: &mut Init<'_, D>) -> Self {
        let (fields, targets) = (Fields::new(x), Targets::new(y, x));
        let mut widths = vec![fields.all().len().max(1)];
        widths.extend(&s.hidden);
        let layer = |(i, w): (usize, &[usize])| init.dense(&format!("point{i}"), w[0], w[1], Some(s.activation));
        let each = widths.windows(2).enumerate().map(layer).collect();
        let inputs = widths.last().copied().unwrap_or(1);
        let shape = Shape { inputs, hidden: &s.head, pool: s.pool, activation: s.activation, around: true };
        let heads = Heads::build(shape, &targets, |_| true, init);
        Self { fields, width: targets.width, each, heads }
    }
}

impl Forward for Built {
    fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T> {
        let points = self.fields.points(&x);
        let h = self.fields.at_points(x, &some(&self.fields.all()), &points);
        let h = through(&self.each, store, h);
        rows(self.heads.forward(h, store, &points), &points, self.width, store.device())
    }
}
