//! Algebras that act alike on several subspaces: splitting R^d into copies that were mixed by a change of basis.

use nalgebra::DMatrix;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::random::normal;
use super::spectral::{eigenvalues, projector_above};
use super::svd::{range, smallest};

/// How many elements of the commutant are tried; one with m real, well separated eigenvalues is needed. For m = 2 about
/// 70 % are, for m = 4 about 12 %.
const TRIALS: usize = 64;

/// R^d as m copies of R^n: a frame in which every matrix of the span is blockdiag(A, …, A), and the A's.
pub(crate) struct Copies {
    /// d×d.
    pub frame: DMatrix<f64>,
    /// One n×n matrix for each of the span.
    pub blocks: Vec<DMatrix<f64>>,
}

/// Splits the span (orthonormal, d×d) into m = d/n copies by its commutant, which is gl(m) for copies of an algebra
/// without commutant of its own. The caller checks how well the result fits.
pub(crate) fn split(span: &[DMatrix<f64>], d: usize, n: usize) -> Option<Copies> {
    let m = d / n;
    let commutant = commutant(span, d, m * m);
    // Any fixed stream will do: it only has to be generic.
    let mut rng = ChaCha8Rng::seed_from_u64(0x5eed);
    let mut generic = || commutant.iter().fold(DMatrix::zeros(d, d), |sum, c| sum + c * normal(&mut rng));
    let trials: Vec<(DMatrix<f64>, Vec<f64>, f64)> = (0..TRIALS)
        .filter_map(|_| {
            let x = generic();
            let (cuts, quality) = separation(&x, n)?;
            Some((x, cuts, quality))
        })
        .collect();
    let (x, cuts, _) = trials.into_iter().max_by(|a, b| a.2.total_cmp(&b.2))?;
    let spaces = invariant_spaces(&x, &cuts, n)?;
    let mixing = generic();
    let (first, _) = spaces.first()?;
    let mut frame = DMatrix::zeros(d, d);
    for (j, (v, dual)) in spaces.iter().enumerate() {
        let turn = if j == 0 { DMatrix::identity(n, n) } else { dual * &mixing * first };
        let scale = (n as f64).sqrt() / turn.norm();
        frame.columns_mut(j * n, n).copy_from(&(v * turn * scale));
    }
    let inverse = frame.clone().try_inverse()?;
    let block = |l: &DMatrix<f64>| {
        let turned = &inverse * l * &frame;
        (0..m).fold(DMatrix::zeros(n, n), |sum, b| sum + turned.view((b * n, b * n), (n, n))) / m as f64
    };
    Some(Copies { blocks: span.iter().map(block).collect(), frame })
}

/// An orthonormal basis of the `dim` matrices that commute best with the span.
fn commutant(span: &[DMatrix<f64>], d: usize, dim: usize) -> Vec<DMatrix<f64>> {
    let identity = DMatrix::<f64>::identity(d, d);
    let mut equations = DMatrix::zeros(span.len() * d * d, d * d);
    for (i, l) in span.iter().enumerate() {
        // vec(LX − XL) = (1 ⊗ L − Lᵀ ⊗ 1) vec(X), columns stacked.
        let block = identity.kronecker(l) - l.transpose().kronecker(&identity);
        equations.view_mut((i * d * d, 0), (d * d, d * d)).copy_from(&block);
    }
    let null = smallest(&equations, dim);
    null.column_iter().map(|c| DMatrix::from_iterator(d, d, c.iter().copied())).collect()
}

/// Cuts between the groups of n eigenvalues, and how wide the narrowest gap is against the spread within the groups.
fn separation(x: &DMatrix<f64>, n: usize) -> Option<(Vec<f64>, f64)> {
    let mut values = eigenvalues(x)?;
    values.sort_by(|a, b| a.re.total_cmp(&b.re));
    let groups: Vec<_> = values.chunks(n).collect();
    let ends: Vec<(f64, f64)> = groups.iter().filter_map(|g| Some((g.first()?.re, g.last()?.re))).collect();
    let gap = ends.windows(2).map(|w| w[1].0 - w[0].1).fold(f64::INFINITY, f64::min);
    let spread = ends.iter().map(|(a, b)| b - a).fold(0.0, f64::max);
    let imaginary = values.iter().map(|z| z.im.abs()).fold(0.0, f64::max);
    let quality = gap / (spread + imaginary + 0.05 * x.norm());
    let cuts = ends.windows(2).map(|w| (w[0].1 + w[1].0) / 2.0).collect();
    (gap > 0.0 && gap > spread + imaginary).then_some((cuts, quality))
}

/// For each group of eigenvalues, orthonormal columns V and the dual rows W with W V = 1 and W V' = 0.
fn invariant_spaces(x: &DMatrix<f64>, cuts: &[f64], n: usize) -> Option<Vec<(DMatrix<f64>, DMatrix<f64>)>> {
    let d = x.nrows();
    let mut above = vec![DMatrix::identity(d, d)];
    for &cut in cuts {
        above.push(projector_above(x, cut)?);
    }
    above.push(DMatrix::zeros(d, d));
    let space = |pair: &[DMatrix<f64>]| {
        let projector = &pair[0] - &pair[1];
        let v = range(&projector, n);
        let dual = v.transpose() * projector;
        (v, dual)
    };
    Some(above.windows(2).map(space).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Frame;
    use crate::named::named;
    use crate::subspace::orthonormalise;

    #[test]
    fn mixed_copies_are_separated() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for (name, n, d) in [("so(3)", 3, 6), ("so(3)", 3, 9), ("sl(2)", 2, 8), ("so(1,3)", 4, 8)] {
            let skew = DMatrix::identity(d, d) + DMatrix::from_fn(d, d, |_, _| 0.2 * normal(&mut rng));
            let frame = Frame::new(skew).unwrap();
            let span: Vec<_> = named(name, d, false).unwrap().basis.iter().map(|l| frame.conjugate(l)).collect();
            let span = orthonormalise(&span);
            let found = split(&span, d, n).unwrap();
            let inverse = found.frame.clone().try_inverse().unwrap();
            for (l, block) in span.iter().zip(&found.blocks) {
                let tiled = DMatrix::<f64>::identity(d / n, d / n).kronecker(block);
                assert!((&inverse * l * &found.frame - tiled).amax() < 1e-8, "{name} in {d}");
            }
        }
    }
}
