//! The audit: plain networks find the directions along which they are equivariant on half of the groups, and test each
//! by errors at unseen rows of the other half.

pub mod bootstrap;
pub mod extent;
mod fixed_sequence;
pub mod judge;
pub mod neighbour_test;
mod random;
mod run;

use nalgebra::{DMatrix, DVector};

use self::extent::ExtentScan;
use self::neighbour_test::Measurement;
use super::breaking::Against;
use super::span::{orthonormal, remainder};
use super::verdict::Verdict;

pub use self::run::Auditor;

/// Below this share of explained variance (R²) nothing is claimed: a network that explains nothing is symmetric under
/// everything.
const SKILL: f64 = 0.3;
/// The span from all rows replaces the accepted one if it leaves less than this of each accepted direction outside.
const AGREES: f64 = 0.3;
/// A direction belongs to a span if less than this is left of it outside.
pub const OUTSIDE: f64 = 0.5;

/// The accepted ones of these directions.
fn accepted_units(directions: &[Direction]) -> Vec<DVector<f64>> {
    directions.iter().filter(|d| d.verdict == Verdict::Accepted).map(|d| d.u.clone()).collect()
}

/// The span of the accepted directions: the lowest eigenvectors from all rows, where those are near the accepted ones.
fn refined(directions: &[Direction], candidates: &[DVector<f64>]) -> Vec<DVector<f64>> {
    let accepted = accepted_units(directions);
    let sharp: Vec<DVector<f64>> = candidates.iter().take(accepted.len()).cloned().collect();
    let agrees = accepted.iter().all(|a| remainder(a, &sharp).norm() < AGREES);
    if agrees { sharp } else { orthonormal(&accepted) }
}

/// One candidate direction with all measurements.
#[derive(Debug, Clone, PartialEq)]
pub struct Direction {
    /// Unit coefficients in whitened directions.
    pub u: DVector<f64>,
    /// Where it comes from: the audit's own eigenvectors, or the trained basis.
    pub trained: bool,
    pub measured: Measurement,
    /// Share of random directions with no larger effect.
    pub p_value: f64,
    /// The same, adjusted for all directions that were tested (family-wise); 1 if it was not tested, being off the
    /// support.
    pub p_adjusted: f64,
    /// What the labels say against it, if it was asked.
    pub against: Option<Against>,
    /// The measurements along it at each size of the coefficient, if it may be accepted.
    pub extents: ExtentScan,
    pub verdict: Verdict,
}

impl Direction {
    /// Whether nothing speaks against it but that random directions do as well: where most of the search space is symmetric, they
    /// have to.
    pub fn is_plausible(&self) -> bool {
        self.verdict == Verdict::Accepted || self.verdict == Verdict::Undecided && self.measured.is_negligible()
    }
}

/// The audit's result.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    pub directions: Vec<Direction>,
    /// The accepted span, refined on all rows: orthonormal coefficients in whitened directions.
    pub span: Vec<DVector<f64>>,
    /// All directions from all rows, the best first: orthonormal coefficients in whitened directions.
    pub candidates: Vec<DVector<f64>>,
    /// The quadratic form whose eigenvectors they are, of mean 1: what equivariance residuals, and leaving the data, amount to.
    pub energy: DMatrix<f64>,
    /// Share of the target's variance that the networks explain on unseen rows (robust R²).
    pub skill: f64,
    /// Median excess error of random directions.
    pub random_excess: f64,
}

impl Audit {
    /// The directions that were accepted.
    pub fn accepted(&self) -> impl Iterator<Item = &Direction> {
        self.directions.iter().filter(|d| d.verdict == Verdict::Accepted)
    }

    /// Their unit coefficients in whitened directions.
    pub fn accepted_units(&self) -> Vec<DVector<f64>> {
        accepted_units(&self.directions)
    }

    /// The verdict on the model.
    pub fn verdict(&self) -> Verdict {
        let any = |v: Verdict| self.directions.iter().any(|d| d.verdict == v);
        if self.skill < SKILL {
            Verdict::NoSkill
        } else if any(Verdict::Accepted) || !self.span.is_empty() {
            Verdict::Accepted
        } else if any(Verdict::Undecided) {
            Verdict::Undecided
        } else if any(Verdict::NotIdentifiable) {
            // Not `none`: what leads off the data may be a symmetry.
            Verdict::NotIdentifiable
        } else {
            Verdict::None
        }
    }

    /// The accepted span, if the model is accepted.
    pub fn accepted_span(&self) -> &[DVector<f64>] {
        if self.verdict() == Verdict::Accepted { &self.span } else { &[] }
    }

    /// The same audit with this span accepted, with the directions inside it and no others.
    #[must_use]
    pub fn claiming(&self, span: &[DVector<f64>]) -> Self {
        let span = orthonormal(span);
        let judged = |d: &Direction| {
            let inside = remainder(&d.u, &span).norm() < OUTSIDE;
            let verdict = match d.verdict {
                _ if inside => Verdict::Accepted,
                Verdict::Accepted => Verdict::Undecided,
                other => other,
            };
            Direction { verdict, ..d.clone() }
        };
        Self { directions: self.directions.iter().map(judged).collect(), span, ..self.clone() }
    }

    /// The same audit with other judgements on its directions.
    #[must_use]
    pub fn with_directions(mut self, directions: Vec<Direction>) -> Self {
        let before = self.accepted().count();
        self.directions = directions;
        if self.accepted().count() == before { self } else { self.respanned() }
    }

    /// With the span of its accepted directions, refined on all rows.
    fn respanned(self) -> Self {
        Self { span: refined(&self.directions, &self.candidates), ..self }
    }

    /// The same audit with some directions refuted, by their places; the others of the accepted ones remain.
    #[must_use]
    pub fn without(self, refuted: &[usize]) -> Self {
        let judged = |(i, d): (usize, Direction)| Direction {
            verdict: if refuted.contains(&i) { Verdict::Refuted } else { d.verdict },
            ..d
        };
        let directions = self.directions.iter().cloned().enumerate().map(judged).collect();
        self.with_directions(directions)
    }

    /// The size of the coefficient up to which every accepted direction holds, as far as was looked; `None` if there is none.
    pub fn extent(&self) -> Option<f64> {
        let looked_at = self.accepted().filter(|d| !d.extents.0.is_empty());
        looked_at.map(|d| d.extents.extent()).reduce(f64::min)
    }

    /// The size of the coefficient beyond which an accepted direction fails, the smallest of all; `None` if none fails.
    pub fn limit(&self) -> Option<f64> {
        self.accepted().filter(|d| d.extents.ends()).map(|d| d.extents.extent()).reduce(f64::min)
    }

    /// The largest adjusted p-value of the accepted directions.
    pub fn p_value(&self) -> Option<f64> {
        self.accepted().map(|d| d.p_adjusted).reduce(f64::max)
    }
}
