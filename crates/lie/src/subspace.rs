//! Spans of matrices: orthonormal bases, principal angles, and how much of one span lies in another.

use nalgebra::DMatrix;

use super::svd::{nearest_orthonormal, svd};

/// A basis direction this much smaller than its original is taken as dependent on the ones before it.
const DEPENDENT: f64 = 1e-10;

/// A Frobenius-orthonormal basis of the span, in order (Gram–Schmidt); dependent and zero matrices are left out.
pub fn orthonormalise(span: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
    let mut basis: Vec<DMatrix<f64>> = Vec::with_capacity(span.len());
    for matrix in span {
        let mut rest = matrix.clone();
        // Twice is enough (Parlett): the second pass removes what rounding left.
        for _ in 0..2 {
            for e in &basis {
                let part = e.dot(&rest);
                rest -= e * part;
            }
        }
        let norm = rest.norm();
        if norm > DEPENDENT * matrix.norm() && norm > 0.0 {
            basis.push(rest / norm);
        }
    }
    basis
}

/// The part of a matrix in the span of a Frobenius-orthonormal basis.
pub fn inside(basis: &[DMatrix<f64>], matrix: &DMatrix<f64>) -> DMatrix<f64> {
    basis.iter().fold(DMatrix::zeros(matrix.nrows(), matrix.ncols()), |sum, e| sum + e * e.dot(matrix))
}

/// The matrices as columns of length side².
pub(crate) fn columns(span: &[DMatrix<f64>]) -> DMatrix<f64> {
    let rows = span.first().map_or(0, |m| m.len());
    DMatrix::from_iterator(rows, span.len(), span.iter().flat_map(|m| m.iter().copied()))
}

/// The matrices Σ_i c_ij A_i, one for every column j of the coefficients.
pub(crate) fn combinations(span: &[DMatrix<f64>], coefficients: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
    let (rows, cols) = span.first().map_or((0, 0), |m| m.shape());
    let mixed = |c: usize| {
        let terms = span.iter().enumerate().map(|(i, m)| m * coefficients[(i, c)]);
        terms.fold(DMatrix::zeros(rows, cols), |sum, m| sum + m)
    };
    (0..coefficients.ncols()).map(mixed).collect()
}

/// How two spans overlap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Share of the first span's energy outside the second, in [0, 1].
    pub leakage: f64,
    /// Share of the second span's energy inside the first, in [0, 1].
    pub coverage: f64,
    /// Jaccard-like similarity |A∩B| / |A∪B|, 1 exactly for equal spans.
    pub similarity: f64,
}

/// Leakage, coverage and similarity of two orthonormal bases.
pub fn overlap(found: &[DMatrix<f64>], named: &[DMatrix<f64>]) -> Overlap {
    let shared: f64 = found.iter().flat_map(|a| named.iter().map(|b| a.dot(b).powi(2))).sum();
    let (n, m) = (found.len() as f64, named.len() as f64);
    let share = |of: f64| if of > 0.0 { (shared / of).clamp(0.0, 1.0) } else { 1.0 };
    let similarity = if n + m > 0.0 { shared / (n + m - shared) } else { 1.0 };
    Overlap { leakage: 1.0 - share(n), coverage: share(m), similarity }
}

/// The principal angles between two orthonormal bases, ascending, in radians: as many as the smaller span has
/// dimensions.
///
/// Small angles come from sines, large ones from cosines (Björck & Golub 1973), so both are exact to machine precision.
pub fn principal_angles(a: &[DMatrix<f64>], b: &[DMatrix<f64>]) -> Vec<f64> {
    let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if small.is_empty() {
        return Vec::new();
    }
    let (small, large) = (columns(small), columns(large));
    let inner = large.transpose() * &small;
    let cosines = svd(&inner).sigma;
    let mut sines = svd(&(&small - &large * inner)).sigma;
    sines.reverse();
    let angle = |(c, s): (f64, f64)| if s * s < 0.5 { s.asin() } else { c.min(1.0).acos() };
    cosines.into_iter().zip(sines).map(angle).collect()
}

/// The largest principal angle in radians: 0 for equal spans, π/2 where one of two spans is empty.
pub fn largest_angle(a: &[DMatrix<f64>], b: &[DMatrix<f64>]) -> f64 {
    match principal_angles(a, b).last() {
        Some(angle) => *angle,
        None if a.len() == b.len() => 0.0,
        None => std::f64::consts::FRAC_PI_2,
    }
}

/// An orthonormal basis of the span `found`, turned so that it lies as near as possible to `target` (orthonormal, of
/// the same dimension): the orthogonal Procrustes problem.
pub fn aligned(found: &[DMatrix<f64>], target: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
    let inner = columns(found).transpose() * columns(target);
    combinations(found, &nearest_orthonormal(&inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(i: usize, j: usize) -> DMatrix<f64> {
        let mut m = DMatrix::zeros(2, 2);
        m[(i, j)] = 1.0;
        m
    }

    #[test]
    fn orthonormalises_and_drops_what_depends() {
        let basis = orthonormalise(&[e(0, 0) * 3.0, e(0, 0) + e(1, 1), e(0, 0) - e(1, 1), DMatrix::zeros(2, 2)]);
        assert_eq!(basis.len(), 2);
        assert!((&basis[1] - e(1, 1)).amax() < 1e-15);
    }

    #[test]
    fn angles_are_exact_at_both_ends() {
        for t in [1e-12_f64, 1e-6, 0.3, 1.2, 1.57] {
            let tilted = e(0, 1) * t.cos() + e(1, 0) * t.sin();
            let angles = principal_angles(&[e(0, 0), e(0, 1)], &[tilted, e(0, 0)]);
            assert!(angles[0].abs() < 1e-15 && (angles[1] - t).abs() < 1e-14 + 1e-12 * t, "{t} {angles:?}");
        }
        assert_eq!(largest_angle(&[], &[]), 0.0);
        assert!(largest_angle(&[e(0, 0)], &[]) > 1.5);
    }

    #[test]
    fn overlap_counts_energy() {
        let found = orthonormalise(&[e(0, 0) + e(0, 1)]);
        let o = overlap(&found, &[e(0, 0), e(1, 1)]);
        assert!((o.leakage - 0.5).abs() < 1e-12 && (o.coverage - 0.25).abs() < 1e-12);
        assert!((overlap(&found, &found).similarity - 1.0).abs() < 1e-12);
    }

    #[test]
    fn alignment_keeps_the_span() {
        let found = orthonormalise(&[dmatrix![1.0, 1.0; 0.0, 0.0], dmatrix![1.0, -1.0; 0.1, 0.0]]);
        let turned = aligned(&found, &[e(0, 0), e(0, 1)]);
        assert!(largest_angle(&found, &turned) < 1e-12);
        assert!(turned[0][(0, 0)] > 0.99 && turned[1][(0, 1)] > 0.99);
    }
}
