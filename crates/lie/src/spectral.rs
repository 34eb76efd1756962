//! Eigenvalues, and invariant subspaces without eigenvectors: functions of a matrix stay well conditioned where
//! eigenvalues repeat, which is the usual case for symmetries that act block by block.

use nalgebra::{Complex, DMatrix};

const ITERATIONS: usize = 100;

/// The eigenvalues of a square matrix, in no particular order; `None` if it is not finite.
///
/// The QR algorithm on the Hessenberg form in complex arithmetic, with Wilkinson shifts (Golub & Van Loan, §7.5).
/// Subdiagonal entries below the rounding error of the whole matrix are dropped, so that it also ends on multiples of
/// the identity with a little noise, where a stricter test never does.
pub fn eigenvalues(a: &DMatrix<f64>) -> Option<Vec<Complex<f64>>> {
    let n = a.nrows();
    let norm = a.norm();
    if !norm.is_finite() {
        return None;
    }
    if n < 2 || norm == 0.0 {
        return Some(a.diagonal().iter().map(|&v| Complex::new(v, 0.0)).collect());
    }
    let mut h = (a / norm).hessenberg().unpack_h().map(|v| Complex::new(v, 0.0));
    let (mut end, mut steps) = (n - 1, 0);
    while end > 0 {
        let small = |i: &usize| h[(*i, i - 1)].norm() <= f64::EPSILON;
        let start = (1..=end).rev().find(small).unwrap_or(0);
        if start == end {
            (end, steps) = (end - 1, 0);
            continue;
        }
        steps += 1;
        if steps > 40 * n {
            return None;
        }
        let shift = if steps % 10 == 0 { h[(end, end)] + h[(end, end - 1)].norm() } else { wilkinson(&h, end) };
        qr_step(&mut h, start, end, shift);
    }
    Some(h.diagonal().iter().map(|z| z * norm).collect())
}

/// The eigenvalue of the last 2×2 block that is nearer to its last entry.
fn wilkinson(h: &DMatrix<Complex<f64>>, end: usize) -> Complex<f64> {
    let (a, d) = (h[(end - 1, end - 1)], h[(end, end)]);
    let half = (a - d) * 0.5;
    let root = (half * half + h[(end - 1, end)] * h[(end, end - 1)]).sqrt();
    let middle = (a + d) * 0.5;
    let (plus, minus) = (middle + root, middle - root);
    if (plus - d).norm() < (minus - d).norm() { plus } else { minus }
}

/// One step H − σ = QR, H ← RQ + σ on the rows and columns from `start` to `end`, by plane rotations.
fn qr_step(h: &mut DMatrix<Complex<f64>>, start: usize, end: usize, shift: Complex<f64>) {
    (start..=end).for_each(|i| h[(i, i)] -= shift);
    let mut turns = Vec::with_capacity(end - start);
    for i in start..end {
        let (x, y) = (h[(i, i)], h[(i + 1, i)]);
        let length = x.norm().hypot(y.norm());
        let (c, s) =
            if length > 0.0 { (x / length, y / length) } else { (Complex::new(1.0, 0.0), Complex::new(0.0, 0.0)) };
        for j in i..=end {
            let (u, v) = (h[(i, j)], h[(i + 1, j)]);
            h[(i, j)] = c.conj() * u + s.conj() * v;
            h[(i + 1, j)] = c * v - s * u;
        }
        turns.push((c, s));
    }
    for (i, (c, s)) in (start..end).zip(turns) {
        for j in start..=(i + 1) {
            let (u, v) = (h[(j, i)], h[(j, i + 1)]);
            h[(j, i)] = u * c + v * s;
            h[(j, i + 1)] = v * c.conj() - u * s.conj();
        }
    }
    (start..=end).for_each(|i| h[(i, i)] += shift);
}

/// The matrix sign function: +1 on the invariant subspace of eigenvalues with Re λ > 0, −1 on that with Re λ < 0.
///
/// Newton's iteration with determinantal scaling (Higham, Functions of Matrices, §5.5); `None` if an eigenvalue lies
/// on the imaginary axis.
pub fn sign(a: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    newton(a, 1.0)
}

/// The complex structure M = A (−A²)^(−½): M² = −1, with the invariant subspaces of A; `None` if A has a real
/// eigenvalue.
///
/// Newton's iteration for the sign of iA, in real arithmetic.
pub fn complex_structure(a: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    newton(a, -1.0)
}

/// X ← ½ (μX ± (μX)⁻¹) with μ = |det X|^(−1/n).
fn newton(a: &DMatrix<f64>, direction: f64) -> Option<DMatrix<f64>> {
    let n = a.nrows();
    let mut x = a.clone();
    for _ in 0..ITERATIONS {
        let determinant = x.determinant().abs();
        if n == 0 {
            return Some(x);
        }
        if !determinant.is_normal() {
            return None;
        }
        let scale = determinant.powf(-1.0 / n as f64);
        let inverse = x.clone().try_inverse()? * (direction / scale);
        let next = (&x * scale + inverse) * 0.5;
        let change = (&next - &x).norm();
        x = next;
        if !x.iter().all(|v| v.is_finite()) {
            return None;
        }
        // Convergence is quadratic: the step after a small one is at the rounding error.
        if change <= 1e-9 * x.norm() {
            let inverse = x.clone().try_inverse()? * direction;
            return Some((x + inverse) * 0.5);
        }
    }
    None
}

/// The projector onto the invariant subspace of the eigenvalues with Re λ > `cut`, along that of the others.
pub fn projector_above(a: &DMatrix<f64>, cut: f64) -> Option<DMatrix<f64>> {
    let identity = DMatrix::identity(a.nrows(), a.nrows());
    Some((sign(&(a - &identity * cut))? + identity) * 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn eigenvalues_of_hard_matrices() {
        let permutation = dmatrix![0.0, 0.0, 0.0, 1.0; 1.0, 0.0, 0.0, 0.0; 0.0, 1.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0];
        let values = eigenvalues(&permutation).unwrap();
        assert!(values.iter().all(|z| (z.norm() - 1.0).abs() < 1e-10));
        assert!(values.iter().map(|z| z.re).sum::<f64>().abs() < 1e-10);
        assert_eq!(values.iter().filter(|z| z.im > 0.5).count(), 1);
        let mut blocks = DMatrix::zeros(8, 8);
        (0..4).for_each(|b| blocks.view_mut((2 * b, 2 * b), (2, 2)).copy_from(&dmatrix![0.0, -1.0; 1.0, 0.0]));
        let values = eigenvalues(&blocks).unwrap();
        assert!(values.iter().all(|z| z.re.abs() < 1e-10 && (z.im.abs() - 1.0).abs() < 1e-10));
        assert!(eigenvalues(&DMatrix::zeros(3, 3)).unwrap().iter().all(|z| z.norm() == 0.0));
        assert!(eigenvalues(&dmatrix![f64::NAN]).is_none());
        assert_eq!(eigenvalues(&dmatrix![2.5]).unwrap()[0].re, 2.5);
    }

    #[test]
    fn eigenvalues_of_random_and_of_nearly_scalar_matrices() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for n in 1..10 {
            for noise in [0.0, 1e-17, 1e-16, 1e-15, 1e-12, 1e-6, 1.0] {
                let a = DMatrix::identity(n, n) * -0.7 + DMatrix::from_fn(n, n, |_, _| noise * normal(&mut rng));
                let values = eigenvalues(&a).unwrap();
                let sums = |p: i32| values.iter().map(|z| z.powi(p)).sum::<Complex<f64>>();
                let size = a.norm();
                assert!((sums(1) - a.trace()).norm() < 1e-12 * size, "{n} {noise}");
                assert!((sums(2) - (&a * &a).trace()).norm() < 1e-11 * size * size, "{n} {noise}");
                assert!((sums(3) - (&a * &a * &a).trace()).norm() < 1e-10 * size.powi(3), "{n} {noise}");
            }
        }
    }

    #[test]
    fn sign_and_complex_structure() {
        let a = dmatrix![2.0, 5.0; 0.0, -3.0];
        let s = sign(&a).unwrap();
        assert!((&s * &s - DMatrix::identity(2, 2)).amax() < 1e-13 && (&s * &a - &a * &s).amax() < 1e-12);
        assert!((projector_above(&a, 0.0).unwrap().trace() - 1.0).abs() < 1e-13);
        let l = dmatrix![0.1, -2.0; 3.0, -0.1];
        let m = complex_structure(&l).unwrap();
        assert!((&m * &m + DMatrix::identity(2, 2)).amax() < 1e-13 && (&m * &l - &l * &m).amax() < 1e-12);
        assert!(sign(&dmatrix![0.0, -1.0; 1.0, 0.0]).is_none());
        assert!(complex_structure(&dmatrix![1.0, 0.0; 0.0, 2.0]).is_none());
    }
}
