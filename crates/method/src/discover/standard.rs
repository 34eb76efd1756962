//! Standard algebras as candidates.
//!
//! Where there is noise, the directions along which networks are most equivariant are mixtures of symmetries and of what hardly
//! matters. The algebras of the catalogue are not drawn from them: each is asked how much the networks' residuals grow along it.

use nalgebra::{DMatrix, DVector};
use semola_lie::algebra::NamedAlgebra;
use semola_lie::identify::standard_inside;
use semola_lie::space::SearchSpace;

use super::span::orthonormal;
use super::support::Support;

/// Energy along a direction above which it is no candidate, in units of the mean over all directions.
pub(super) const MOST: f64 = 0.5;
/// Spaces with more directions have few standard algebras among many others.
const WIDEST: usize = 100;

/// The standard algebras with little energy along each direction, as orthonormal coefficients in whitened directions; those with
/// many directions and little energy first. `energy` is a quadratic form of mean 1.
pub fn standard_candidates(space: &SearchSpace, support: &Support, energy: &DMatrix<f64>) -> Vec<Vec<DVector<f64>>> {
    let q = support.directions.len();
    if q > WIDEST {
        return Vec::new();
    }
    let units = |algebra: &NamedAlgebra| {
        let all: Vec<DVector<f64>> = algebra.basis.iter().map(|l| support.coefficients(l)).collect();
        orthonormal(&all)
    };
    let all = standard_inside(space).into_iter().filter(|a| a.rank() < q);
    let whole = all.filter_map(|a| Some(units(&a)).filter(|u| u.len() == a.rank()));
    let mut found: Vec<(f64, Vec<DVector<f64>>)> =
        whole.filter_map(|u| gain(&u, energy).map(|gain| (gain, u))).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, u)| u).collect()
}

/// How far the energies of all directions of a span lie below the limit, together; `None` if one lies above.
pub(super) fn gain(span: &[DVector<f64>], energy: &DMatrix<f64>) -> Option<f64> {
    let u = DMatrix::from_columns(span);
    let energies = (u.transpose() * energy * &u).symmetric_eigenvalues();
    energies.iter().map(|e| (*e < MOST).then_some(1.0 - e / MOST)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_gains_by_each_direction_without_energy() {
        let energy = DMatrix::from_diagonal(&DVector::from_vec(vec![0.0, 0.1, 0.25, 2.0]));
        let unit = |i: usize| DVector::from_fn(4, |j, _| if i == j { 1.0 } else { 0.0 });
        assert_eq!(gain(&[unit(0)], &energy), Some(1.0));
        assert!((gain(&[unit(0), unit(1)], &energy).unwrap() - 1.8).abs() < 1e-12);
        assert!((gain(&[unit(2)], &energy).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(gain(&[unit(0), unit(3)], &energy), None);
    }
}
