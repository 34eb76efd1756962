//! Singular values by one-sided Jacobi rotations: slow for large matrices, but robust, deterministic, and accurate for
//! the small singular values that null spaces and principal angles are read from (Demmel & Veselić 1992).

use nalgebra::DMatrix;

const SWEEPS: usize = 60;

/// A = U diag(σ) Vᵀ for an m×n matrix.
#[derive(Debug, Clone)]
pub struct Svd {
    /// m×n; columns of zero singular values are zero.
    pub u: DMatrix<f64>,
    /// n values, descending.
    pub sigma: Vec<f64>,
    /// n×n, orthogonal: the last columns span the null space.
    pub v: DMatrix<f64>,
}

/// The singular value decomposition of a finite matrix.
pub fn svd(a: &DMatrix<f64>) -> Svd {
    let n = a.ncols();
    if a.nrows() > 2 * n && n > 0 {
        // A tall matrix is reduced first: the rotations then cost n³, not m n².
        let (q, r) = a.clone().qr().unpack();
        let inner = svd(&r);
        return Svd { u: q * inner.u, ..inner };
    }
    let (mut work, mut v) = (a.clone(), DMatrix::identity(n, n));
    let negligible = (f64::EPSILON * a.norm()).powi(2);
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for (p, q) in (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))) {
            rotated |= rotate(&mut work, &mut v, p, q, negligible);
        }
        if !rotated {
            break;
        }
    }
    sorted(work, v)
}

/// Makes the columns p and q orthogonal; whether they were not.
fn rotate(work: &mut DMatrix<f64>, v: &mut DMatrix<f64>, p: usize, q: usize, negligible: f64) -> bool {
    let (alpha, beta) = (work.column(p).norm_squared(), work.column(q).norm_squared());
    let gamma = work.column(p).dot(&work.column(q));
    if alpha.max(beta) <= negligible || gamma.abs() <= f64::EPSILON * (alpha * beta).sqrt() {
        return false;
    }
    let zeta = (beta - alpha) / (2.0 * gamma);
    let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
    let cos = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sin = cos * tangent;
    for matrix in [work, v] {
        for i in 0..matrix.nrows() {
            let (x, y) = (matrix[(i, p)], matrix[(i, q)]);
            matrix[(i, p)] = cos * x - sin * y;
            matrix[(i, q)] = sin * x + cos * y;
        }
    }
    true
}

fn sorted(work: DMatrix<f64>, v: DMatrix<f64>) -> Svd {
    let norms: Vec<f64> = work.column_iter().map(|c| c.norm()).collect();
    let mut order: Vec<usize> = (0..norms.len()).collect();
    order.sort_by(|&i, &j| norms[j].total_cmp(&norms[i]));
    let mut u = work.select_columns(&order);
    let sigma: Vec<f64> = order.iter().map(|&i| norms[i]).collect();
    for (mut column, &s) in u.column_iter_mut().zip(&sigma) {
        column.unscale_mut(if s > 0.0 { s } else { 1.0 });
    }
    Svd { u, sigma, v: v.select_columns(&order) }
}

/// Orthonormal columns that span what the matrix sends to (nearly) zero: singular values at most `tolerance`.
pub fn null_space(a: &DMatrix<f64>, tolerance: f64) -> DMatrix<f64> {
    let parts = svd(a);
    let count = parts.sigma.iter().filter(|&&s| s <= tolerance).count();
    parts.v.columns(a.ncols() - count, count).into_owned()
}

/// The orthonormal directions of the `count` smallest singular values, smallest last.
pub fn smallest(a: &DMatrix<f64>, count: usize) -> DMatrix<f64> {
    let count = count.min(a.ncols());
    svd(a).v.columns(a.ncols() - count, count).into_owned()
}

/// Orthonormal columns that span the `count` largest directions of the matrix's range.
pub fn range(a: &DMatrix<f64>, count: usize) -> DMatrix<f64> {
    // The right singular vectors of Aᵀ are orthonormal even where singular values vanish.
    svd(&a.transpose()).v.columns(0, count.min(a.nrows())).into_owned()
}

/// Orthonormal columns orthogonal to these orthonormal columns.
pub fn complement(columns: &DMatrix<f64>) -> DMatrix<f64> {
    smallest(&columns.transpose(), columns.nrows().saturating_sub(columns.ncols()))
}

/// Orthonormal columns with the same span, as near to the given ones as possible (the polar factor).
pub fn nearest_orthonormal(a: &DMatrix<f64>) -> DMatrix<f64> {
    let parts = svd(a);
    parts.u * parts.v.transpose()
}

/// The least-squares solution x of A x = b, with singular values below `cutoff`·σ_max left out.
pub fn least_squares(a: &DMatrix<f64>, b: &DMatrix<f64>, cutoff: f64) -> DMatrix<f64> {
    let parts = svd(a);
    let floor = cutoff * parts.sigma.first().copied().unwrap_or(0.0);
    let mut coordinates = parts.u.transpose() * b;
    for (mut row, &s) in coordinates.row_iter_mut().zip(&parts.sigma) {
        row *= if s > floor { 1.0 / s } else { 0.0 };
    }
    parts.v * coordinates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn reconstructs_square_tall_wide_and_rank_deficient_matrices() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for (m, n, rank) in [(4, 4, 4), (30, 5, 5), (3, 6, 3), (6, 6, 2), (12, 4, 1), (3, 3, 0)] {
            let left = DMatrix::from_fn(m, rank, |_, _| normal(&mut rng));
            let a = left * DMatrix::from_fn(rank, n, |_, _| normal(&mut rng));
            let parts = svd(&a);
            let back = &parts.u * DMatrix::from_diagonal(&parts.sigma.clone().into()) * parts.v.transpose();
            assert!((back - &a).amax() < 1e-12 * (1.0 + a.norm()), "{m}x{n}");
            assert!((parts.v.transpose() * &parts.v - DMatrix::identity(n, n)).amax() < 1e-12);
            assert!(parts.sigma.windows(2).all(|w| w[0] >= w[1]));
            let null = null_space(&a, 1e-10);
            assert_eq!(null.ncols(), n - rank);
            assert!((&a * null).norm() < 1e-10);
            let span = range(&a, rank);
            assert!((&span * span.transpose() * &a - &a).amax() < 1e-11 * (1.0 + a.norm()));
            assert!((complement(&span).transpose() * &a).norm() < 1e-10);
        }
    }

    #[test]
    fn least_squares_solves_what_can_be_solved() {
        let a = dmatrix![2.0, 0.0, 0.0; 0.0, 4.0, 0.0; 0.0, 0.0, 0.0];
        let x = least_squares(&a, &dmatrix![2.0; 4.0; 5.0], 1e-9);
        assert!((x - dmatrix![1.0; 1.0; 0.0]).amax() < 1e-14);
    }
}
