//! From a start to a matrix along which the networks are symmetric: Gauss–Newton on A, first within the orthogonal group of whitened
//! coordinates, in the end within all invertible matrices, then rounded to the next element of finite order.

use nalgebra::{DMatrix, DVector};

use super::misfit::Misfit;
use semola_lie::descent::Descent;
use semola_lie::expm::expm;

/// Steps, largest size of one, and the step of its difference quotients.
const STEPS: usize = 20;
const LARGEST: f64 = 0.7;
const DIFFERENCE: f64 = 0.02;

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

    /// From `start` (whitened) along A exp(Σ ξ_i E_i) to the least squares: the matrix and its weighted misfit.
    pub fn run(&self, start: &DMatrix<f64>, along: &[DMatrix<f64>], steps: usize) -> (DMatrix<f64>, f64) {
        let descent = Descent { count: along.len(), steps: steps.min(STEPS), largest: LARGEST, difference: DIFFERENCE };
        let residuals = |all: &[DMatrix<f64>]| {
            let matrices: Vec<DMatrix<f64>> = all.iter().map(|a| self.unwhitened(a)).collect();
            self.misfit.weighted(&matrices)
        };
        let moved = |a: &DMatrix<f64>, step: &DVector<f64>| {
            let tangent = along.iter().zip(step.iter()).fold(a * 0.0, |sum, (e, s)| sum + e * *s);
            a * expm(&tangent)
        };
        descent.run(start.clone(), residuals, moved)
    }
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
