//! Rotations: uniform random ones, and by an angle in a plane.

use nalgebra::{Complex, DMatrix, DVector};
use rand::Rng;

use super::random::{normal, uniform};

/// A rotation of R^n drawn uniformly (Haar measure) from SO(n).
///
/// The Q of a Gaussian matrix with the signs of R's diagonal moved into Q is uniform on O(n) (Mezzadri 2007); where its
/// determinant is −1, flipping one column gives a uniform element of SO(n).
pub fn random_rotation<R: Rng + ?Sized>(n: usize, rng: &mut R) -> DMatrix<f64> {
    if n < 2 {
        return DMatrix::identity(n, n);
    }
    // Filled column by column, so that the stream does not depend on how matrices are built.
    let values: Vec<f64> = (0..n * n).map(|_| normal(rng)).collect();
    let (mut q, r) = DMatrix::from_vec(n, n, values).qr().unpack();
    for (mut column, diagonal) in q.column_iter_mut().zip(r.diagonal().iter()) {
        if *diagonal < 0.0 {
            column.neg_mut();
        }
    }
    if q.determinant() < 0.0 {
        q.column_mut(0).neg_mut();
    }
    q
}

/// A unitary matrix drawn uniformly (Haar measure) from U(n), or from SU(n) if `special`: the Q of a complex Gaussian matrix with the
/// phases of R's diagonal moved into Q (Mezzadri 2007). Turning one column by the phase of the determinant is equivariant under
/// SU(n), so what it gives is uniform.
pub fn random_unitary<R: Rng + ?Sized>(n: usize, special: bool, rng: &mut R) -> DMatrix<Complex<f64>> {
    let values: Vec<_> = (0..n * n).map(|_| Complex::new(normal(rng), normal(rng))).collect();
    let (mut q, r) = DMatrix::from_vec(n, n, values).qr().unpack();
    for (mut column, diagonal) in q.column_iter_mut().zip(r.diagonal().iter()) {
        column *= diagonal / diagonal.norm().max(f64::MIN_POSITIVE);
    }
    if special {
        let phase = q.determinant();
        q.column_mut(0).iter_mut().for_each(|v| *v *= phase.conj());
    }
    q
}

/// The rotation by an angle (radians) in the plane of the axes i and j, from i towards j; the identity where i = j or
/// an axis is not below `side`.
pub fn plane_rotation(side: usize, i: usize, j: usize, angle: f64) -> DMatrix<f64> {
    let mut g = DMatrix::identity(side, side);
    if i != j && i.max(j) < side {
        let (sin, cos) = angle.sin_cos();
        g[(i, i)] = cos;
        g[(j, j)] = cos;
        g[(j, i)] = sin;
        g[(i, j)] = -sin;
    }
    g
}

/// A rotation of R^n in a uniformly random plane (for n = 3: about a uniformly random axis), by an angle uniform between
/// ± `bound` (radians).
pub fn bounded_rotation<R: Rng + ?Sized>(n: usize, bound: f64, rng: &mut R) -> DMatrix<f64> {
    if n < 2 {
        return DMatrix::identity(n, n);
    }
    let angle = bound * (2.0 * uniform(rng) - 1.0);
    if n == 2 {
        return plane_rotation(2, 0, 1, angle);
    }
    let mut gaussian = || DVector::from_fn(n, |_, _| normal(rng));
    let u = gaussian();
    let u = &u / u.norm().max(f64::MIN_POSITIVE);
    let v = gaussian();
    let v = &v - &u * u.dot(&v);
    let v = &v / v.norm().max(f64::MIN_POSITIVE);
    let (sin, cos) = angle.sin_cos();
    DMatrix::identity(n, n)
        + (&u * u.transpose() + &v * v.transpose()) * (cos - 1.0)
        + (&v * u.transpose() - &u * v.transpose()) * sin
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expm::expm;
    use crate::named::named;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn random_unitary_matrices_are_uniform() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for (n, special) in [(1, false), (2, false), (2, true), (3, true)] {
            let (mut mean, mut square, draws) = (Complex::new(0.0, 0.0), 0.0, 4000);
            for _ in 0..draws {
                let g = random_unitary(n, special, &mut rng);
                assert!((g.adjoint() * &g - DMatrix::identity(n, n)).norm() < 1e-12);
                assert!(!special || (g.determinant() - Complex::new(1.0, 0.0)).norm() < 1e-12);
                mean += g.trace() / f64::from(draws);
                square += g.trace().norm_sqr() / f64::from(draws);
            }
            // The standard representation is irreducible and not trivial: E tr = 0, E |tr|² = 1.
            assert!(mean.norm() < 0.06 && (square - 1.0).abs() < 0.1, "{n} {special}: {mean} {square}");
        }
    }

    #[test]
    fn random_rotations_are_uniform_rotations() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for n in 1..6 {
            let (mut mean, mut square) = (0.0, 0.0);
            let draws = 2000;
            for _ in 0..draws {
                let g = random_rotation(n, &mut rng);
                assert!((g.transpose() * &g - DMatrix::identity(n, n)).amax() < 1e-12);
                assert!((g.determinant() - 1.0).abs() < 1e-12);
                mean += g.trace() / draws as f64;
                square += g.trace().powi(2) / draws as f64;
            }
            // The standard representation is irreducible and not trivial: E tr = 0; E tr² counts its invariants, 2 for
            // SO(2) and 1 above.
            let expected = [(1.0, 1.0), (0.0, 2.0), (0.0, 1.0), (0.0, 1.0), (0.0, 1.0)][n - 1];
            assert!((mean - expected.0).abs() < 0.1 && (square - expected.1).abs() < 0.15, "{n}: {mean} {square}");
        }
    }

    #[test]
    fn plane_rotations_are_exponentials_of_named_generators() {
        let l = &named("so(2)[0,2]", 3, false).unwrap().basis[0];
        assert!((plane_rotation(3, 0, 2, 0.7) - expm(&(l * 0.7))).amax() < 1e-14);
        assert_eq!(plane_rotation(2, 0, 5, 0.7), DMatrix::identity(2, 2));
    }

    #[test]
    fn bounded_rotations_turn_about_any_axis_by_uniform_angles() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for n in 2..6 {
            let (mut mean, mut largest, mut skew) = (0.0, 0.0_f64, DMatrix::zeros(n, n));
            let draws = 3000;
            for _ in 0..draws {
                let g = bounded_rotation(n, 0.5, &mut rng);
                assert!((g.transpose() * &g - DMatrix::identity(n, n)).amax() < 1e-12);
                // One plane turns: tr g = n − 2 + 2 cos θ.
                let angle = ((g.trace() - n as f64 + 2.0) / 2.0).clamp(-1.0, 1.0).acos();
                mean += angle / draws as f64;
                largest = largest.max(angle);
                skew += (&g - g.transpose()) / draws as f64;
            }
            assert!((mean - 0.25).abs() < 0.02 && (0.48..0.5 + 1e-9).contains(&largest), "{n}: {mean} {largest}");
            assert!(skew.amax() < 0.03, "{n}: no plane is preferred");
        }
    }
}
