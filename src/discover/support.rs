//! Where the data lies, and how far each generator moves it, along its support and off it.
//!
//! D_pq = E⟨E_p x, E_q x⟩ (displacement) and O_pq = E⟨P⊥ E_p x, P⊥ E_q x⟩ (displacement off the local tangent space of
//! the inputs, from a principal component analysis of each row's neighbours).

use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::neighbours::nearest;
use super::tangent::{acted_size, displacement, row_major};
use crate::engine::{Layout, Streams};
use crate::lie::action::Action;
use crate::train::TrainError;
use crate::train::problem::{Problem, shuffle};

/// Rows at which tangent spaces are computed, and rows among which neighbours are looked for.
const QUERIES: usize = 1000;
const CLOUD: usize = 8000;
/// Local principal values below this share of the largest are off the support.
const TANGENT: f64 = 0.05;
/// Neighbours are local only if there are at least so many times more rows.
const LOCAL: usize = 5;
/// Directions whose squared displacement is below this share of the largest do not move the data.
const NULL: f64 = 1e-6;

/// The search space as the data sees it.
#[derive(Debug, Clone)]
pub struct Support {
    /// Whitened directions: linear combinations of the space's basis that move the data by its own root mean square size
    /// per unit, independently of each other. q matrices, side×side.
    pub directions: Vec<DMatrix<f64>>,
    /// O in whitened directions, relative to D (q×q): the share of the squared displacement that leaves the support.
    pub off: DMatrix<f64>,
    /// The same share for real displacements between neighbours.
    pub natural: f64,
    /// Whether `off` was looked at: it needs far more rows than dimensions, and rows whose values can be compared one by one
    /// (not images, not sets of points that differ in number). Otherwise nothing counts as off the support.
    pub looked_at: bool,
    /// Combinations that do not move the data at all, side×side, Frobenius-orthonormal.
    pub null: Vec<DMatrix<f64>>,
    /// Per tangent query row: off-support parts of the q displacements (for bootstraps): (group, q×q share numerator).
    pub per_row: Vec<(usize, DMatrix<f64>)>,
}

impl Support {
    /// Looks at `rows` of the problem's inputs for the stage of this name.
    ///
    /// # Errors
    /// If nothing in the space moves the data.
    pub fn of_space(
        space: &[DMatrix<f64>],
        problem: &Problem,
        rows: &[usize],
        stage: &str,
        streams: &Streams,
    ) -> Result<Self, TrainError> {
        let support = Self::measure(space, problem, rows, &mut streams.get("support", 0));
        if support.directions.is_empty() {
            return Err(TrainError::Discovery(format!(
                "'{stage}': no matrix of the search space moves the data; the acted-on fields are all zero, choose other fields"
            )));
        }
        Ok(support)
    }

    /// Looks at `rows` of the problem's inputs.
    pub fn measure(space: &[DMatrix<f64>], problem: &Problem, rows: &[usize], rng: &mut ChaCha8Rng) -> Self {
        let mut order = rows.to_vec();
        shuffle(&mut order, rng);
        let cloud = &order[..order.len().min(CLOUD)];
        let queries = &cloud[..cloud.len().min(QUERIES)];
        let layout = &problem.x_layout;
        let d = displacements(space, problem, cloud);
        let size = mean_size(layout, problem, cloud);
        let (directions, null) = whiten(space, &d, size);
        let looked_at = has_tangents(problem, cloud.len());
        let tangents = if looked_at { tangents(problem, cloud, queries) } else { Vec::new() };
        let per_row: Vec<(usize, DMatrix<f64>)> = tangents
            .par_iter()
            .map(|t| {
                let moved: Vec<DVector<f64>> = directions
                    .iter()
                    .map(|e| t.off(&DVector::from_vec(displacement(e, layout, problem.x_row(t.row)))))
                    .collect();
                let q = directions.len();
                (problem.group(t.row), DMatrix::from_fn(q, q, |i, j| moved[i].dot(&moved[j]) / size))
            })
            .collect();
        let q = directions.len();
        let per_row = if looked_at {
            per_row
        } else {
            queries.iter().map(|&i| (problem.group(i), DMatrix::zeros(q, q))).collect()
        };
        let off = per_row.iter().fold(DMatrix::zeros(q, q), |sum, (_, o)| sum + o) / per_row.len().max(1) as f64;
        let (off_natural, natural) = tangents.iter().fold((0.0, 0.0), |(a, b), t| (a + t.natural.0, b + t.natural.1));
        Self { directions, off, natural: off_natural / natural.max(1e-300), looked_at, null, per_row }
    }

    /// The matrix of a combination of whitened directions.
    pub fn combine(&self, u: &DVector<f64>) -> DMatrix<f64> {
        let side = self.directions.first().map_or(0, |d| d.nrows());
        self.directions.iter().zip(u.iter()).fold(DMatrix::zeros(side, side), |sum, (d, c)| sum + d * *c)
    }

    /// Coefficients of the whitened directions nearest to a matrix (least squares).
    pub fn coefficients(&self, l: &DMatrix<f64>) -> DVector<f64> {
        let columns: Vec<DVector<f64>> =
            self.directions.iter().map(|d| DVector::from_iterator(d.len(), row_major(d))).collect();
        let a = DMatrix::from_columns(&columns);
        let b = DVector::from_iterator(l.len(), row_major(l));
        a.svd(true, true).solve(&b, 1e-12).unwrap_or_else(|_| DVector::zeros(self.directions.len()))
    }

    /// The directions as the trainer wants them: row-major, single precision, end to end.
    pub fn flat(&self) -> Vec<f32> {
        self.directions.iter().flat_map(row_major).map(|v| v as f32).collect()
    }
}

/// Root mean square displacement of the inputs under a generator, relative to their own size.
pub fn relative_size(l: &DMatrix<f64>, problem: &Problem, rows: &[usize]) -> f64 {
    let rows = &rows[..rows.len().min(QUERIES)];
    let moved: f64 = rows
        .iter()
        .map(|&i| displacement(l, &problem.x_layout, problem.x_row(i)).iter().map(|v| v * v).sum::<f64>())
        .sum();
    (moved / rows.len().max(1) as f64 / mean_size(&problem.x_layout, problem, rows)).sqrt()
}

/// D over the given rows.
fn displacements(space: &[DMatrix<f64>], problem: &Problem, rows: &[usize]) -> DMatrix<f64> {
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
fn mean_size(layout: &Layout, problem: &Problem, rows: &[usize]) -> f64 {
    let total: f64 = rows.iter().map(|&i| acted_size(layout, problem.x_row(i))).sum();
    (total / rows.len().max(1) as f64).max(1e-300)
}

fn whiten(space: &[DMatrix<f64>], d: &DMatrix<f64>, size: f64) -> (Vec<DMatrix<f64>>, Vec<DMatrix<f64>>) {
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

/// A row's local tangent space.
struct Tangent {
    row: usize,
    /// Orthonormal columns that span the tangent space.
    basis: DMatrix<f64>,
    /// Squared off-tangent and whole length of the displacements to its nearest neighbours.
    natural: (f64, f64),
}

impl Tangent {
    fn off(&self, v: &DVector<f64>) -> DVector<f64> {
        v - &self.basis * self.basis.tr_mul(v)
    }
}

/// Neighbours that a tangent space is estimated from.
fn neighbours_needed(dim: usize) -> usize {
    (5 * dim).max(20)
}

fn has_tangents(problem: &Problem, rows: usize) -> bool {
    let layout = &problem.x_layout;
    let image = layout.segments.iter().any(|s| matches!(s.action, Action::Pixels(_)));
    let ragged = layout.points.is_some_and(|p| p.count.is_some());
    !image && !ragged && LOCAL * neighbours_needed(problem.inputs()) <= rows
}

fn tangents(problem: &Problem, cloud: &[usize], queries: &[usize]) -> Vec<Tangent> {
    let dim = problem.inputs();
    let k = neighbours_needed(dim).min(cloud.len().saturating_sub(1).max(1));
    let points = problem.gather_x(cloud);
    let found = nearest(&points, &points[..queries.len() * dim], dim, k, |q, p| q == p);
    let row = |p: usize| DVector::from_iterator(dim, points[p * dim..(p + 1) * dim].iter().map(|&v| f64::from(v)));
    found
        .par_iter()
        .enumerate()
        .map(|(q, found)| {
            let here = row(q);
            let steps: Vec<DVector<f64>> = found.iter().map(|&(p, _)| row(p) - &here).collect();
            let steps = DMatrix::from_columns(&steps);
            let mean = steps.column_mean();
            let centred = DMatrix::from_fn(dim, steps.ncols(), |i, j| steps[(i, j)] - mean[i]);
            let eigen = (&centred * centred.transpose()).symmetric_eigen();
            let keep = |i: &usize| eigen.eigenvalues[*i] > TANGENT * eigen.eigenvalues.max();
            let columns: Vec<_> = (0..dim).filter(keep).map(|i| eigen.eigenvectors.column(i).into_owned()).collect();
            let mut t = Tangent {
                row: queries[q],
                basis: if columns.is_empty() { DMatrix::zeros(dim, 0) } else { DMatrix::from_columns(&columns) },
                natural: (0.0, 0.0),
            };
            for j in 0..steps.ncols().min(5) {
                let step = steps.column(j).into_owned();
                t.natural.0 += t.off(&step).norm_squared();
                t.natural.1 += step.norm_squared();
            }
            t
        })
        .collect()
}
