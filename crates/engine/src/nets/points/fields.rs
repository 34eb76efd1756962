//! Where the values of points, vectors and other fields stand in rows of inputs and targets.

use std::sync::Arc;

use dfdx::prelude::*;

use super::targets::some;
use crate::ops::gather::NOTHING;
use crate::{Kernels, Layout, Mat, Place, Points, Segment};
use semola_lie::action::Action;

/// One value of a point: at `start + p · stride` for point `p` of the row. A value of the row as a whole has the stride 0 and
/// is the same at all points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub start: usize,
    pub stride: usize,
}

/// The coordinates of one vector or position of each point.
pub(super) type Block = Vec<Column>;

/// The fields of a row.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    layout: Layout,
    /// Positions (`points` action) at the points; the first says where the points are.
    pub positions: Vec<Block>,
    /// Positions of the row as a whole.
    pub places: Vec<Block>,
    /// Vectors at the points, then those of the row as a whole.
    pub vectors: Vec<Block>,
    /// All other values, at the points or of the row.
    pub plain: Vec<Column>,
}

impl Fields {
    /// The fields of rows laid out so; the count of points is none of them.
    pub fn new(layout: &Layout) -> Self {
        let (positions, places, vectors, plain) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut fields = Self { layout: layout.clone(), positions, places, vectors, plain };
        let mut of_row = Vec::new();
        for segment in layout.segments.iter().filter(|s| layout.is_data(s)) {
            for block in blocks(layout, segment) {
                match (segment.action, segment.place) {
                    (Action::Points { .. }, Place::Points) => fields.positions.push(block),
                    (Action::Points { .. }, Place::Row) => fields.places.push(block),
                    (Action::Vector { .. }, Place::Points) => fields.vectors.push(block),
                    (Action::Vector { .. }, Place::Row) => of_row.push(block),
                    _ => fields.plain.extend(block),
                }
            }
        }
        fields.vectors.extend(of_row);
        fields
    }

    /// Every value of a point.
    pub fn all(&self) -> Vec<Column> {
        let blocks = self.positions.iter().chain(&self.places).chain(&self.vectors).flatten();
        blocks.chain(&self.plain).copied().collect()
    }

    /// Where the points are: the first positions, or else the first vectors at points; nothing if there are neither.
    pub fn position(&self) -> &[Column] {
        let at_points = |b: &&Block| b.iter().all(|c| c.stride > 0);
        self.positions.first().or_else(|| self.vectors.iter().find(at_points)).map_or(&[], Vec::as_slice)
    }

    /// Positions but the first, and those of the row, beside what they are relative to: the first.
    pub fn relative(&self) -> (Vec<Option<Column>>, Vec<Option<Column>>) {
        let Some((first, rest)) = self.positions.split_first() else {
            return (some(&self.places.concat()), Vec::new());
        };
        let own: Vec<_> = rest.iter().chain(&self.places).flatten().copied().map(Some).collect();
        let to = first.iter().copied().map(Some).cycle().take(own.len()).collect();
        (own, to)
    }

    /// Values of all points less others.
    pub fn differences<D, T>(
        &self,
        x: Mat<D, T>,
        columns: &[Option<Column>],
        less: &[Option<Column>],
        points: &Points,
    ) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        if less.iter().all(Option::is_none) {
            return self.at_points(x, columns, points);
        }
        let (x, tape) = x.split_tape();
        let (less, tape) = self.at_points(x.clone().put_tape(tape), less, points).split_tape();
        D::add(self.at_points(x.put_tape(tape), columns, points), &less, -1.0)
    }

    /// The points of these rows.
    pub fn points<D: Kernels, T>(&self, x: &Mat<D, T>) -> Arc<Points>
    where
        T: Tape<f32, D>,
    {
        Arc::new(Points::of(&self.layout, x.shape().0, || x.as_vec()))
    }

    /// The given values of all points; without any a column of zeros, so that layers have an input.
    pub fn at_points<D, T>(&self, x: Mat<D, T>, columns: &[Option<Column>], points: &Points) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D>,
    {
        let columns = if columns.is_empty() { &[None] } else { columns };
        let width = self.layout.width;
        let mut index = Vec::with_capacity(points.total() * columns.len());
        for (row, range) in points.ranges().enumerate() {
            for p in 0..range.len() {
                let at = |c: &Option<Column>| c.map_or(NOTHING, |c| (row * width + c.start + p * c.stride) as u32);
                index.extend(columns.iter().map(at));
            }
        }
        D::gather(x, index, columns.len())
    }
}

/// The blocks of a segment at a point, or of the row.
pub(super) fn blocks(layout: &Layout, segment: &Segment) -> Vec<Block> {
    let most = layout.points.map_or(1, |p| p.most);
    let (values, stride) = match segment.place {
        Place::Points => (segment.per_point(most), segment.per_point(most)),
        Place::Row => (segment.len(), 0),
    };
    let columns: Vec<Column> = (0..values).map(|i| Column { start: segment.start + i, stride }).collect();
    columns.chunks(segment.action.block_len().max(1)).map(<[Column]>::to_vec).collect()
}
