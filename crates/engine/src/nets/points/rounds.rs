//! Rounds of messages between all points of a row.

use std::sync::Arc;

use dfdx::prelude::*;

use super::{Dense, Init, Pair};
use crate::ops::pair::Form;
use crate::ops::pair::radial::FEWEST;
use crate::{Kernels, Mat, PairMaps, ParamId, ParamStore, Points};

/// Messages `a(p_i + q_j + (x_i - x_j) C + e(d_ij) W)` and what a point makes of their sum:
/// `h_i + (a([s_i h_i] U + b)) V + c`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    messages: Messages,
    first: Dense,
    second: Dense,
}

/// The maps of messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Messages {
    form: Form,
    sides: Dense,
    radial: Option<ParamId>,
    relative: Option<ParamId>,
    gate: Option<ParamId>,
}

/// What messages see and are for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// Coordinates of a point.
    pub dim: usize,
    /// They see relative vectors and not only distances.
    pub relative: bool,
    /// They weigh so many vectors.
    pub vectors: usize,
}

impl Messages {
    pub fn build<D: Kernels>(name: &str, s: &Pair, sight: Sight, init: &mut Init<'_, D>) -> Self {
        let Sight { dim, relative, vectors } = sight;
        let radial = if s.radial > 0 { s.radial.max(FEWEST) } else { 0 };
        let w = s.width;
        let form = Form {
            width: w,
            dim,
            radial,
            cutoff: s.cutoff.map(|c| c as f32),
            activation: s.activation,
            vectors: if dim > 0 { vectors } else { 0 },
        };
        let mut map = |part: &str, rows: usize, bound: f32| {
            (rows > 0).then(|| init.uniform(&format!("{name}.{part}"), rows * w, bound))
        };
        Self {
            form,
            radial: map("radial", radial, 1.0),
            relative: map("relative", if relative { dim } else { 0 }, 1.0),
            gate: map("gate", form.vectors, 1.0 / (w as f32).sqrt()),
            sides: init.dense(&format!("{name}.sides"), w, 2 * w, None),
        }
    }

    pub fn forward<D, T>(&self, store: &ParamStore<D>, h: Mat<D, T>, x: &Mat<D>, points: &Arc<Points>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let of = |id: Option<ParamId>| id.map(|id| store.get(id));
        let maps = PairMaps { radial: of(self.radial), relative: of(self.relative), gate: of(self.gate) };
        D::pairs(self.sides.forward(store, h), x, maps, points, self.form)
    }
}

impl Round {
    /// A round between points in `dim` coordinates; `relative` as in [`Sight`].
    pub fn build<D: Kernels>(i: usize, s: &Pair, dim: usize, relative: bool, init: &mut Init<'_, D>) -> Self {
        Self {
            messages: Messages::build(&format!("round{i}"), s, Sight { dim, relative, vectors: 0 }, init),
            first: init.dense(&format!("round{i}.first"), 2 * s.width, s.width, Some(s.activation)),
            second: init.dense(&format!("round{i}.second"), s.width, s.width, None),
        }
    }

    pub fn forward<D, T>(&self, store: &ParamStore<D>, h: Mat<D, T>, x: &Mat<D>, points: &Arc<Points>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (h, tape) = h.split_tape();
        let sums = self.messages.forward(store, h.clone().put_tape(tape), x, points);
        let change = self.second.forward(store, self.first.joined(store, sums, &h));
        D::add(change, &h, 1.0)
    }
}
