//! Compact one-parameter groups: the exact circle nearest to a generator, with period 2π.

use nalgebra::DMatrix;

use super::spectral::{complex_structure, eigenvalues, projector_above};
use super::subspace::{largest_angle, orthonormalise};
use super::svd::range;

/// max|Re λ| / max|Im λ| up to which a generator counts as compact.
const COMPACT: f64 = 0.05;
/// How far frequencies may be from integer multiples of the smallest, in its units.
const COMMENSURATE: f64 = 0.05;
/// The largest integer multiple: beyond it, a ratio within the tolerance means nothing.
const MAX_MULTIPLE: usize = 8;

/// A generator with exp(2πL) = 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Circle {
    /// The generator, with eigenvalues ±i n_j and 0.
    pub generator: DMatrix<f64>,
    /// The frequencies n_j of the planes, ascending.
    pub weights: Vec<usize>,
    /// Columns: two axes for every plane, in the order of `weights`, then the kernel. In this frame the generator is
    /// blockdiag(n_1 J, n_2 J, …, 0) with J = [[0, −1], [1, 0]].
    pub frame: DMatrix<f64>,
    /// Angle in radians between the given generator and the exact one.
    pub angle: f64,
}

impl Circle {
    /// The generator in its own frame, blockdiag(n_1 J, …, 0).
    pub fn standard(&self) -> DMatrix<f64> {
        let side = self.generator.nrows();
        let mut standard = DMatrix::zeros(side, side);
        for (plane, &n) in self.weights.iter().enumerate() {
            standard[(2 * plane + 1, 2 * plane)] = n as f64;
            standard[(2 * plane, 2 * plane + 1)] = -(n as f64);
        }
        standard
    }
}

/// The exact circle nearest to the generator, or `None` if max|Re λ| > 0.05 max|Im λ| or the frequencies are not
/// integer multiples of the smallest one (within 5 %).
///
/// The invariant planes are kept and only the spectrum is moved; nothing depends on single eigenvectors, so repeated
/// frequencies (the same rotation in several planes) do no harm. Affine generators (last row zero) keep that row, and
/// their fixed point.
pub fn snap_spectrum(l: &DMatrix<f64>) -> Option<Circle> {
    let (unit, counts) = frequencies(l)?;
    let a = l / unit;
    let side = l.nrows();
    let moving: usize = counts.iter().map(|(_, planes)| 2 * planes).sum();
    let mut above = projectors(&a, &counts, side > moving)?;
    let mut generator = DMatrix::zeros(side, side);
    let (mut axes, mut weights) = (Vec::new(), Vec::new());
    for (&(n, planes), projector) in counts.iter().zip(above.drain(..)) {
        let v = range(&projector, 2 * planes);
        let dual = v.transpose() * &projector;
        let m = complex_structure(&(&dual * &a * &v))?;
        generator += &v * &m * &dual * n as f64;
        axes.push(&v * planes_of(&m, &dual));
        weights.extend(std::iter::repeat_n(n, planes));
    }
    if l.row(side - 1).amax() == 0.0 {
        generator.row_mut(side - 1).fill(0.0);
    }
    // −L² has eigenvalues n² ≥ 1 on the planes, and 0.
    let kernel = DMatrix::identity(side, side) - projector_above(&-(&generator * &generator), 0.5)?;
    axes.push(range(&kernel, side - moving));
    let columns: Vec<_> = axes.iter().flat_map(|m| m.column_iter().map(|c| c.into_owned())).collect();
    let angle =
        largest_angle(&orthonormalise(std::slice::from_ref(l)), &orthonormalise(std::slice::from_ref(&generator)));
    Some(Circle { generator, weights, frame: DMatrix::from_columns(&columns), angle })
}

/// The smallest frequency and, ascending, the integer multiples of it with the number of planes of each.
fn frequencies(l: &DMatrix<f64>) -> Option<(f64, Vec<(usize, usize)>)> {
    let values = eigenvalues(l)?;
    let largest = values.iter().map(|z| z.im).fold(0.0, f64::max);
    if largest <= 1e-12 * l.norm() || values.iter().any(|z| z.re.abs() > COMPACT * largest) {
        return None;
    }
    let mut turning: Vec<f64> = values.iter().map(|z| z.im).filter(|&w| w > COMPACT * largest).collect();
    turning.sort_by(f64::total_cmp);
    let smallest = *turning.first()?;
    let multiples: Vec<usize> = turning.iter().map(|w| (w / smallest).round() as usize).collect();
    let fits = |(w, &n): (&f64, &usize)| (w / smallest - n as f64).abs() <= COMMENSURATE && n <= MAX_MULTIPLE;
    if !turning.iter().zip(&multiples).all(fits) {
        return None;
    }
    let unit = turning.iter().zip(&multiples).map(|(w, &n)| w / n as f64).sum::<f64>() / turning.len() as f64;
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for n in multiples {
        match counts.last_mut() {
            Some((last, planes)) if *last == n => *planes += 1,
            _ => counts.push((n, 1)),
        }
    }
    Some((unit, counts))
}

/// For each multiple n, the projector onto its planes: differences of the projectors onto −A² above a cut.
fn projectors(a: &DMatrix<f64>, counts: &[(usize, usize)], kernel: bool) -> Option<Vec<DMatrix<f64>>> {
    let square = -(a * a);
    let mut below = if kernel { Some(0) } else { None };
    let mut above = Vec::with_capacity(counts.len());
    for &(n, _) in counts {
        above.push(match below {
            None => DMatrix::identity(a.nrows(), a.nrows()),
            Some(b) => projector_above(&square, ((b + n) as f64 / 2.0).powi(2))?,
        });
        below = Some(n);
    }
    let next = |i: usize| above.get(i + 1).cloned().unwrap_or_else(|| DMatrix::zeros(a.nrows(), a.nrows()));
    Some((0..above.len()).map(|i| &above[i] - next(i)).collect())
}

/// Columns (v, Mv) for a complex structure M, orthonormal in the form 1 + MᵀM, chosen along the data's own axes: column
/// i of `dual` is the i-th axis in the coordinates of M.
fn planes_of(m: &DMatrix<f64>, dual: &DMatrix<f64>) -> DMatrix<f64> {
    let n = m.nrows();
    let form = (DMatrix::identity(n, n) + m.transpose() * m) * 0.5;
    let mut candidates = dual.clone();
    let mut chosen: Vec<nalgebra::DVector<f64>> = Vec::with_capacity(n);
    while chosen.len() < n {
        let norms: Vec<f64> = candidates.column_iter().map(|c| c.dot(&(&form * c)).max(0.0).sqrt()).collect();
        let best = norms.iter().copied().fold(0.0, f64::max);
        // The first axis that is nearly the longest: ties do not depend on rounding.
        let Some(first) = norms.iter().position(|&v| v > 0.0 && v >= 0.999 * best) else {
            break;
        };
        let v = candidates.column(first) / norms[first];
        for axis in [v.clone(), m * v] {
            let weights = (&form * &axis).transpose() * &candidates;
            candidates -= &axis * weights;
            chosen.push(axis);
        }
    }
    DMatrix::from_columns(&chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expm::expm;
    use crate::random::normal;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use std::f64::consts::TAU;

    fn weighted(weights: &[usize], side: usize) -> DMatrix<f64> {
        let mut l = DMatrix::zeros(side, side);
        for (b, &n) in weights.iter().enumerate() {
            l[(2 * b + 1, 2 * b)] = n as f64;
            l[(2 * b, 2 * b + 1)] = -(n as f64);
        }
        l
    }

    #[test]
    fn a_perturbed_rotation_gets_an_exact_period() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let cases: [(&[usize], usize); 6] =
            [(&[1], 2), (&[1], 3), (&[1, 1, 1, 1], 8), (&[1, 2], 4), (&[1, 1, 3], 7), (&[1, 1], 5)];
        for (weights, side) in cases {
            let frame = DMatrix::identity(side, side) + DMatrix::from_fn(side, side, |_, _| 0.15 * normal(&mut rng));
            let exact = &frame * weighted(weights, side) * frame.clone().try_inverse().unwrap();
            let noisy = &exact * 0.37 + DMatrix::from_fn(side, side, |_, _| 1e-3 * normal(&mut rng));
            let circle = snap_spectrum(&noisy).unwrap();
            assert_eq!(circle.weights, weights);
            let identity = DMatrix::<f64>::identity(side, side);
            assert!((expm(&(&circle.generator * TAU)) - &identity).amax() < 1e-9, "{weights:?}");
            assert!((expm(&(&circle.generator * (TAU / 2.0))) - &identity).amax() > 0.1);
            assert!((&circle.generator - &exact).amax() < 0.1 && circle.angle < 0.03, "{weights:?} {}", circle.angle);
            let inverse = circle.frame.clone().try_inverse().unwrap();
            let rebuilt = &circle.frame * circle.standard() * inverse;
            assert!((rebuilt - &circle.generator).amax() < 1e-10, "{weights:?}");
        }
    }

    #[test]
    fn an_affine_rotation_keeps_its_fixed_point() {
        // Rotation about (2, −1), with a little noise in the first two rows.
        let l = dmatrix![0.001, -1.0, -1.0; 1.0, 0.0005, -2.0; 0.0, 0.0, 0.0];
        let circle = snap_spectrum(&l).unwrap();
        assert_eq!(circle.generator.row(2).amax(), 0.0);
        let fixed = &circle.generator * dmatrix![2.0; -1.0; 1.0];
        assert!(fixed.amax() < 5e-3);
        assert!((expm(&(&circle.generator * TAU)) - DMatrix::identity(3, 3)).amax() < 1e-9);
    }

    #[test]
    fn what_is_not_a_circle_is_not_made_one() {
        assert!(snap_spectrum(&dmatrix![0.0, 1.0; 1.0, 0.0]).is_none());
        assert!(snap_spectrum(&dmatrix![0.1, -1.0; 1.0, 0.1]).is_none());
        assert!(snap_spectrum(&DMatrix::zeros(3, 3)).is_none());
        assert!(snap_spectrum(&dmatrix![f64::NAN, -1.0; 1.0, 0.0]).is_none());
        let incommensurate = weighted(&[1, 0], 4) + weighted(&[0, 1], 4) * 2.0_f64.sqrt();
        assert!(snap_spectrum(&incommensurate).is_none());
    }
}
