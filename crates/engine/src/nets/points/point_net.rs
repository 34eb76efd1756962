//! PointNet / DeepSets: one perceptron for all points, pooled (Zaheer et al. 2017, Qi et al. 2017).

use dfdx::prelude::*;

use super::fields::Fields;
use super::heads::{Heads, Shape, rows};
use super::targets::{Targets, some};
use super::{Dense, Init, through};
use crate::nets::settings::PointNet as Settings;
use crate::{Kernels, Layout, Mat, ParamStore};

/// A perceptron on each point; its pooled values give the targets of the row, and beside those of a point the targets of
/// that point.
#[derive(Debug, Clone)]
pub struct PointNet {
    fields: Fields,
    width: usize,
    each: Vec<Dense>,
    heads: Heads,
}

impl PointNet {
    pub(in super::super) fn build<D: Kernels>(s: &Settings, x: &Layout, y: &Layout, init: &mut Init<'_, D>) -> Self {
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

    /// Rows of inputs to rows of outputs.
    pub fn forward<D, T>(&self, store: &ParamStore<D>, x: Mat<D, T>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let points = self.fields.points(&x);
        let h = self.fields.at_points(x, &some(&self.fields.all()), &points);
        let h = through(&self.each, store, h);
        rows(self.heads.forward(h, store, &points), &points, self.width, store.device())
    }
}
