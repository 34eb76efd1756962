//! From a start to a matrix along which the networks are symmetric: Gauss–Newton on A, first within the orthogonal group of whitened
//! coordinates, in the end within all invertible matrices, then rounded to the next element of finite order.

use nalgebra::{DMatrix, DVector};

use super::misfit::Misfit;
use semola_lie::expm::expm;

/// Steps, largest size of one, and the step of its difference quotients.
const STEPS: usize = 20;
const LARGEST: f64 = 0.7;
const DIFFERENCE: f64 = 0.02;
/// Relative gain below which a polish has ended.
const ENDED: f64 = 1e-3;

/// What a polish starts from and moves along.
pub struct Polish<'a> {
    pub misfit: &'a Misfit<'a>,
    /// Takes whitened matrices to those of the data: W⁻¹ · A · W.
    pub whitening: &'a DMatrix<f64>,
    pub unwhitening: &'a DMatrix<f64>,
}

impl Polish<'_> {
    /// The matrix of the data for one in whitened coordinates.
    pub fn unwhitened(&self, a: &DMatrix<f64>) -> DMatrix<f64> {
        self.unwhitening * a * self.whitening
    }

    /// Levenberg–Marquardt from `start` (whitened) along A exp(Σ ξ_i E_i): the matrix and its weighted misfit.
    pub fn run(&self, start: &DMatrix<f64>, along: &[DMatrix<f64>], steps: usize) -> (DMatrix<f64>, f64) {
        let (mut a, mut damping) = (start.clone(), 1e-2);
        let mut best = self.residuals(&a, along, false);
        for _ in 0..steps.min(STEPS) {
            let all = self.residuals(&a, along, true);
            let (base, moved) = all.split_at(1);
            let base = &base[0];
            let jacobian = DMatrix::from_fn(base.len(), along.len(), |i, j| (moved[j][i] - base[i]) / DIFFERENCE);
            let r = DVector::from_column_slice(base);
            let before = r.norm_squared();
            let (normal, slope) = (jacobian.tr_mul(&jacobian), jacobian.tr_mul(&r));
            let scale = normal.diagonal().max().max(1e-300);
            let mut gained = false;
            for _ in 0..4 {
                let damped = &normal + DMatrix::identity(along.len(), along.len()) * (damping * scale);
                let Some(step) = damped.cholesky().map(|c| -c.solve(&slope)) else { break };
                let step = &step * (LARGEST / step.norm()).min(1.0);
                let tangent = along.iter().zip(step.iter()).fold(&a * 0.0, |sum, (e, s)| sum + e * *s);
                let next = &a * expm(&tangent);
                let after = self.residuals(&next, along, false);
                let (old, new) = (before, square(&after[0]));
                if new.is_finite() && new < old {
                    gained = new < old * (1.0 - ENDED);
                    (a, best, damping) = (next, after, damping * 0.3);
                    break;
                }
                damping *= 5.0;
            }
            if !gained {
                break;
            }
        }
        (a, square(&best[0]))
    }

    /// Of the matrix, and of those a step along each direction from it.
    fn residuals(&self, a: &DMatrix<f64>, along: &[DMatrix<f64>], all: bool) -> Vec<Vec<f64>> {
        let mut matrices = vec![self.unwhitened(a)];
        if all {
            matrices.extend(along.iter().map(|e| self.unwhitened(&(a * expm(&(e * DIFFERENCE))))));
        }
        self.misfit.weighted(&matrices)
    }
}

fn square(r: &[f64]) -> f64 {
    r.iter().map(|v| v * v).sum::<f64>() / r.len().max(1) as f64
}

/// Generators of turns among these orthonormal columns, k×k.
pub fn turns(columns: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
    let n = columns.ncols();
    let plane = |(i, j): (usize, usize)| {
        let (a, b) = (columns.column(i), columns.column(j));
        b * a.transpose() - a * b.transpose()
    };
    (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).map(plane).collect()
}

/// Generators of all linear maps among these columns.
pub fn all_maps(columns: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
    let n = columns.ncols();
    let map = |(i, j): (usize, usize)| columns.column(i) * columns.column(j).transpose();
    (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(map).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_stay_among_the_columns() {
        let columns = DMatrix::from_row_slice(3, 2, &[1.0, 0.0, 0.0, 0.6, 0.0, 0.8]);
        let turn = &turns(&columns)[0];
        assert!((turn + turn.transpose()).amax() < 1e-12 && turns(&columns).len() == 1);
        let outside = DVector::from_row_slice(&[0.0, 0.8, -0.6]);
        assert!((turn * &outside).amax() < 1e-12);
        assert_eq!(all_maps(&columns).len(), 4);
        assert!(all_maps(&columns).iter().all(|m| (m * &outside).amax() < 1e-12));
    }
}
