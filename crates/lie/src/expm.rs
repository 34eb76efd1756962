//! The matrix exponential.

use nalgebra::DMatrix;

/// Terms of the Taylor series: at 1-norm ½ the remainder 0.5¹⁵/15! is below the rounding error.
const DEGREE: usize = 14;

/// exp(A) of a square matrix, to about machine precision times ‖A‖.
///
/// Taylor series (Horner) after scaling to 1-norm ≤ ½, then squaring (Moler & Van Loan 2003, method 3). A matrix with
/// NaN or infinite entries gives NaN.
pub fn expm(a: &DMatrix<f64>) -> DMatrix<f64> {
    let n = a.nrows();
    let norm = one_norm(a);
    if !norm.is_finite() {
        return DMatrix::from_element(n, n, f64::NAN);
    }
    let squarings = if norm > 0.5 { (norm / 0.5).log2().ceil() as i32 } else { 0 };
    let scaled = a * 0.5_f64.powi(squarings);
    // Two matrices that change places: this is called for every row of every batch.
    let mut sum = DMatrix::<f64>::identity(n, n);
    let mut next = sum.clone();
    for term in (1..=DEGREE).rev() {
        next.fill_with_identity();
        next.gemm(1.0 / term as f64, &scaled, &sum, 1.0);
        std::mem::swap(&mut sum, &mut next);
    }
    for _ in 0..squarings {
        next.gemm(1.0, &sum, &sum, 0.0);
        std::mem::swap(&mut sum, &mut next);
    }
    sum
}

/// The 1-norm: the largest sum of absolute values in a column; NaN if an entry is NaN.
fn one_norm(a: &DMatrix<f64>) -> f64 {
    a.column_iter()
        .map(|c| c.iter().map(|v| v.abs()).sum::<f64>())
        .fold(0.0, |best: f64, v| if v.is_nan() || best.is_nan() { f64::NAN } else { best.max(v) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: &DMatrix<f64>, b: &DMatrix<f64>, tolerance: f64) -> bool {
        (a - b).amax() <= tolerance
    }

    #[test]
    fn agrees_with_rotation_boost_and_shear() {
        for t in [0.0_f64, 1e-3, 0.7, -3.0, 20.0] {
            let rotation = expm(&(dmatrix![0.0, -1.0; 1.0, 0.0] * t));
            let (s, c) = t.sin_cos();
            assert!(close(&rotation, &dmatrix![c, -s; s, c], 1e-13 * (1.0 + t.abs())));
            let boost = expm(&(dmatrix![0.0, 1.0; 1.0, 0.0] * t));
            let exact = dmatrix![t.cosh(), t.sinh(); t.sinh(), t.cosh()];
            assert!(close(&boost, &exact, 1e-13 * t.cosh() * (1.0 + t.abs())));
            let shear = expm(&(dmatrix![0.0, 1.0; 0.0, 0.0] * t));
            assert!(close(&shear, &dmatrix![1.0, t; 0.0, 1.0], 1e-15));
        }
    }

    #[test]
    fn refuses_nothing_and_hides_nothing() {
        assert!(expm(&dmatrix![f64::NAN, 0.0; 0.0, 0.0])[(0, 0)].is_nan());
        assert!(expm(&dmatrix![f64::INFINITY, 0.0; 0.0, 0.0])[(1, 1)].is_nan());
        assert_eq!(expm(&DMatrix::zeros(0, 0)).len(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
        #[test]
        fn the_negative_gives_the_inverse(values in prop::collection::vec(-1.0_f64..1.0, 16), scale in 0.0_f64..2.0) {
            let a = DMatrix::from_vec(4, 4, values) * scale;
            let product = expm(&a) * expm(&(-&a));
            let size = expm(&a).norm() * expm(&(-&a)).norm();
            prop_assert!(close(&product, &DMatrix::identity(4, 4), 1e-13 * size));
            let determinant = expm(&a).determinant();
            prop_assert!((determinant - a.trace().exp()).abs() <= 1e-12 * size);
        }
    }
}
