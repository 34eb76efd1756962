//! Where the data lies, and how far each generator moves it, along its support and off it.
//!
//! D_pq = E⟨E_p x, E_q x⟩ (displacement) and O_pq = E⟨P⊥ E_p x, P⊥ E_q x⟩ (displacement off the local tangent space of
//! the inputs, from a principal component analysis of each row's neighbours).

use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use self::tangents::{Tangent, has_tangents, tangents};
use self::whitening::{displacements, mean_size, whiten};
use super::displacement::displacement;
use crate::fit::TrainError;
use crate::fit::problem::{Problem, shuffle};
use semola_engine::Streams;
use semola_lie::row_major;

mod tangents;
mod whitening;

pub use whitening::relative_size;

/// Rows at which tangent spaces are computed, and rows among which neighbours are searched.
const QUERIES: usize = 1000;
const CLOUD: usize = 8000;
/// Lower bound of the natural off-support share: below it, the error of the tangent spaces dominates.
const NATURAL_FLOOR: f64 = 0.02;

/// The search space as the data sees it.
#[derive(Debug, Clone)]
pub struct Support {
    /// Whitened directions: linear combinations of the space's basis that move the data by its own root mean square size
    /// per unit, independently of each other. q matrices, side×side.
    pub directions: Vec<DMatrix<f64>>,
    /// O in whitened directions, relative to D (q×q): the share of the squared displacement that leaves the support.
    pub off: DMatrix<f64>,
    /// The same share for real displacements between neighbours, as measured; see [`Support::natural_share`].
    pub natural: f64,
    /// Whether `off` was measured: it needs far more rows than dimensions, and rows whose values can be compared one by
    /// one (not images, not sets of points that differ in number). Otherwise nothing counts as off the support.
    pub looked_at: bool,
    /// Whether the inputs are images.
    pub is_of_images: bool,
    /// Combinations that do not move the data at all, side×side, Frobenius-orthonormal.
    pub null: Vec<DMatrix<f64>>,
    /// Per tangent query row: off-support parts of the q displacements (for bootstraps): (group, q×q share numerator).
    pub per_row: Vec<(usize, DMatrix<f64>)>,
}

impl Support {
    /// Measures the support of `rows` of the problem's inputs for the stage of this name.
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

    /// Measures the support of `rows` of the problem's inputs.
    pub fn measure(space: &[DMatrix<f64>], problem: &Problem, rows: &[usize], rng: &mut ChaCha8Rng) -> Self {
        let mut order = rows.to_vec();
        shuffle(&mut order, rng);
        // Copies of a row are no neighbours of it: they would make any tangent space a point.
        let order = problem.distinct(&order);
        let cloud = &order[..order.len().min(CLOUD)];
        let queries = &cloud[..cloud.len().min(QUERIES)];
        let layout = &problem.x_layout;
        let d = displacements(space, problem, cloud);
        let size = mean_size(layout, problem, cloud);
        let (directions, null) = whiten(space, &d, size);
        let looked_at = has_tangents(problem, cloud.len());
        let tangents = if looked_at { tangents(problem, cloud, queries) } else { Vec::new() };
        let q = directions.len();
        let per_row: Vec<(usize, DMatrix<f64>)> = if looked_at {
            let off = |t: &Tangent| (problem.group(t.row), off_support(t, &directions, problem, size));
            tangents.par_iter().map(off).collect()
        } else {
            queries.iter().map(|&i| (problem.group(i), DMatrix::zeros(q, q))).collect()
        };
        let off = per_row.iter().fold(DMatrix::zeros(q, q), |sum, (_, o)| sum + o) / per_row.len().max(1) as f64;
        let (off_natural, natural) = tangents.iter().fold((0.0, 0.0), |(a, b), t| (a + t.natural.0, b + t.natural.1));
        let is_of_images = layout.has_images();
        Self { directions, off, natural: off_natural / natural.max(1e-300), looked_at, is_of_images, null, per_row }
    }

    /// The off-support share of real displacements, which others are measured by.
    pub fn natural_share(&self) -> f64 {
        self.natural.max(NATURAL_FLOOR)
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

    /// The directions in the trainer's format: row-major, single precision, end to end.
    pub fn flat(&self) -> Vec<f32> {
        self.directions.iter().flat_map(row_major).map(|v| v as f32).collect()
    }
}

/// Inner products of the directions' displacements off the tangent space at one row, in units of the data's size.
fn off_support(t: &Tangent, directions: &[DMatrix<f64>], problem: &Problem, size: f64) -> DMatrix<f64> {
    let moved = |e: &DMatrix<f64>| displacement(e, &problem.x_layout, problem.x_row(t.row));
    let off: Vec<DVector<f64>> = directions.iter().map(|e| t.off(&DVector::from_vec(moved(e)))).collect();
    DMatrix::from_fn(off.len(), off.len(), |i, j| off[i].dot(&off[j]) / size)
}
