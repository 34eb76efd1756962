//! From a trained span to the exact algebra it approximates.

use nalgebra::DMatrix;

use super::affine;
use super::algebra::{ExactAlgebra, NamedAlgebra};
use super::bracket::closure_residual;
use super::hidden;
use super::linear;
use super::subspace::{largest_angle, orthonormalise};
use super::svd::svd;

/// What a frame of condition number c costs in the choice between two exact algebras, per unit of c, in radians.
///
/// A shear is the limit of rotations and boosts in ever more skewed frames, so some of these always fit it better. At
/// this price the shear wins where they would need a condition number above about 10.
const SKEW: f64 = 1e-3;
/// Angle (radians) from which a proposal is no perturbation of the span, closure residual up to which the span may be one of an algebra, and
/// coordinates up to which all algebras of the catalogue are fitted to it.
const FITS: f64 = 0.2;
const CLOSED: f64 = 0.15;
const LONGEST: usize = 5;

/// An exactly closed algebra and how far the span had to move.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapped {
    /// The exact algebra.
    pub exact: ExactAlgebra,
    /// The largest principal angle between the span and the exact algebra, in radians.
    pub angle: f64,
}

/// The exact standard algebra in place of the span; π/2 where the dimensions differ.
pub fn snap_canonical(span: &[DMatrix<f64>], named: &NamedAlgebra) -> Snapped {
    let found = orthonormalise(span);
    rated(&found, named.clone().into())
}

/// The nearest algebra that is exactly a named one in some frame, in linear (side k) or homogeneous coordinates (side
/// k + 1, `affine`); `None` if no family has this dimension.
///
/// The frame comes from what the span preserves: the complex structure of a rotation, the form of so(p,q) and sp(2n),
/// the commutant of repeated blocks, the fixed point of an affine algebra. Check the angle before trusting the result.
pub fn snap_in_frame(span: &[DMatrix<f64>], k: usize, affine: bool) -> Option<Snapped> {
    let span = orthonormalise(span);
    if span.is_empty() {
        return None;
    }
    let proposals = if affine { affine::candidates(&span, k) } else { linear::candidates(&span, k) };
    let best = cheapest(&span, None, proposals);
    let fits = best.as_ref().is_some_and(|(_, snapped)| snapped.angle < FITS);
    if fits || span.len() < 2 || k > LONGEST || closure_residual(&span) > CLOSED {
        return best.map(|(_, snapped)| snapped);
    }
    cheapest(&span, best, hidden::near(&span, k, affine)).map(|(_, snapped)| snapped)
}

/// The proposal of the lowest cost, with that.
fn cheapest(
    span: &[DMatrix<f64>],
    mut best: Option<(f64, Snapped)>,
    proposals: Vec<ExactAlgebra>,
) -> Option<(f64, Snapped)> {
    for snapped in proposals.into_iter().map(|exact| rated(span, exact)) {
        let cost = snapped.angle + SKEW * skew(&snapped.exact);
        // Equally good proposals: the first, so that rounding does not choose the name.
        if best.as_ref().is_none_or(|(lowest, _)| cost < lowest - 1e-9) {
            best = Some((cost, snapped));
        }
    }
    best
}

/// The condition number of the frame.
fn skew(exact: &ExactAlgebra) -> f64 {
    let sigma = exact.frame.as_ref().map(|f| svd(&f.matrix).sigma).unwrap_or_default();
    let ends = sigma.first().zip(sigma.last());
    ends.map_or(1.0, |(largest, least)| largest / least.max(f64::MIN_POSITIVE))
}

fn rated(span: &[DMatrix<f64>], exact: ExactAlgebra) -> Snapped {
    let basis = orthonormalise(&exact.basis());
    let angle = if basis.len() == span.len() { largest_angle(span, &basis) } else { std::f64::consts::FRAC_PI_2 };
    Snapped { exact, angle: if angle.is_nan() { std::f64::consts::FRAC_PI_2 } else { angle } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Frame;
    use crate::bracket::closure_residual;
    use crate::expm::expm;
    use crate::named::named;
    use crate::random::normal;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn a_perturbed_lorentz_algebra_closes_again() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let skew = DMatrix::identity(4, 4) + DMatrix::from_fn(4, 4, |_, _| 0.2 * normal(&mut rng));
        let frame = Frame::new(skew).unwrap();
        let noise = |rng: &mut ChaCha8Rng| DMatrix::from_fn(4, 4, |_, _| 1e-3 * normal(rng));
        let basis = named("so(1,3)", 4, false).unwrap().basis;
        let span: Vec<_> = basis.iter().map(|l| frame.conjugate(l) + noise(&mut rng)).collect();
        assert!(closure_residual(&orthonormalise(&span)) > 1e-4);
        let snapped = snap_in_frame(&span, 4, false).unwrap();
        assert_eq!(snapped.exact.algebra.name, "so(1,3)");
        assert!(snapped.angle < 5e-3, "{}", snapped.angle);
        assert!(closure_residual(&orthonormalise(&snapped.exact.basis())) < 1e-12);
    }

    #[test]
    fn a_perturbed_rotation_of_blocks_gets_its_period_back() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let so2 = named("so(2)", 8, false).unwrap();
        let noisy = &so2.basis[0] + DMatrix::from_fn(8, 8, |_, _| 1e-3 * normal(&mut rng));
        let snapped = snap_in_frame(std::slice::from_ref(&noisy), 8, false).unwrap();
        let turn = expm(&(&snapped.exact.basis()[0] * std::f64::consts::TAU));
        assert!((turn - DMatrix::identity(8, 8)).amax() < 1e-9);
        let canonical = snap_canonical(&[noisy], &so2);
        assert!(canonical.angle < 5e-3 && canonical.exact.basis() == so2.basis);
        assert!(snap_in_frame(&[], 8, false).is_none());
    }
}
