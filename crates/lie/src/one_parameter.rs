//! One generator: is it, in some frame, a rotation, a boost, a dilation or a shear?

use nalgebra::DMatrix;

use super::algebra::{ExactAlgebra, Frame, NamedAlgebra, Part};
use super::circle::{Circle, snap_spectrum};
use super::spectral::{eigenvalues, projector_above};
use super::svd::{complement, range, svd};

/// max|Im λ| / max|Re λ| up to which a spectrum counts as real.
const REAL: f64 = 0.1;

/// The exact one-parameter algebras that the generator (side×side) may be a perturbation of. The caller keeps the
/// nearest.
pub(crate) fn candidates(l: &DMatrix<f64>) -> Vec<ExactAlgebra> {
    let side = l.nrows();
    let circle = snap_spectrum(l).and_then(rotation);
    let shears = (1..=side / 2).filter_map(|planes| shear(l, planes));
    circle.into_iter().chain(semisimple(l)).chain(shears).collect()
}

/// so(2) in the frame of the circle: as named where all frequencies are 1, with its weights otherwise.
fn rotation(circle: Circle) -> Option<ExactAlgebra> {
    let side = circle.generator.nrows();
    let part = if circle.weights.iter().all(|&n| n == 1) {
        let copies = (0..circle.weights.len()).map(|b| vec![2 * b, 2 * b + 1]).collect();
        Part::Orthogonal { p: 2, q: 0, copies }
    } else {
        Part::Circle(circle.standard())
    };
    exact("so(2)", side, part, circle.frame)
}

/// A real spectrum {λ, −λ, 0}: boosts where both signs are equally frequent, a dilation where only one occurs.
fn semisimple(l: &DMatrix<f64>) -> Option<ExactAlgebra> {
    let side = l.nrows();
    let values = eigenvalues(l)?;
    let largest = values.iter().map(|z| z.re.abs()).fold(0.0, f64::max);
    if largest <= 1e-12 * l.norm() || values.iter().any(|z| z.im.abs() > REAL * largest) {
        return None;
    }
    let outer: Vec<f64> = values.iter().map(|z| z.re.abs()).filter(|&v| v > largest / 2.0).collect();
    let a = l * (outer.len() as f64 / outer.iter().sum::<f64>());
    let count = |sign: f64| values.iter().filter(|z| sign * z.re > largest / 2.0).count();
    let (plus, minus) = (count(1.0), count(-1.0));
    let (up, down) = (projector_above(&a, 0.5)?, projector_above(&-&a, 0.5)?);
    let still = DMatrix::identity(side, side) - &up - &down;
    let (up, down, still) = (range(&up, plus), range(&down, minus), range(&still, side - plus - minus));
    if plus == minus {
        let half = 0.5_f64.sqrt();
        let planes = (0..plus).flat_map(|i| {
            let (u, d) = (up.column(i), down.column(i));
            [(u + d) * half, (u - d) * half]
        });
        let columns: Vec<_> = planes.chain(still.column_iter().map(|c| c.into_owned())).collect();
        let copies = (0..plus).map(|b| vec![2 * b, 2 * b + 1]).collect();
        return exact("so(1,1)", side, Part::Orthogonal { p: 1, q: 1, copies }, DMatrix::from_columns(&columns));
    }
    let moving = if plus > 0 && minus == 0 {
        up
    } else if plus == 0 {
        down
    } else {
        return None;
    };
    let mut dilation = DMatrix::zeros(side, side);
    dilation.view_mut((0, 0), (moving.ncols(), moving.ncols())).fill_with_identity();
    exact("scale", side, Part::Flow(vec![dilation]), beside(&moving, &still))
}

/// L² = 0 with rank `planes`: L = Σ σ_i u_i v_iᵀ with every v_i orthogonal to every u_j.
fn shear(l: &DMatrix<f64>, planes: usize) -> Option<ExactAlgebra> {
    let side = l.nrows();
    let parts = svd(l);
    let images = parts.u.columns(0, planes).into_owned();
    let rows = parts.v.columns(0, planes).into_owned();
    let rows = &rows - &images * (images.transpose() * &rows);
    let gram = (rows.transpose() * &rows).try_inverse()?;
    // x_i with v_jᵀ x_i = δ_ij / σ_i, so that L x_i = u_i.
    let sigma = DMatrix::from_fn(planes, planes, |i, j| if i == j { parts.sigma[i].recip() } else { 0.0 });
    let sources = &rows * gram * sigma;
    let rest = complement(&beside(&images, &range(&sources, planes)));
    let pairs = (0..planes).flat_map(|i| [images.column(i).into_owned(), sources.column(i).into_owned()]);
    let columns: Vec<_> = pairs.chain(rest.column_iter().map(|c| c.into_owned())).collect();
    let mut generator = DMatrix::zeros(side, side);
    (0..planes).for_each(|i| generator[(2 * i, 2 * i + 1)] = 1.0);
    exact("shear", side, Part::Translations(vec![generator]), DMatrix::from_columns(&columns))
}

fn exact(name: &str, side: usize, part: Part, frame: DMatrix<f64>) -> Option<ExactAlgebra> {
    if frame.shape() != (side, side) {
        return None;
    }
    Some(ExactAlgebra { algebra: NamedAlgebra::new(name, side, vec![part]), frame: Some(Frame::new(frame)?) })
}

/// [A, B].
pub(crate) fn beside(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    let mut joined = DMatrix::zeros(a.nrows(), a.ncols() + b.ncols());
    joined.columns_mut(0, a.ncols()).copy_from(a);
    joined.columns_mut(a.ncols(), b.ncols()).copy_from(b);
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subspace::{largest_angle, orthonormalise};

    fn nearest(l: &DMatrix<f64>) -> Option<(String, f64)> {
        let span = orthonormalise(std::slice::from_ref(l));
        let rate = |e: ExactAlgebra| (e.algebra.name.clone(), largest_angle(&span, &orthonormalise(&e.basis())));
        candidates(l).into_iter().map(rate).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    #[test]
    fn every_kind_is_found_in_a_skewed_frame() {
        let frame =
            Frame::new(dmatrix![1.0, 0.3, 0.0, 0.1; -0.2, 1.1, 0.2, 0.0; 0.0, 0.4, 0.9, 0.0; 0.2, 0.0, 0.1, 1.3])
                .unwrap();
        for (name, full) in [
            ("so(2)", "so(2)"),
            ("so(2)", "so(2)[1,2]"),
            ("so(1,1)", "so(1,1)"),
            ("so(1,1)", "so(1,1)[0,3]"),
            ("scale", "scale[0,2]"),
            ("shear", "shear"),
            ("shear", "shear[2,0]"),
        ] {
            let standard = crate::named::named(full, 4, false).unwrap();
            let (found, angle) = nearest(&(frame.conjugate(&standard.basis[0]) * -0.7)).unwrap();
            assert_eq!(found, name, "{full}");
            assert!(angle < 1e-7, "{full}: {angle}");
        }
    }

    #[test]
    fn a_spiral_is_near_nothing() {
        for l in [dmatrix![0.6, -1.0; 1.0, 0.6], dmatrix![0.6, -1.0, 0.0; 1.0, 0.6, 0.0; 0.0, 0.0, -2.0]] {
            assert!(nearest(&l).is_none_or(|(_, angle)| angle > 0.3), "{:?}", nearest(&l));
        }
    }
}
