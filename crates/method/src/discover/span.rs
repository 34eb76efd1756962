//! Spans of directions, as coefficients in whitened directions.

use nalgebra::DVector;

/// Remainders shorter than this share of a vector are rounding errors.
const DEPENDENT: f64 = 1e-9;

/// Gram–Schmidt; dependent vectors are left out.
pub fn orthonormal(span: &[DVector<f64>]) -> Vec<DVector<f64>> {
    let mut out: Vec<DVector<f64>> = Vec::new();
    for v in span {
        let r = outside(v, &out);
        if r.norm() > DEPENDENT * v.norm().max(1e-300) {
            out.push(r.normalize());
        }
    }
    out
}

/// The part of a vector outside a span.
pub fn remainder(v: &DVector<f64>, span: &[DVector<f64>]) -> DVector<f64> {
    outside(v, &orthonormal(span))
}

fn outside(v: &DVector<f64>, orthonormal: &[DVector<f64>]) -> DVector<f64> {
    orthonormal.iter().fold(v.clone(), |r, s| &r - s * s.dot(&r))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remainder_is_orthogonal_to_the_span() {
        let v = |values: [f64; 3]| DVector::from_row_slice(&values);
        let span = [v([1.0, 0.0, 0.0]), v([1.0, 1.0, 0.0]), v([2.0, 1.0, 0.0])];
        assert_eq!(orthonormal(&span).len(), 2);
        assert_eq!(remainder(&v([3.0, -2.0, 5.0]), &span), v([0.0, 0.0, 5.0]));
    }
}
