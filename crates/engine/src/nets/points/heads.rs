//! The last layers: values of points to targets of points, pooled values to targets of rows.

use std::sync::Arc;

use dfdx::prelude::*;

use super::targets::{Chosen, Kind, Targets, added};
use super::{Dense, Init, through};
use crate::ops::activation::Activation;
use crate::ops::pool::Pool;
use crate::{Kernels, Mat, ParamStore, Place, Points};

/// Sums over points are taken in units of this many points, so that the layers after them see values of like size
/// whether a row has 2 points or 64.
const SUM_UNIT: f32 = 8.0;

/// The sizes of heads.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    /// Values of a point that come in.
    pub inputs: usize,
    /// Widths of the layers between.
    pub hidden: &'a [usize],
    pub pool: Pool,
    pub activation: Activation,
    /// Points see the pooled values of their row besides their own.
    pub around: bool,
}

/// Heads for the targets that there are.
#[derive(Debug, Clone)]
pub(super) struct Heads {
    pool: Pool,
    around: bool,
    of_points: (Chosen, Vec<Dense>),
    of_rows: (Chosen, Vec<Dense>),
}

impl Heads {
    pub fn build<D: Kernels>(
        shape: Shape<'_>,
        targets: &Targets,
        wanted: impl Fn(Kind) -> bool + Copy,
        init: &mut Init<'_, D>,
    ) -> Self {
        let mut head = |name: &str, place, inputs| {
            let chosen = targets.choose(place, wanted);
            let layers = match chosen.len() {
                0 => Vec::new(),
                n => init.stack(name, inputs, shape.hidden, n, shape.activation),
            };
            (chosen, layers)
        };
        let of_points = head("at_points", Place::Points, shape.inputs * if shape.around { 2 } else { 1 });
        let of_rows = head("at_row", Place::Row, shape.inputs);
        Self { pool: shape.pool, around: shape.around, of_points, of_rows }
    }

    /// Rows of targets, `None` if there are none here, and the tape of `h`.
    pub fn forward<D, T>(&self, h: Mat<D, T>, store: &ParamStore<D>, points: &Arc<Points>) -> (Option<Mat<D>>, T)
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (h, mut tape) = h.split_tape();
        let ((at_points, point_head), (at_row, row_head)) = (&self.of_points, &self.of_rows);
        let mut y = None;
        let mut pool = None;
        if self.around || !row_head.is_empty() {
            let (values, t) = pooled(h.clone().put_tape(tape), points, self.pool).split_tape();
            (pool, tape) = (Some(values), t);
        }
        if let Some((first, rest)) = point_head.split_first() {
            let start = match &pool {
                Some(pool) if self.around => {
                    let (around, t) = D::spread(pool.clone().put_tape(tape), points).split_tape();
                    first.joined(store, h.put_tape(t), &around)
                }
                _ => first.forward(store, h.put_tape(tape)),
            };
            let (part, t) = at_points.place_points(through(rest, store, start), 0, points).split_tape();
            (y, tape) = (Some(part), t);
        }
        if let (Some(pool), false) = (pool, row_head.is_empty()) {
            let (sum, t) = added(y, at_row.place_rows(through(row_head, store, pool.put_tape(tape)), 0));
            (y, tape) = (Some(sum), t);
        }
        (y, tape)
    }
}

/// The values of a row's points as one, as wide as before.
pub(super) fn pooled<D, T>(h: Mat<D, T>, points: &Arc<Points>, pool: Pool) -> Mat<D, T>
where
    D: Kernels,
    T: Tape<f32, D>,
{
    let h = D::pool(h, points, pool);
    if pool == Pool::Sum { h / SUM_UNIT } else { h }
}

/// Targets, with rows of zeros where the network has no output.
pub(super) fn rows<D, T>((y, tape): (Option<Mat<D>>, T), points: &Points, width: usize, dev: &D) -> Mat<D, T>
where
    D: Kernels,
    T: Tape<f32, D>,
{
    let zeros = || dev.tensor_from_vec(vec![0.0; points.rows() * width], (points.rows(), width));
    y.unwrap_or_else(zeros).put_tape(tape)
}
