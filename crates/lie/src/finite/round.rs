//! The element of finite order next to a matrix.

use nalgebra::DMatrix;

use super::group::LONGEST;
use crate::expm::expm;

/// Largest angle (radians) by which an eigenvalue may miss a root of unity of order 1; for order m it is multiplied by √m, since the
/// errors of a product of m factors add up like that.
const MISSES: f64 = 0.15;
/// Corrections, each of which leaves a higher order of the error.
const CORRECTIONS: usize = 3;
/// Terms of the logarithm's series.
const TERMS: i32 = 40;
/// How exactly the power has to be the identity.
const EXACT: f64 = 1e-9;

/// A matrix of finite order.
#[derive(Debug, Clone, PartialEq)]
pub struct Rounded {
    pub matrix: DMatrix<f64>,
    /// The least m ≥ 1 with `matrix`^m = 1.
    pub order: usize,
}

/// The matrix R with R^m = 1 that is nearest to `a` along its own eigenvalues, for the smallest m up to [`LONGEST`] for which these
/// lie near the m-th roots of unity; `None` if there is no such m. `a` is in coordinates in which finite groups are nearly orthogonal.
///
/// R = A exp(−log(A^m)/m) has the eigenvectors of A, and each of its eigenvalues is the nearest root of unity.
pub fn finite_order(a: &DMatrix<f64>) -> Option<Rounded> {
    if a.iter().any(|v| !v.is_finite()) {
        return None;
    }
    (1..=LONGEST).find_map(|order| rounded(a, order).map(|matrix| Rounded { matrix, order }))
}

fn rounded(a: &DMatrix<f64>, order: usize) -> Option<DMatrix<f64>> {
    let one = DMatrix::identity(a.nrows(), a.ncols());
    let limit = MISSES * (order as f64).sqrt();
    let mut r = a.clone();
    for correction in 0..CORRECTIONS {
        let power = power(&r, order);
        let off = &power - &one;
        let norm = off.clone().svd(false, false).singular_values.max();
        if correction == 0 && (norm.is_nan() || norm > limit) {
            return None;
        }
        r = &r * expm(&(logarithm(&power)? * (-1.0 / order as f64)));
    }
    ((power(&r, order) - one).amax() < EXACT).then_some(r)
}

/// A^m.
fn power(a: &DMatrix<f64>, m: usize) -> DMatrix<f64> {
    (1..m).fold(a.clone(), |p, _| &p * a)
}

/// The principal logarithm of a matrix near the identity, by log X = 2 Σ Z^{2j+1}/(2j+1), Z = (X − 1)(X + 1)⁻¹.
fn logarithm(x: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let one = DMatrix::identity(x.nrows(), x.ncols());
    let z = (x - &one) * (x + &one).try_inverse()?;
    let square = &z * &z;
    let mut term = z.clone();
    let mut sum = z;
    for j in 1..TERMS {
        term = &term * &square;
        sum += &term * (1.0 / f64::from(2 * j + 1));
    }
    Some(sum * 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal;
    use crate::rotation::{plane_rotation, random_rotation};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use std::f64::consts::TAU;

    #[test]
    fn perturbed_elements_return_to_their_order() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for order in 1..=LONGEST {
            let turn = plane_rotation(4, 0, 2, TAU / order as f64);
            let frame = random_rotation(4, &mut rng);
            let exact = &frame * turn * frame.transpose();
            let near = &exact + DMatrix::from_fn(4, 4, |_, _| 0.004 * normal(&mut rng));
            let found = finite_order(&near).unwrap();
            assert_eq!(found.order, order);
            assert!((found.matrix - exact).norm() < 0.05, "{order}");
        }
    }

    #[test]
    fn other_angles_are_not_rounded() {
        assert_eq!(finite_order(&plane_rotation(2, 0, 1, 1.0 / 3.0)), None);
        assert_eq!(finite_order(&DMatrix::from_element(1, 1, 1.3)), None);
        assert_eq!(finite_order(&DMatrix::from_element(1, 1, f64::NAN)), None);
    }
}
