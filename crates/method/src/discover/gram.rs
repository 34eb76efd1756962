//! Gram matrices of infinitesimal equivariance residuals: the networks are most equivariant along their lowest
//! eigenvectors.

use std::borrow::Borrow;

use nalgebra::{DMatrix, DVector};

use super::ensemble::Ensemble;
use super::folds::Folds;
use crate::fit::Problem;
use semola_lie::statistics::median;

/// Residuals and errors of rows, from which all Gram matrices are computed.
pub struct Residuals<'a> {
    rows: &'a [usize],
    residuals: Vec<DMatrix<f64>>,
    errors: Vec<f64>,
}

impl<'a> Residuals<'a> {
    /// Of the given rows, along each of the whitened directions.
    pub fn of(
        ensemble: &Ensemble,
        folds: &Folds,
        problem: &Problem,
        rows: &'a [usize],
        directions: &[DMatrix<f64>],
    ) -> Self {
        let residuals = ensemble.residuals(problem, rows, directions);
        Self { rows, residuals, errors: ensemble.unseen_errors(problem, rows, folds) }
    }

    /// The same, of which [`Residuals::crossed`] is taken: by each network on its own.
    pub fn of_each(
        ensemble: &Ensemble,
        folds: &Folds,
        problem: &Problem,
        rows: &'a [usize],
        directions: &[DMatrix<f64>],
    ) -> Vec<Self> {
        let errors = ensemble.unseen_errors(problem, rows, folds);
        let each = ensemble.residuals_of_each(problem, rows, directions).into_iter();
        each.map(|residuals| Self { rows, residuals, errors: errors.clone() }).collect()
    }

    /// G over the selected rows from products of different networks only: what each has learned of the noise does not enter. Of a
    /// single network its own.
    pub fn crossed(each: &[Self], asked: impl Fn(usize) -> bool) -> DMatrix<f64> {
        let Some(first) = each.first() else { return DMatrix::zeros(0, 0) };
        let picked: Vec<usize> = (0..first.rows.len()).filter(|&at| asked(first.rows[at])).collect();
        let errors: Vec<f64> = picked.iter().map(|&at| first.errors[at]).collect();
        let weights = robust_weights(&errors);
        let own = each.iter().map(|r| {
            let residuals: Vec<&DMatrix<f64>> = picked.iter().map(|&at| &r.residuals[at]).collect();
            weighted_gram(&residuals, &weights)
        });
        let own = own.reduce(|a, b| a + b).unwrap_or_default();
        if each.len() < 2 {
            return own;
        }
        let sums: Vec<DMatrix<f64>> = picked
            .iter()
            .map(|&at| each[1..].iter().fold(first.residuals[at].clone(), |sum, r| sum + &r.residuals[at]))
            .collect();
        (weighted_gram(&sums, &weights) - own) / (each.len() * (each.len() - 1)) as f64
    }

    /// G over the selected rows.
    pub fn gram(&self, asked: impl Fn(usize) -> bool) -> DMatrix<f64> {
        let picked: Vec<usize> = (0..self.rows.len()).filter(|&at| asked(self.rows[at])).collect();
        let residuals: Vec<&DMatrix<f64>> = picked.iter().map(|&at| &self.residuals[at]).collect();
        let errors: Vec<f64> = picked.iter().map(|&at| self.errors[at]).collect();
        weighted_gram(&residuals, &robust_weights(&errors))
    }
}

/// G = Σ_i w_i r_iᵀ r_i / n.
fn weighted_gram(residuals: &[impl Borrow<DMatrix<f64>>], weights: &[f64]) -> DMatrix<f64> {
    let q = residuals.first().map_or(0, |r| r.borrow().ncols());
    let rows = residuals.iter().map(Borrow::borrow).zip(weights);
    let sum = rows.fold(DMatrix::zeros(q, q), |sum, (r, w)| sum + r.tr_mul(r) * *w);
    sum / residuals.len().max(1) as f64
}

/// Weights 1/(1 + e²/median e²): rows that the networks predict badly, or that are corrupted, count little.
fn robust_weights(errors: &[f64]) -> Vec<f64> {
    let middle = median(errors.iter().map(|e| e * e)).max(1e-300);
    errors.iter().map(|e| 1.0 / (1.0 + e * e / middle)).collect()
}

/// Unit eigenvectors of a symmetric matrix by ascending eigenvalue.
pub fn rising_eigenvectors(m: DMatrix<f64>) -> Vec<(f64, DVector<f64>)> {
    let eigen = m.symmetric_eigen();
    let mut all: Vec<(f64, DVector<f64>)> = eigen
        .eigenvalues
        .iter()
        .zip(eigen.eigenvectors.column_iter())
        .map(|(&value, vector)| (value, vector.into_owned()))
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}
