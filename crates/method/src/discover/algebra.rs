//! From a span of matrices to an exact, named algebra, if that fits the data as well.

use nalgebra::DMatrix;

use super::Discovery;
use super::findings::Findings;
use super::gram::Residuals;
use super::span::orthonormal;
use crate::fit::TrainError;
use crate::fit::groups::GroupError;
use crate::fit::problem::shuffle;
use semola_lie::identify::{Identification, identify};
use semola_lie::space::SearchSpace;

/// Largest principal angle (radians) at which a named algebra is considered as a replacement of the found span.
pub const NEAR: f64 = 0.2;
/// An exact algebra hurts if its equivariance residual exceeds the found span's by this factor. The claim is tested afterwards.
const HURTS: f64 = 2.0;
/// After a rejection, only algebras within this share of its angle are considered.
const NEARER: f64 = 0.9;
/// Rows on which an exact algebra is compared with the found span.
const ROWS: usize = 1000;

/// Names a span.
///
/// # Errors
/// If the generators are not finite.
pub fn name(span: &[DMatrix<f64>], space: &SearchSpace, tolerance: f64) -> Result<Identification, TrainError> {
    identify(span, space, tolerance).map_err(|e| GroupError::from(e).into())
}

/// The exact algebra if there is one, otherwise the found span in canonical form.
pub fn exact_basis(id: &Identification) -> Vec<DMatrix<f64>> {
    id.snapped.as_ref().map_or_else(|| id.canonical_basis.clone(), |s| s.exact.basis())
}

/// Names a span and makes it exact, if requested, unless the exact algebra hurts: then the next nearer one is tried, or
/// none. A note says so.
pub(super) fn name_span(
    span: &[DMatrix<f64>],
    discovery: &Discovery<'_>,
    findings: &Findings,
) -> Result<(Identification, Option<String>), TrainError> {
    let mut id = name(span, discovery.space, NEAR)?;
    if !discovery.settings.snap {
        id.snapped = None;
    }
    if !id.is_named() {
        return Ok((id, None));
    }
    let compared = ResidualEnergy::new(discovery, findings);
    if !compared.hurts(&exact_basis(&id), span) {
        return Ok((id, None));
    }
    let note = format!("the standard {} fits worse than what was found", id.name);
    let mut id = name(span, discovery.space, NEARER * id.angle.min(NEAR))?;
    if id.is_named() && compared.hurts(&exact_basis(&id), span) {
        id.snapped = None;
    }
    Ok((id, Some(note)))
}

/// Compares algebras by their equivariance residuals on rows of the second half.
struct ResidualEnergy<'a> {
    findings: &'a Findings,
    gram: &'a DMatrix<f64>,
}

impl<'a> ResidualEnergy<'a> {
    /// The Gram matrix is computed once for all comparisons.
    fn new(discovery: &Discovery<'_>, findings: &'a Findings) -> Self {
        let gram = findings.compared.get_or_init(|| {
            let second_half = |i: &usize| findings.folds.half(*i) == 1;
            let mut rows: Vec<usize> = discovery.rows.iter().copied().filter(second_half).collect();
            shuffle(&mut rows, &mut discovery.streams.get("snap", 0));
            rows.truncate(ROWS);
            let directions = &findings.support.directions;
            Residuals::of(&findings.plain, &findings.folds, discovery.problem, &rows, directions).gram(|_| true)
        });
        Self { findings, gram }
    }

    /// Mean squared residual along the directions of an algebra.
    fn of(&self, algebra: &[DMatrix<f64>]) -> f64 {
        let units: Vec<_> = algebra.iter().map(|l| self.findings.unit(l)).collect();
        let basis = orthonormal(&units);
        basis.iter().map(|u| (u.transpose() * self.gram * u)[0]).sum::<f64>() / basis.len().max(1) as f64
    }

    fn hurts(&self, exact: &[DMatrix<f64>], found: &[DMatrix<f64>]) -> bool {
        self.of(exact) > HURTS * self.of(found)
    }
}
