//! From values of points and of rows to rows of targets.

use dfdx::prelude::*;

use super::fields::{Block, Column, Fields, blocks};
use crate::ops::gather::NOTHING;
use crate::ops::pool::Pool;
use crate::{Kernels, Layout, Mat, Place, Points};
use semola_lie::action::Action;

/// How a target behaves when the points are moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Plain,
    /// It rotates with them.
    Vector,
    /// It rotates with them, and moves by this much if the points move by 1.
    Position(f32),
}

/// The targets of a row, block by block.
#[derive(Debug, Clone)]
pub(super) struct Targets {
    pub width: usize,
    parts: Vec<(Place, Kind, Block)>,
}

/// Some of the targets, in the order of the columns of the matrix that they come from.
#[derive(Debug, Clone, Default)]
pub(super) struct Chosen {
    columns: Vec<Column>,
    width: usize,
}

impl Targets {
    /// The targets of rows laid out so; `inputs` say in what unit the points are.
    pub fn new(layout: &Layout, inputs: &Layout) -> Self {
        let unit =
            inputs.segments.iter().find(|s| matches!(s.action, Action::Points { .. }) && s.place == Place::Points);
        let unit = unit.map_or(1.0, |s| s.translation_scale);
        let kind = |action, scale: f32| match action {
            Action::Vector { .. } => Kind::Vector,
            Action::Points { .. } => Kind::Position(scale / unit),
            _ => Kind::Plain,
        };
        let part = |s| blocks(layout, s).into_iter().map(move |b| (s.place, kind(s.action, s.translation_scale), b));
        Self { width: layout.width, parts: layout.segments.iter().flat_map(part).collect() }
    }

    /// The targets of a place that are of the kinds wanted.
    pub fn choose(&self, place: Place, wanted: impl Fn(Kind) -> bool) -> Chosen {
        let own = self.parts.iter().filter(|(p, kind, _)| *p == place && wanted(*kind));
        Chosen { columns: own.flat_map(|(_, _, columns)| columns).copied().collect(), width: self.width }
    }

    /// For targets that move with the points, the points' own positions (of a row: their mean) in the targets' places and
    /// units; `None` without such targets. Also the tape of `x`.
    pub fn moving<D, T>(&self, fields: &Fields, x: Mat<D, T>, points: &std::sync::Arc<Points>) -> (Option<Mat<D>>, T)
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (x, mut tape) = x.split_tape();
        let Some(position) = fields.positions.first() else { return (None, tape) };
        let mut all = None;
        for (place, kind, block) in &self.parts {
            let (Kind::Position(factor), true) = (*kind, block.len() == position.len()) else { continue };
            let chosen = Chosen { columns: block.clone(), width: self.width };
            let here = fields.at_points(x.clone().put_tape(tape), &some(position), points);
            let part = match place {
                Place::Points => chosen.place_points(here, 0, points),
                Place::Row => chosen.place_rows(D::pool(here, points, Pool::Mean), 0),
            };
            let (part, t) = (part * factor).split_tape();
            let (sum, t) = added(all, part.put_tape(t));
            (all, tape) = (Some(sum), t);
        }
        (all, tape)
    }
}

/// Columns that all hold something.
pub(super) fn some(columns: &[Column]) -> Vec<Option<Column>> {
    columns.iter().copied().map(Some).collect()
}

/// The sum of what there is, and its tape.
pub(super) fn added<D, T>(sum: Option<Mat<D>>, part: Mat<D, T>) -> (Mat<D>, T)
where
    D: Kernels,
    T: Tape<f32, D>,
{
    match sum {
        Some(sum) => D::add(part, &sum, 1.0).split_tape(),
        None => part.split_tape(),
    }
}

impl Chosen {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Rows of targets from values of points, whose columns start at `first`: missing points, and all other targets,
    /// are 0.
    pub fn place_points<D, T>(&self, values: Mat<D, T>, first: usize, points: &Points) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let own = values.shape().1;
        let mut index = vec![NOTHING; points.rows() * self.width];
        for (row, range) in points.ranges().enumerate() {
            for (p, point) in range.enumerate() {
                for (i, c) in self.columns.iter().enumerate() {
                    index[row * self.width + c.start + p * c.stride] = (point * own + first + i) as u32;
                }
            }
        }
        D::gather(values, index, self.width)
    }

    /// Rows of targets from values of rows, whose columns start at `first`; all other targets are 0.
    pub fn place_rows<D, T>(&self, values: Mat<D, T>, first: usize) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let (rows, own) = *values.shape();
        let mut index = vec![NOTHING; rows * self.width];
        for row in 0..rows {
            for (i, c) in self.columns.iter().enumerate() {
                index[row * self.width + c.start] = (row * own + first + i) as u32;
            }
        }
        D::gather(values, index, self.width)
    }
}
