//! Naming a discovered algebra.

use nalgebra::DMatrix;
use thiserror::Error;

use super::algebra::{ExactAlgebra, NamedAlgebra};
use super::bracket::{Signature, closure_residual};
use super::canonical::canonical_basis;
use super::catalogue::catalogue;
use super::form::nondegenerate_form;
use super::random::normal;
use super::sample::GroupSampler;
use super::snap::{Snapped, snap_in_frame};
use super::space::SearchSpace;
use super::subspace::{Overlap, aligned, inside, largest_angle, orthonormalise, overlap};

/// Angle within which an algebra is itself.
const EXACT: f64 = 1e-6;
/// The name of an unnamed algebra.
pub const UNNAMED: &str = "unnamed";

/// Whether an algebra is the standard one of its name.
#[derive(Debug, Clone, PartialEq)]
pub enum Conjugacy {
    /// The matrices of [`super::named::named`], for the name in [`Identification::nearest`].
    Standard,
    /// P A P⁻¹ for the standard algebra A and this P (side×side).
    Conjugated { change_of_basis: DMatrix<f64> },
}

/// The identification of a span of generators.
#[derive(Debug, Clone, PartialEq)]
pub struct Identification {
    /// `so(2)`, `so(1,3)`, `se(3)`, …; `none` for an empty span; `unnamed` where no named algebra is near enough.
    pub name: String,
    /// Dimension of the span.
    pub rank: usize,
    /// Standard, or in a hidden frame. `Standard` also for `none` and `unnamed`, where it says nothing.
    pub conjugacy: Conjugacy,
    /// Relative norm of brackets outside the span.
    pub closure_residual: f64,
    /// A nondegenerate symmetric form G with LᵀG + GL = 0 on the linear parts (k×k, |det G| = 1), and its signature
    /// (plus, minus, 0).
    pub invariant_form: Option<(DMatrix<f64>, Signature)>,
    /// The standard named algebra that overlaps most, with its coordinates (`so(2)[0,2]`); `none` for an empty span.
    pub nearest: String,
    /// Largest principal angle to the nearest standard algebra, in radians. Where the dimensions differ it compares
    /// only as many directions as the smaller one has; leakage and coverage tell the rest.
    pub angle: f64,
    /// Share of the span's energy outside the nearest standard algebra.
    pub leakage: f64,
    /// Share of the nearest standard algebra's energy inside the span.
    pub coverage: f64,
    /// A readable orthonormal basis of the span itself: near the standard generators where these are near, else sparse.
    pub canonical_basis: Vec<DMatrix<f64>>,
    /// The exact algebra that the name stands for, and how far the span is from it; `None` for `none` and `unnamed`.
    pub snapped: Option<Snapped>,
    /// The nearest exact algebra within the tolerance when the frame is free. Where `snapped` is a standard algebra,
    /// this one fits the span more closely (a slightly elliptical rotation, say): choose between them on validation
    /// data.
    pub free_frame: Option<Snapped>,
    side: usize,
}

impl Identification {
    /// A sampler of the group: of the exact algebra where it has a name, else of exponentials of the span.
    pub fn sampler(&self, extent: f64) -> GroupSampler {
        match &self.snapped {
            Some(snapped) => GroupSampler::new(&snapped.exact, extent),
            None => GroupSampler::free(&self.canonical_basis, self.side, extent),
        }
    }

    /// Whether the algebra has a name (`none` counts as no name).
    pub fn is_named(&self) -> bool {
        self.snapped.is_some()
    }
}

/// Why a span cannot be identified.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentifyError {
    #[error("generator {index} holds NaN or infinite values; the training diverged, lower its learning rates")]
    NotFinite { index: usize },
    #[error("generator {index} is {rows}×{columns}, but the search space has matrices of side {side}")]
    Shape { index: usize, rows: usize, columns: usize, side: usize },
}

/// Names the span of these generators (need not be orthonormal; dependent ones are dropped).
///
/// First the standard algebras of the catalogue, then every named algebra in a hidden frame; a name is given where the
/// exact algebra has the span's dimension and lies within `tolerance` (largest principal angle, radians).
///
/// # Errors
/// A generator is not finite or has another size than the space's matrices.
pub fn identify(span: &[DMatrix<f64>], space: &SearchSpace, tolerance: f64) -> Result<Identification, IdentifyError> {
    check(span, space)?;
    let basis = orthonormalise(span);
    Ok(if basis.is_empty() { none(space.side) } else { name(basis, space, tolerance) })
}

fn check(span: &[DMatrix<f64>], space: &SearchSpace) -> Result<(), IdentifyError> {
    for (index, l) in span.iter().enumerate() {
        let (rows, columns) = l.shape();
        if (rows, columns) != (space.side, space.side) {
            return Err(IdentifyError::Shape { index, rows, columns, side: space.side });
        }
        if l.iter().any(|v| !v.is_finite()) {
            return Err(IdentifyError::NotFinite { index });
        }
    }
    Ok(())
}

/// Every standard algebra of the span's dimension within `tolerance` (largest principal angle, radians), the nearest first,
/// each identified as itself; angle, leakage and coverage are the span's.
///
/// # Errors
/// As [`identify`].
pub fn standard_near(
    span: &[DMatrix<f64>],
    space: &SearchSpace,
    tolerance: f64,
) -> Result<Vec<Identification>, IdentifyError> {
    check(span, space)?;
    let basis = orthonormalise(span);
    let mut found = Vec::new();
    for named in standard_of(basis.len(), space) {
        let angle = largest_angle(&basis, &named);
        if angle <= tolerance {
            let shared = overlap(&basis, &named);
            let (leakage, coverage) = (shared.leakage, shared.coverage);
            found.push(Identification { angle, leakage, coverage, ..identify(&named, space, EXACT)? });
        }
    }
    found.sort_by(|a, b| a.angle.total_cmp(&b.angle));
    Ok(found)
}

/// The share of random spans of this dimension that lie within this angle (radians) of some standard algebra of the space, from
/// `draws` of them: (1 + those) / (1 + all). Their coefficients in `directions` are normal and independent.
pub fn chance_near(
    rank: usize,
    angle: f64,
    (space, directions): (&SearchSpace, &[DMatrix<f64>]),
    draws: usize,
    rng: &mut (impl rand::Rng + ?Sized),
) -> f64 {
    let standard = standard_of(rank, space);
    let mut near = 0;
    for _ in 0..draws {
        let zero = || DMatrix::zeros(space.side, space.side);
        let mut direction = || directions.iter().fold(zero(), |sum, e| sum + e * normal(rng));
        let span: Vec<DMatrix<f64>> = (0..rank).map(|_| direction()).collect();
        let span = orthonormalise(&span);
        near += usize::from(standard.iter().any(|named| largest_angle(&span, named) <= angle));
    }
    (1 + near) as f64 / (1 + draws) as f64
}

/// How many standard circles are in the space: compact one-parameter groups of the catalogue.
pub fn circles(space: &SearchSpace) -> usize {
    standard_inside(space).iter().filter(|a| a.rank() == 1 && a.is_compact()).count()
}

/// The algebras of the catalogue that lie in the space.
pub fn standard_inside(space: &SearchSpace) -> Vec<NamedAlgebra> {
    let basis = orthonormalise(&space.basis);
    let lies_inside = |a: &NamedAlgebra| a.basis.iter().all(|l| (l - inside(&basis, l)).norm() < EXACT * l.norm());
    catalogue(space.k, space.is_affine()).into_iter().filter(lies_inside).collect()
}

/// Orthonormal bases of all standard algebras of a dimension.
fn standard_of(rank: usize, space: &SearchSpace) -> Vec<Vec<DMatrix<f64>>> {
    let all = catalogue(space.k, space.is_affine()).into_iter().filter(|a| a.rank() == rank);
    all.map(|algebra| orthonormalise(&algebra.basis)).collect()
}

fn none(side: usize) -> Identification {
    Identification {
        name: "none".to_string(),
        rank: 0,
        conjugacy: Conjugacy::Standard,
        closure_residual: 0.0,
        invariant_form: None,
        nearest: "none".to_string(),
        angle: 0.0,
        leakage: 0.0,
        coverage: 1.0,
        canonical_basis: Vec::new(),
        snapped: None,
        free_frame: None,
        side,
    }
}

/// The nearest standard algebras of a span.
struct Neighbours {
    /// The one that overlaps most: name, orthonormal basis, overlap.
    nearest: (String, Vec<DMatrix<f64>>, Overlap),
    /// The one of equal dimension at the smallest angle.
    equal: Option<Snapped>,
}

fn neighbours(basis: &[DMatrix<f64>], space: &SearchSpace) -> Option<Neighbours> {
    let mut nearest: Option<(String, Vec<DMatrix<f64>>, Overlap)> = None;
    let mut equal: Option<Snapped> = None;
    for algebra in catalogue(space.k, space.is_affine()) {
        // Spans of very different dimensions cannot be similar: spare the work.
        let (few, many) = (basis.len().min(algebra.rank()), basis.len().max(algebra.rank()));
        if nearest.as_ref().is_some_and(|(_, _, o)| few as f64 / many as f64 <= o.similarity) && few != many {
            continue;
        }
        let named = orthonormalise(&algebra.basis);
        let shared = overlap(basis, &named);
        if named.len() == basis.len() {
            let angle = largest_angle(basis, &named);
            if equal.as_ref().is_none_or(|e| angle < e.angle - 1e-9) {
                equal = Some(Snapped { exact: ExactAlgebra::from(algebra.clone()), angle });
            }
        }
        if nearest.as_ref().is_none_or(|(_, _, o)| shared.similarity > o.similarity + 1e-9) {
            nearest = Some((algebra.name, named, shared));
        }
    }
    Some(Neighbours { nearest: nearest?, equal })
}

fn name(basis: Vec<DMatrix<f64>>, space: &SearchSpace, tolerance: f64) -> Identification {
    let rank = basis.len();
    let mut result = Identification { rank, closure_residual: closure_residual(&basis), ..none(space.side) };
    result.name = UNNAMED.to_string();
    result.free_frame = snap_in_frame(&basis, space.k, space.is_affine()).filter(|s| s.angle <= tolerance);
    let mut equal = None;
    if let Some(found) = neighbours(&basis, space) {
        let (nearest, named, shared) = found.nearest;
        (result.leakage, result.coverage) = (shared.leakage, shared.coverage);
        result.angle = largest_angle(&basis, &named);
        result.nearest = nearest;
        equal = found.equal;
    }
    if let Some(standard) = equal.filter(|s| s.angle <= tolerance) {
        let named = &standard.exact.algebra;
        let target = orthonormalise(&named.basis);
        let shared = overlap(&basis, &target);
        (result.leakage, result.coverage, result.angle) = (shared.leakage, shared.coverage, standard.angle);
        (result.name, result.nearest) = (named.short_name(), named.name.clone());
        result.canonical_basis = aligned(&basis, &target);
        result.snapped = Some(standard);
    } else {
        result.canonical_basis = canonical_basis(&basis);
        if let Some(snapped) = result.free_frame.clone() {
            result.name = snapped.exact.algebra.short_name();
            if let Some(frame) = &snapped.exact.frame {
                result.conjugacy = Conjugacy::Conjugated { change_of_basis: frame.matrix.clone() };
            }
            result.snapped = Some(snapped);
        }
    }
    result.invariant_form = form(&basis, result.snapped.as_ref(), space.k, tolerance);
    result
}

/// The form of the exact algebra if there is one, else of the span within the tolerance.
fn form(
    basis: &[DMatrix<f64>],
    snapped: Option<&Snapped>,
    k: usize,
    tolerance: f64,
) -> Option<(DMatrix<f64>, Signature)> {
    let linear = |span: &[DMatrix<f64>]| -> Vec<DMatrix<f64>> {
        orthonormalise(&span.iter().map(|l| l.view((0, 0), (k, k)).into_owned()).collect::<Vec<_>>())
    };
    match snapped {
        Some(snapped) => nondegenerate_form(&linear(&snapped.exact.basis()), k, 1e-7),
        None => nondegenerate_form(&linear(basis), k, tolerance),
    }
}

#[cfg(test)]
mod tests;
