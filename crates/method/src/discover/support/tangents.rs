//! Local tangent spaces of the inputs, from a principal component analysis of each row's neighbours.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::discover::neighbours::nearest;
use crate::fit::Problem;

/// Local principal values below this share of the largest are off the support.
const TANGENT: f64 = 0.05;
/// Neighbours are local only if there are at least this many times more rows.
const LOCAL: usize = 5;
/// Number of nearest neighbours that define the natural displacements.
const NATURAL: usize = 5;

/// A row's local tangent space.
pub(super) struct Tangent {
    pub(super) row: usize,
    /// Orthonormal columns that span the tangent space.
    basis: DMatrix<f64>,
    /// Squared off-tangent and total length of the displacements to its nearest neighbours.
    pub(super) natural: (f64, f64),
}

impl Tangent {
    /// The part of a displacement that leaves the tangent space.
    pub(super) fn off(&self, v: &DVector<f64>) -> DVector<f64> {
        v - &self.basis * self.basis.tr_mul(v)
    }
}

/// Number of neighbours from which a tangent space is estimated.
fn neighbours_needed(dim: usize) -> usize {
    (5 * dim).max(20)
}

/// Whether the rows have tangent spaces that can be estimated: many rows that can be compared value by value.
pub(super) fn has_tangents(problem: &Problem, rows: usize) -> bool {
    let layout = &problem.x_layout;
    let ragged = layout.points.is_some_and(|p| p.count.is_some());
    !layout.has_images() && !ragged && LOCAL * neighbours_needed(problem.inputs()) <= rows
}

/// The tangent spaces at `queries`, the first of the rows in `cloud`.
pub(super) fn tangents(problem: &Problem, cloud: &[usize], queries: &[usize]) -> Vec<Tangent> {
    let dim = problem.inputs();
    let k = neighbours_needed(dim).min(cloud.len().saturating_sub(1).max(1));
    let points = problem.gather_x(cloud);
    let found = nearest(&points, &points[..queries.len() * dim], dim, k, |q, p| q == p);
    let row = |p: usize| DVector::from_iterator(dim, points[p * dim..(p + 1) * dim].iter().map(|&v| f64::from(v)));
    let tangent = |(q, found): (usize, &Vec<(usize, f32)>)| {
        let here = row(q);
        let steps: Vec<DVector<f64>> = found.iter().map(|&(p, _)| row(p) - &here).collect();
        tangent(queries[q], &DMatrix::from_columns(&steps))
    };
    found.par_iter().enumerate().map(tangent).collect()
}

/// From the displacements to the neighbours, one per column, nearest first.
fn tangent(row: usize, steps: &DMatrix<f64>) -> Tangent {
    let dim = steps.nrows();
    let mean = steps.column_mean();
    let centred = DMatrix::from_fn(dim, steps.ncols(), |i, j| steps[(i, j)] - mean[i]);
    let eigen = (&centred * centred.transpose()).symmetric_eigen();
    let keep = |i: &usize| eigen.eigenvalues[*i] > TANGENT * eigen.eigenvalues.max();
    let columns: Vec<_> = (0..dim).filter(keep).map(|i| eigen.eigenvectors.column(i).into_owned()).collect();
    let basis = if columns.is_empty() { DMatrix::zeros(dim, 0) } else { DMatrix::from_columns(&columns) };
    let mut t = Tangent { row, basis, natural: (0.0, 0.0) };
    for j in 0..steps.ncols().min(NATURAL) {
        let step = steps.column(j).into_owned();
        t.natural.0 += t.off(&step).norm_squared();
        t.natural.1 += step.norm_squared();
    }
    t
}
