//! Matrices that multiply exactly, from ones that nearly do.

use nalgebra::DMatrix;

use super::group::FiniteGroup;
use crate::svd::nearest_orthonormal;

/// Rounds of averaging over the multiplication table; each squares the error.
const ROUNDS: usize = 6;

/// The group with matrices that multiply as its table says. `covariance` (k×k) is the data's second moment.
///
/// Averaged over the group, the covariance is one that the group keeps, so that in coordinates where it is the identity the group is
/// orthogonal. There each matrix becomes the orthogonal factor of Σ_{ij = k} A_i A_j, less that of the identity, which repeated converges to a representation
/// nearby. Without such coordinates, or where signs act on nothing, the group is returned as it is.
#[must_use]
pub fn made_exact(group: &FiniteGroup, covariance: &DMatrix<f64>) -> FiniteGroup {
    let linear: Vec<&DMatrix<f64>> = group.elements.iter().map(|e| &e.linear).collect();
    let n = linear.len() as f64;
    let averaged = linear.iter().fold(covariance * 0.0, |sum, a| sum + *a * covariance * a.transpose() / n);
    let Some(lower) = averaged.cholesky().map(|c| c.l()) else { return group.clone() };
    let Some(inverse) = lower.clone().try_inverse().filter(|_| !group.even) else { return group.clone() };
    let mut matrices: Vec<DMatrix<f64>> =
        linear.iter().map(|a| nearest_orthonormal(&(&inverse * *a * &lower))).collect();
    for _ in 0..ROUNDS {
        let mut sums = vec![covariance * 0.0; matrices.len()];
        for (a, products) in matrices.iter().zip(&group.table) {
            for (b, &product) in matrices.iter().zip(products) {
                sums[product] += a * b;
            }
        }
        let averaged: Vec<DMatrix<f64>> = sums.iter().map(nearest_orthonormal).collect();
        // The average of A_i A_j is a (R_k b R_k⁻¹) R_k to first order in the errors a, b: divided by that of the identity, a b, it is a
        // conjugate of the exact group.
        let back = averaged[0].transpose();
        matrices = averaged.iter().map(|a| &back * a).collect();
    }
    let back: Vec<DMatrix<f64>> = matrices.iter().map(|q| tidy(&lower * q * &inverse)).collect();
    group.clone().with_matrices(back)
}

/// Entries next to −1, 0 or 1 become these where all are: signed permutations stay exact.
fn tidy(m: DMatrix<f64>) -> DMatrix<f64> {
    let near = |v: &f64| (v - v.round()).abs() < 1e-9;
    if m.iter().all(near) { m.map(f64::round) } else { m }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finite::element::Element;
    use crate::finite::group::tests::generated;
    use crate::random::normal;
    use crate::rotation::plane_rotation;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use std::f64::consts::TAU;

    /// Largest error of a product against the table.
    fn defect(group: &FiniteGroup) -> f64 {
        let product = |i: usize, j: usize| &group.elements[i].linear * &group.elements[j].linear;
        let n = group.order();
        let off = |i: usize, j: usize| (product(i, j) - &group.elements[group.table[i][j]].linear).amax();
        (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| off(i, j)).fold(0.0, f64::max)
    }

    #[test]
    fn a_nearly_icosahedral_group_becomes_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let golden = (1.0 + 5.0f64.sqrt()) / 2.0;
        // Five-fold about (0, 1, φ), three-fold about (1, 1, 1).
        let about = |axis: [f64; 3], n: f64| {
            let axis = nalgebra::DVector::from_row_slice(&axis).normalize();
            let seed = DMatrix::from_fn(3, 3, |i, j| {
                if j == 0 { axis[i] } else { [0.3, -0.7, 0.5, 0.9, 0.1, -0.4][i + 3 * (j - 1)] }
            });
            let q = seed.qr().q();
            let turn = plane_rotation(3, 1, 2, TAU / n);
            &q * turn * q.transpose()
        };
        let mut noisy = |m: DMatrix<f64>| m + DMatrix::from_fn(3, 3, |_, _| 0.001 * normal(&mut rng));
        let group = generated(&[noisy(about([0.0, 1.0, golden], 5.0)), noisy(about([1.0, 1.0, 1.0], 3.0))]);
        assert_eq!((group.order(), group.classes().as_str()), (60, "1+:1 2+:15 3+:20 5+:24"));
        assert!(defect(&group) > 1e-4);
        let exact = made_exact(&group, &DMatrix::identity(3, 3));
        assert!(defect(&exact) < 1e-12, "{}", defect(&exact));
    }

    #[test]
    fn exact_matrices_stay_and_oblique_ones_become_exact() {
        let mirror = DMatrix::from_diagonal(&vec![1.0, -1.0].into());
        let covariance = dmatrix![2.0, 0.3; 0.3, 0.5];
        let group = made_exact(&generated(std::slice::from_ref(&mirror)), &covariance);
        assert_eq!(group.elements[1].linear, mirror);
        let frame = dmatrix![1.0, 0.4; 0.0, 0.9];
        let oblique = &frame * &mirror * frame.clone().try_inverse().unwrap();
        let group = made_exact(&generated(std::slice::from_ref(&oblique)), &covariance);
        assert!((&group.elements[1].linear - oblique).amax() < 1e-12);
        assert_eq!(Element::identity(2, 1, 1).linear, group.elements[0].linear);
    }
}
