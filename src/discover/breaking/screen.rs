//! A first screen of directions by the plain networks alone: half the growth of their squared error when rows are moved.

use semola_engine::Streams;

use super::orthogonality::{First, Outputs, orthogonality};
use super::pairs::Pairs;
use super::reference::along_random;
use super::{Against, law::Law};
use crate::discover::audit::Audit;
use crate::discover::audit::extent::natural_parameter;
use crate::discover::findings::Findings;
use crate::discover::{Discovery, Verdict};
use crate::fit::groups::Within;
use crate::fit::problem::shuffle;
use nalgebra::DMatrix;

/// Rows that are moved, and how often each.
const ROWS: usize = 4000;
const DRAWS: usize = 8;
/// Standard errors of T, for one of many directions.
const LEVEL: f64 = 3.0;
/// Largest coefficient, in units of the natural parameter.
pub(super) const REACH: f64 = 0.5;
/// Shares of the target's variation above which a direction is dropped, in units of the tolerance: less may come from its own
/// error.
const GROSS: f64 = 1.0;

/// Elements along a direction, near the identity.
pub(super) fn along(l: &DMatrix<f64>) -> Within {
    Within { generators: vec![natural_parameter(l)], limit: REACH }
}

/// The audit without the directions that the plain networks' errors contradict.
pub fn screened(discovery: &Discovery<'_>, findings: &Findings, audit: Audit) -> Audit {
    let screen = Screen::new(discovery, findings);
    let tolerance = discovery.settings.audit.tolerance;
    let refuted: Vec<usize> = audit
        .directions
        .iter()
        .enumerate()
        .filter(|(_, d)| matches!(d.verdict, Verdict::Accepted | Verdict::Undecided))
        .filter(|(i, d)| {
            let within = along(&findings.support.combine(&d.u));
            let against = screen.against(&within, &screen.streams.scope(&i.to_string()));
            against.z > LEVEL && against.least > GROSS * tolerance
        })
        .map(|(i, _)| i)
        .collect();
    audit.without(&refuted)
}

/// What all directions share.
struct Screen<'a> {
    discovery: &'a Discovery<'a>,
    findings: &'a Findings,
    law: Law,
    rows: Vec<usize>,
    explained: f64,
    streams: Streams,
}

impl<'a> Screen<'a> {
    fn new(discovery: &'a Discovery<'_>, findings: &'a Findings) -> Self {
        let streams = discovery.own_streams().scope("screen");
        let mut rows = discovery.rows.to_vec();
        shuffle(&mut rows, &mut streams.get("rows", 0));
        rows.truncate(ROWS);
        let law = Law::of(discovery.problem, &rows);
        let explained = super::measure::explained(discovery, findings, &[&findings.plain], &rows);
        Self { discovery, findings, law, rows, explained, streams }
    }

    fn against(&self, within: &Within, streams: &Streams) -> Against {
        let problem = self.discovery.problem;
        let rng = &mut self.streams.get("resample", 0);
        let pairs = Pairs::new(problem, &self.law, self.rows.clone(), &self.findings.folds, rng);
        let plain = &self.findings.plain;
        let outputs: &Outputs<'_> =
            &|x, folds| plain.for_loss(problem, plain.predict_unseen(x, problem.inputs(), problem.outputs(), folds));
        let tested = orthogonality(&pairs, &within.root(), &First::Residual(outputs), outputs, DRAWS, streams);
        let varies = along_random(&pairs, self.findings, within, self.explained, streams);
        Against::of(tested, LEVEL, varies)
    }
}
