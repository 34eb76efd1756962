//! Message passing over all pairs of points on their relative vectors: invariant under translations and permutations by
//! construction, and under nothing else. In it SEMoLA has to discover rotations.

use dfdx::prelude::*;

use super::fields::{Column, Fields};
use super::heads::{Heads, Shape, rows};
use super::rounds::Round;
use super::targets::{Targets, added, some};
use super::{Dense, Init};
use crate::nets::settings::Pair as Settings;
use crate::{Kernels, Layout, Mat, ParamStore};

/// Rounds of messages; the last values of a point give its targets, pooled those of the row. Targets that are positions are
/// given relative to the points.
#[derive(Debug, Clone)]
pub struct Pair {
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

impl Pair {
    pub(in super::super) fn build<D: Kernels>(s: &Settings, x: &Layout, y: &Layout, init: &mut Init<'_, D>) -> Self {
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

    /// Rows of inputs to rows of outputs.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
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
