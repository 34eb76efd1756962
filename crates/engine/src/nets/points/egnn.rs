//! A network equivariant by construction under rotations, reflections and translations: messages on distances (Satorras et
//! al. 2021; Schütt et al. 2018), vectors out of relative vectors with invariant weights.

use std::sync::Arc;

use dfdx::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields::{Column, Fields};
use super::heads::{Heads, Shape, pooled, rows};
use super::rounds::{Messages, Round, Sight};
use super::targets::{Chosen, Kind, Targets, added, some};
use super::{Dense, Init, Pair, check, through};
use crate::nets::{Field, Forward, Misfit, Net, Problem, Takes, Whose};
use crate::ops::frame::products;
use crate::ops::pool::Pool;
use crate::{Kernels, Layout, Mat, ParamStore, Place, Points, Streams};
use semola_lie::action::Action;

// The settings are those of message passing over pairs; a doc comment would split the definition in the grammar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Egnn(pub Pair);

impl Net for Egnn {
    const NAME: &'static str = "egnn";
    const TAKES: Takes = Takes::Points;
    type Built = Built;

    fn widths(&self) -> Vec<(&'static str, &[usize])> {
        self.0.widths()
    }

    fn check(&self) -> Vec<Problem> {
        self.0.check_radial(false)
    }

    fn check_fields(&self, inputs: &[Field], targets: &[Field]) -> Vec<Misfit> {
        let foreign = |f: &Field| {
            f.form.action.takes_determinant()
                || matches!(f.form.action, Action::Tensor { .. } | Action::Covector { .. })
        };
        let target = |i: usize, f: &Field| {
            let message = format!("an egnn gives scalars and vectors, but target '{}' is neither", f.name);
            foreign(f).then(|| Misfit::new(Whose::Target(i), message))
        };
        let mut misfits = check::fields(Self::NAME, inputs, targets, target);
        for (i, input) in inputs.iter().enumerate().filter(|(_, f)| foreign(f)) {
            let message = format!("an egnn takes scalars, vectors and points, but input '{}' is none", input.name);
            misfits.push(Misfit::new(Whose::Input(i), message));
        }
        misfits
    }

    fn inside(&self, x: &Layout, y: &Layout) -> Option<usize> {
        self.0.inside(x, y)
    }

    fn label(&self, input: &str, output: &str) -> String {
        self.0.label_as(Self::NAME, input, output)
    }

    fn build<D: Kernels>(&self, x: &Layout, y: &Layout, store: &mut ParamStore<D>, streams: &Streams) -> Built {
        Built::new(&self.0, x, y, &mut Init::new(store, streams))
    }
}

/// The inputs are invariants only: scalars, and the scalar products of a point's vectors. Its vectors are its position
/// relative to the mean of its row's points, other positions relative to it, and the vectors among the inputs. A vector
/// output is a sum of relative vectors to the other points and of its own vectors, each with a weight that the network
/// makes of invariants; for the row as a whole it is the mean (or the sum) of such vectors over the points, which
/// translations leave as it is.
#[derive(Debug, Clone)]
pub struct Built {
    fields: Fields,
    targets: Targets,
    /// The vectors of a point, from the second on, and what is subtracted from them.
    vectors: Vec<Option<Column>>,
    relative_to: Vec<Option<Column>>,
    embed: Dense,
    rounds: Vec<Round>,
    heads: Heads,
    vector_head: Option<VectorHead>,
}

/// The layers that give vectors.
#[derive(Debug, Clone)]
struct VectorHead {
    messages: Messages,
    /// Weights of the point's own vectors.
    weights: Vec<Dense>,
    of_points: Chosen,
    of_rows: Chosen,
    pool: Pool,
}

/// Whether a target rotates with the points.
fn turns(kind: Kind) -> bool {
    kind != Kind::Plain
}

impl Built {
    fn new<D: Kernels>(s: &Pair, x: &Layout, y: &Layout, init: &mut Init<'_, D>) -> Self {
        let (fields, targets) = (Fields::new(x), Targets::new(y, x));
        let dim = fields.position().len();
        let (mut vectors, mut relative_to) = fields.relative();
        vectors.extend(some(&fields.vectors.concat()));
        relative_to.resize(vectors.len(), None);
        let own = 1 + vectors.len() / dim.max(1);
        let shape = Shape { inputs: s.width, hidden: &s.head, pool: s.pool, activation: s.activation, around: false };
        Self {
            embed: init.dense("embed", fields.plain.len().max(1) + products(own), s.width, None),
            rounds: (0..s.layers).map(|i| Round::build(i, s, dim, false, init)).collect(),
            heads: Heads::build(shape, &targets, |kind| !turns(kind), init),
            vector_head: VectorHead::build(s, &targets, dim, own, init),
            fields,
            targets,
            vectors,
            relative_to,
        }
    }

    /// The vectors of each point, that from the mean of its row's points first.
    fn own_vectors<D, T>(&self, x: Mat<D, T>, position: &Mat<D>, points: &Arc<Points>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (x, tape) = x.split_tape();
        let dim = position.shape().1;
        let mean = D::spread(D::pool(position.clone().put_tape(tape), points, Pool::Mean), points);
        let wide = dim + self.vectors.len();
        let place = |i: usize| if i % wide < dim { (i / wide * dim + i % wide) as u32 } else { u32::MAX };
        let (mean, tape) = D::gather(mean, (0..points.total() * wide).map(place).collect(), wide).split_tape();
        let zeros = vec![None; dim.saturating_sub(self.fields.position().len())];
        let first = [some(self.fields.position()), zeros].concat();
        let own = [first.clone(), self.vectors.clone()].concat();
        let less = [vec![None; first.len()], self.relative_to.clone()].concat();
        D::add(self.fields.differences(x.put_tape(tape), &own, &less, points), &mean, -1.0)
    }
}

impl Forward for Built {
    fn forward<D: Kernels, T: Tape<f32, D>>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T> {
        let points = self.fields.points(&x);
        let dim = self.fields.position().len().max(1);
        let (x, tape) = x.split_tape();
        let (moving, tape) = self.targets.moving(&self.fields, x.clone().put_tape(tape), &points);
        let position = self.fields.at_points(x.clone().put_tape(tape), &some(self.fields.position()), &points);
        let (position, tape) = position.split_tape();
        let (own, tape) = self.own_vectors(x.clone().put_tape(tape), &position, &points).split_tape();
        let (invariants, tape) = D::invariants(own.clone().put_tape(tape), dim).split_tape();
        let plain = self.fields.at_points(x.put_tape(tape), &some(&self.fields.plain), &points);
        let h = self.embed.joined(store, plain, &invariants);
        let h = self.rounds.iter().fold(h, |h, round| round.forward(store, h, &position, &points));
        let (h, tape) = h.split_tape();
        let (mut y, mut tape) = self.heads.forward(h.clone().put_tape(tape), store, &points);
        if let Some(head) = &self.vector_head {
            (y, tape) = head.forward(store, h.put_tape(tape), &position, &own, y, &points);
        }
        let (y, tape) = added(moving, rows((y, tape), &points, self.targets.width, store.device()));
        y.put_tape(tape)
    }
}

impl VectorHead {
    fn build<D: Kernels>(s: &Pair, targets: &Targets, dim: usize, own: usize, init: &mut Init<'_, D>) -> Option<Self> {
        let (of_points, of_rows) = (targets.choose(Place::Points, turns), targets.choose(Place::Row, turns));
        let vectors = (of_points.len() + of_rows.len()) / dim.max(1);
        (vectors > 0 && dim > 0).then(|| Self {
            messages: Messages::build("vectors", s, Sight { dim, relative: false, vectors }, init),
            weights: init.stack("weights", s.width, &s.head, vectors * own, s.activation),
            of_points,
            of_rows,
            pool: if s.pool == Pool::Sum { Pool::Sum } else { Pool::Mean },
        })
    }

    /// Adds the vectors to the targets `y`.
    fn forward<D, T>(
        &self,
        store: &ParamStore<D>,
        h: Mat<D, T>,
        position: &Mat<D>,
        own: &Mat<D>,
        mut y: Option<Mat<D>>,
        points: &Arc<Points>,
    ) -> (Option<Mat<D>>, T)
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (h, tape) = h.split_tape();
        let weights = through(&self.weights, store, h.clone().put_tape(tape));
        let (mix, tape) = D::combine(weights, own, position.shape().1).split_tape();
        let relative = self.messages.forward(store, h.put_tape(tape), position, points);
        let (all, mut tape) = D::add(relative, &mix, 1.0).split_tape();
        if self.of_points.len() > 0 {
            let (sum, t) = added(y, self.of_points.place_points(all.clone().put_tape(tape), 0, points));
            (y, tape) = (Some(sum), t);
        }
        if self.of_rows.len() > 0 {
            let pool = pooled(all.put_tape(tape), points, self.pool);
            let (sum, t) = added(y, self.of_rows.place_rows(pool, self.of_points.len()));
            (y, tape) = (Some(sum), t);
        }
        (y, tape)
    }
}
