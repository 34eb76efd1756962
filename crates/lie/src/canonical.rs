//! A readable basis of a span: orthonormal, sparse, and the same every time.

use nalgebra::DMatrix;

use super::subspace::{columns, orthonormalise};

const SWEEPS: usize = 100;

/// A Frobenius-orthonormal basis of the span, turned so that each matrix has few large entries (varimax, started from a
/// row-reduced basis), ordered by the place of its first largest entry, which is positive.
pub fn canonical_basis(span: &[DMatrix<f64>]) -> Vec<DMatrix<f64>> {
    let basis = orthonormalise(span);
    let Some(shape) = basis.first().map(|m| m.shape()) else {
        return basis;
    };
    // Columns list the entries row by row, so that "first" means first in reading order.
    let rows: Vec<DMatrix<f64>> = basis.iter().map(|m| m.transpose()).collect();
    let mut loadings = reduced(columns(&rows));
    varimax(&mut loadings);
    let mut found: Vec<(usize, DMatrix<f64>)> = loadings
        .column_iter()
        .map(|c| {
            let at = first_largest(c.as_slice());
            let sign = if c[at] < 0.0 { -1.0 } else { 1.0 };
            (at, DMatrix::from_row_slice(shape.0, shape.1, c.as_slice()) * sign)
        })
        .collect();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, matrix)| matrix).collect()
}

/// The first of the entries whose absolute value is largest, up to rounding.
fn first_largest(values: &[f64]) -> usize {
    let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    values.iter().position(|v| v.abs() >= largest * (1.0 - 1e-6)).unwrap_or(0)
}

/// Orthonormal columns with the same span, each from a column reduced at the largest entry left (full pivoting): a
/// start that does not depend on the basis it came from.
fn reduced(mut a: DMatrix<f64>) -> DMatrix<f64> {
    let n = a.ncols();
    for c in 0..n {
        // The row where the projector of what is left is largest does not depend on the basis.
        let strength = |i: usize| (c..n).map(|j| a[(i, j)].powi(2)).sum::<f64>();
        let strengths: Vec<f64> = (0..a.nrows()).map(strength).collect();
        let at = first_largest(&strengths);
        // Turn the remaining columns so that only column c has an entry in the pivot's row.
        for j in c + 1..n {
            let (x, y) = (a[(at, c)], a[(at, j)]);
            let norm = x.hypot(y);
            if norm > 0.0 {
                turn(&mut a, c, j, x / norm, y / norm);
            }
        }
    }
    a
}

/// (column i, column j) ← (c·i + s·j, c·j − s·i).
fn turn(a: &mut DMatrix<f64>, i: usize, j: usize, c: f64, s: f64) {
    for row in 0..a.nrows() {
        let (x, y) = (a[(row, i)], a[(row, j)]);
        a[(row, i)] = c * x + s * y;
        a[(row, j)] = c * y - s * x;
    }
}

/// Raw varimax (Kaiser 1958): turns pairs of columns to the largest sum of fourth powers of the entries.
fn varimax(a: &mut DMatrix<f64>) {
    let n = a.ncols();
    for _ in 0..SWEEPS {
        let mut largest = 0.0_f64;
        for (i, j) in (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))) {
            let angle = best_angle(a, i, j);
            if angle.abs() > 1e-12 {
                turn(a, i, j, angle.cos(), angle.sin());
                largest = largest.max(angle.abs());
            }
        }
        if largest < 1e-10 {
            break;
        }
    }
}

/// The angle that maximises Σ (c x + s y)⁴ + (c y − s x)⁴: with u = x² − y² and v = 2xy it is
/// ¼ atan2(Σ 2uv, Σ u² − v²).
fn best_angle(a: &DMatrix<f64>, i: usize, j: usize) -> f64 {
    let (mut sine, mut cosine) = (0.0, 0.0);
    for row in 0..a.nrows() {
        let (x, y) = (a[(row, i)], a[(row, j)]);
        let (u, v) = (x * x - y * y, 2.0 * x * y);
        sine += 2.0 * u * v;
        cosine += u * u - v * v;
    }
    // A flat criterion has no best angle: stay.
    if sine.hypot(cosine) < 1e-12 { 0.0 } else { sine.atan2(cosine) / 4.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::named;
    use crate::random::normal;
    use crate::rotation::random_rotation;
    use crate::subspace::{combinations, largest_angle};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn a_mixed_basis_becomes_the_readable_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (name, k, affine) in [("so(3)", 3, false), ("so(1,3)", 4, false), ("gl(2)", 2, false), ("se(2)", 2, true)] {
            let span = orthonormalise(&named(name, k, affine).unwrap().basis);
            let mix = random_rotation(span.len(), &mut rng);
            let [a, b] = [canonical_basis(&span), canonical_basis(&combinations(&span, &mix))];
            assert!(largest_angle(&a, &span) < 1e-9, "{name}");
            for (x, y) in a.iter().zip(&b) {
                assert!((x - y).amax() < 1e-6, "{name}: {x} {y}");
            }
            let entries = a.iter().flat_map(|m| m.iter()).filter(|v| v.abs() > 1e-6).count();
            assert!(entries <= 2 * span.len(), "{name} has {entries} entries");
        }
    }

    #[test]
    fn the_sign_is_fixed() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let l = DMatrix::from_fn(3, 3, |_, _| normal(&mut rng));
        assert_eq!(canonical_basis(std::slice::from_ref(&l)), canonical_basis(&[-l]));
        assert!(canonical_basis(&[]).is_empty());
    }
}
