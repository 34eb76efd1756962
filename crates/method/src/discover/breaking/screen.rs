//! A first screen of directions by the plain networks alone: half the growth of their squared error when rows are moved.

use nalgebra::{DMatrix, DVector};
use semola_engine::Streams;

use super::law::Law;
use super::orthogonality::{First, Outputs, Tested, orthogonality};
use super::pairs::{Movement, Pairs};
use super::reference::reference;
use super::{Against, CONTRADICTED};
use crate::discover::audit::extent::natural_parameter;
use crate::discover::audit::{Audit, Direction, OUTSIDE};
use crate::discover::findings::Findings;
use crate::discover::span::remainder;
use crate::discover::{Discovery, Verdict};
use crate::fit::groups::{Orbit, Within};
use crate::fit::problem::shuffle;
use crate::fit::{Session, TrainError};

/// Rows of all tests; the first of them are screened on. How often each of these is moved.
const MOST_ROWS: usize = 16_000;
const ROWS: usize = 4000;
const DRAWS: usize = 2;
/// Largest coefficient, in units of the natural parameter.
pub(super) const REACH: f64 = 0.5;
/// Mean weight of the pairs below which moved rows leave the data's poses: there plain networks are worse along a true symmetry
/// too, as far as the fitted law does not know it.
pub(super) const FAMILIAR: f64 = 0.7;
/// Mean weight of pairs below which moves are made smaller, on so many rows, and how often.
const LEAST_ACCEPTED: f64 = 0.15;
const REACHED: usize = 1000;
const SHRINKINGS: u64 = 3;
/// Candidates that are looked at.
const CANDIDATES: usize = 16;

/// Elements along a direction, near the identity.
pub(super) fn along(l: &DMatrix<f64>) -> Within {
    Within { generators: vec![natural_parameter(l)], limit: REACH }
}

/// The test with the plain networks in both places.
pub struct Screen<'a> {
    pub(super) discovery: &'a Discovery<'a>,
    pub findings: &'a Findings,
    /// Of all tests of claims.
    pub(super) all: Pairs<'a>,
    pairs: Pairs<'a>,
    explained: f64,
    streams: Streams,
}

impl<'a> Screen<'a> {
    /// On rows of the discovery.
    pub fn new(discovery: &'a Discovery<'_>, findings: &'a Findings) -> Self {
        let streams = discovery.own_streams().scope("screen");
        let mut rows = discovery.rows.to_vec();
        shuffle(&mut rows, &mut streams.get("rows", 0));
        rows.truncate(MOST_ROWS);
        let law = Law::of(discovery.problem, &rows);
        let all = Pairs::new(discovery.problem, law, rows, &findings.folds, &mut streams.get("resample", 0));
        let pairs = all.first(ROWS);
        let (explained, _) = super::measure::explained(discovery, findings, &[&findings.plain], &pairs.rows);
        Self { discovery, findings, all, pairs, explained, streams }
    }

    /// The audit with what speaks against each direction; undecided ones that the plain networks' errors contradict are refuted.
    /// What the audit accepted is left to the test of the claim, whose networks are trained along it.
    ///
    /// # Errors
    /// If the run should stop.
    pub fn judged(&self, audit: Audit, session: &dyn Session) -> Result<Audit, TrainError> {
        let accepted = audit.accepted_units();
        let judged = |(i, d): (usize, Direction)| {
            if !matches!(d.verdict, Verdict::Accepted | Verdict::Undecided) {
                return Ok(d);
            }
            session.go_on()?;
            let is_accepted = remainder(&d.u, &accepted).norm() < OUTSIDE;
            let against = self.direction(&d.u, &format!("direction{i}"));
            let verdict = if !is_accepted && self.contradicts(against) { Verdict::Refuted } else { d.verdict };
            Ok(Direction { verdict, against: Some(against), ..d })
        };
        let all = audit.directions.iter().cloned().enumerate().map(judged).collect::<Result<_, TrainError>>()?;
        Ok(audit.with_directions(all))
    }

    /// The audit's candidates that nothing contradicts, the best first.
    ///
    /// # Errors
    /// If the run should stop.
    pub fn clear(&self, audit: &Audit, session: &dyn Session) -> Result<Vec<DVector<f64>>, TrainError> {
        let accepted = audit.accepted_units();
        let candidates = audit.candidates.iter().take(CANDIDATES).enumerate();
        let clear = |(i, u): (usize, &DVector<f64>)| {
            session.go_on()?;
            let (group, streams) = (self.along(u), self.streams.scope(&format!("candidate{i}")));
            let clear = remainder(u, &accepted).norm() < OUTSIDE || !self.refutes(&group, &streams);
            Ok(clear.then(|| u.clone()))
        };
        candidates.map(clear).filter_map(Result::transpose).collect()
    }

    /// Whether the errors contradict a whole group.
    pub fn contradicts_group(&self, group: &Orbit, name: &str) -> bool {
        self.refutes(group, &self.streams.scope(name))
    }

    fn refutes(&self, group: &Orbit, streams: &Streams) -> bool {
        let tested = self.tested(&group.root(), streams);
        // What else varies matters only where there is something to compare with it.
        tested.accepted > FAMILIAR
            && tested.mean.z() > CONTRADICTED
            && self.contradicts(self.against(group, tested, streams))
    }

    /// The elements of a claim by which rows are moved, smaller where most moved rows would leave the data: what is seen of a breaking
    /// grows with ā t², which is largest near ā = 1/e for densities that fall like Gaussians.
    pub fn within_reach(&self, group: Orbit, name: &str) -> Orbit {
        let Orbit::Within(mut within) = group else { return group };
        if self.all.law.has_images() {
            return Orbit::Within(within);
        }
        let few = self.all.first(REACHED);
        for round in 0..SHRINKINGS {
            let mut rng = self.streams.scope(name).get("reach", round);
            let moved = few.moved(&within.root(), &mut rng);
            let accepted = moved.weights.iter().sum::<f64>() / few.rows.len().max(1) as f64;
            if accepted >= LEAST_ACCEPTED {
                break;
            }
            within.limit *= (-1.0 / accepted.max(1e-9).ln()).sqrt();
        }
        Orbit::Within(within)
    }

    fn contradicts(&self, against: Against) -> bool {
        against.is_contradicted(self.discovery.settings.audit.tolerance)
    }

    fn direction(&self, u: &DVector<f64>, name: &str) -> Against {
        let (group, streams) = (self.along(u), self.streams.scope(name));
        self.against(&group, self.tested(&group.root(), &streams), &streams)
    }

    fn along(&self, u: &DVector<f64>) -> Orbit {
        Orbit::Within(along(&self.findings.support.combine(u)))
    }

    fn against(&self, group: &Orbit, tested: Tested, streams: &Streams) -> Against {
        Against::of(tested, CONTRADICTED, reference(&self.pairs, self.findings, group, self.explained, streams))
    }

    fn tested(&self, by: &dyn Movement, streams: &Streams) -> Tested {
        let (problem, plain) = (self.discovery.problem, &self.findings.plain);
        let outputs: &Outputs<'_> = &|x, folds| plain.unseen(problem, x, folds);
        orthogonality(&self.pairs, by, &First::Same, outputs, DRAWS, streams)
    }
}
