//! The search space in units of its effect on the data.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::QUERIES;
use crate::discover::displacement::{acted_size, displacement};
use crate::fit::Problem;
use semola_engine::Layout;

/// Directions whose squared displacement is below this share of the largest do not move the data.
const NULL: f64 = 1e-6;

/// Root mean square displacement of the inputs, in this layout, under a generator, relative to their own size.
pub fn relative_size(l: &DMatrix<f64>, layout: &Layout, problem: &Problem, rows: &[usize]) -> f64 {
    let rows = &rows[..rows.len().min(QUERIES)];
    let moved: f64 =
        rows.iter().map(|&i| displacement(l, layout, problem.x_row(i)).iter().map(|v| v * v).sum::<f64>()).sum();
    (moved / rows.len().max(1) as f64 / mean_size(layout, problem, rows)).sqrt()
}

/// D over the given rows.
pub(super) fn displacements(space: &[DMatrix<f64>], problem: &Problem, rows: &[usize]) -> DMatrix<f64> {
    let p = space.len();
    let part = |rows: &[usize]| {
        let mut sum = DMatrix::zeros(p, p);
        for &i in rows {
            let moved: Vec<DVector<f64>> =
                space.iter().map(|e| DVector::from_vec(displacement(e, &problem.x_layout, problem.x_row(i)))).collect();
            let moved = DMatrix::from_columns(&moved);
            sum += moved.tr_mul(&moved);
        }
        sum
    };
    let parts: Vec<DMatrix<f64>> = rows.par_chunks(256).map(part).collect();
    parts.into_iter().fold(DMatrix::zeros(p, p), |a, b| a + b) / rows.len().max(1) as f64
}

/// Mean squared size of the part of the inputs that a group acts on.
pub(super) fn mean_size(layout: &Layout, problem: &Problem, rows: &[usize]) -> f64 {
    let total: f64 = rows.iter().map(|&i| acted_size(layout, problem.x_row(i))).sum();
    (total / rows.len().max(1) as f64).max(1e-300)
}

/// Whitened directions, and the combinations that move nothing.
pub(super) fn whiten(space: &[DMatrix<f64>], d: &DMatrix<f64>, size: f64) -> (Vec<DMatrix<f64>>, Vec<DMatrix<f64>>) {
    let eigen = d.clone().symmetric_eigen();
    let largest = eigen.eigenvalues.max();
    let side = space.first().map_or(0, |e| e.nrows());
    let combine = |c: DVector<f64>| space.iter().zip(c.iter()).fold(DMatrix::zeros(side, side), |s, (e, c)| s + e * *c);
    let mut order: Vec<usize> = (0..d.nrows()).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let (mut directions, mut null) = (Vec::new(), Vec::new());
    for i in order {
        let (value, vector) = (eigen.eigenvalues[i], eigen.eigenvectors.column(i).into_owned());
        if value > NULL * largest && value > 0.0 {
            directions.push(combine(vector * (size / value).sqrt()));
        } else {
            null.push(combine(vector));
        }
    }
    (directions, null)
}
