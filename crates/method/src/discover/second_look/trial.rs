//! Training along a group, compared with training along another one, or plainly.

use semola_data::Event;
use semola_data::event::Comparison;

use super::hypothesis::Hypothesis;
use crate::discover::Discovery;
use crate::discover::audit::bootstrap::{Interval, Pair, bootstrap_ratio};
use crate::discover::ensemble::Ensemble;
use crate::discover::findings::Findings;
use crate::discover::networks::EnsembleFit;
use crate::fit::groups::Sampled;
use crate::fit::{Augmentation, Session, TrainError};
use crate::motion::DEFAULT_EXTENT;
use semola_engine::Backend;
use semola_lie::identify::Identification;

/// A comparison on more networks, or after more steps, than the one before.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// On all networks of the audit, or only on the first one.
    all: bool,
    /// Training steps, as a multiple of the audit's steps.
    times: usize,
}

/// One network first, which is enough to rule out hopeless cases; then all; then all for longer, because data
/// transformed by a whole group takes longer to learn.
const ROUNDS: [Round; 3] =
    [Round { all: false, times: 1 }, Round { all: true, times: 1 }, Round { all: true, times: 3 }];
/// Rounds in which an algebra may pass.
pub(super) const PASSING: usize = 2;
/// Ratios above this do not fall below 1 by longer training.
const HOPELESS: f64 = 1.5;

/// Networks whose training continues along a group, or plainly.
pub(super) struct Arm {
    /// In the names of their checkpoints.
    label: String,
    /// What they are trained along.
    name: String,
    source: Option<Sampled>,
    /// Of every round so far.
    rounds: [Option<Ensemble>; ROUNDS.len()],
}

impl Arm {
    pub(super) fn new(label: String, group: Option<&Identification>) -> Self {
        let source = group.map(|g| Sampled(g.sampler(DEFAULT_EXTENT)));
        let name = group.map_or_else(|| "nothing".to_owned(), |g| g.name.clone());
        Self { label, name, source, rounds: [(); ROUNDS.len()].map(|()| None) }
    }
}

/// What all comparisons share.
pub(super) struct Trial<'a> {
    pub(super) discovery: &'a Discovery<'a>,
    pub(super) findings: &'a Findings,
    /// Rows on which losses are compared.
    pub(super) rows: Vec<usize>,
    /// Confidence of each interval, so that all hold simultaneously (Bonferroni).
    pub(super) confidence: f64,
    pub(super) device: &'a Backend,
    pub(super) session: &'a dyn Session,
}

impl Trial<'_> {
    /// The ratio of losses if training along an algebra is no worse than along the others; otherwise `None`.
    pub(super) fn passes(
        &self,
        hypothesis: &Hypothesis,
        own: &mut Arm,
        others: &mut Arm,
    ) -> Result<Option<Interval>, TrainError> {
        for (number, round) in ROUNDS.into_iter().enumerate() {
            self.train(own, number)?;
            self.train(others, number)?;
            let (Some(a), Some(b)) = (&own.rounds[number], &others.rounds[number]) else { return Ok(None) };
            let ratio = self.ratio(a, b);
            self.tell(hypothesis, &others.name, round, ratio);
            if round.all && ratio.high <= 1.0 {
                return Ok(Some(ratio));
            }
            if ratio.low > HOPELESS {
                break;
            }
        }
        Ok(None)
    }

    fn tell(&self, hypothesis: &Hypothesis, against: &str, round: Round, ratio: Interval) {
        let identification = &hypothesis.identification;
        self.session.event(Event::SecondLook(Comparison {
            model: self.discovery.label.to_owned(),
            name: identification.nearest.clone(),
            rank: hypothesis.span.len(),
            angle: identification.angle,
            against: against.to_owned(),
            steps: round.times * self.discovery.settings.audit.steps,
            networks: self.networks(round),
            ratio: ratio.value,
            low: ratio.low,
            high: ratio.high,
        }));
    }

    fn networks(&self, round: Round) -> usize {
        if round.all { self.findings.plain.members.len() } else { 1 }
    }

    /// Trains the networks of a round, unless they are trained already.
    fn train(&self, arm: &mut Arm, number: usize) -> Result<(), TrainError> {
        if arm.rounds[number].is_some() {
            return Ok(());
        }
        let round = ROUNDS[number];
        let before = arm.rounds[..number].last().and_then(Option::as_ref).filter(|_| round.times > 1);
        let how = EnsembleFit {
            stream: None,
            name: &format!("second{}-{}-", arm.label, round.times),
            augmentation: arm.source.as_ref().map_or(Augmentation::None, |source| Augmentation::Beside(source)),
            start: before.or(Some(&self.findings.plain)),
            networks: self.networks(round),
            steps: round.times * self.discovery.settings.audit.steps,
            targets: None,
        };
        let trained = self.discovery.ensemble(&self.findings.folds, &how, self.device, self.session)?;
        arm.rounds[number] = Some(trained);
        Ok(())
    }

    /// Mean loss of the first networks over that of the others, on rows unseen by both.
    fn ratio(&self, own: &Ensemble, others: &Ensemble) -> Interval {
        let (problem, folds) = (self.discovery.problem, &self.findings.folds);
        let seen: Vec<usize> = self.rows.iter().copied().filter(|&i| folds.fold(i) < own.members.len()).collect();
        let losses = |e: &Ensemble| e.losses(problem, &seen, &folds.of(&seen));
        let pairs = losses(own).into_iter().zip(losses(others));
        let grouped: Vec<Pair> = seen.iter().zip(pairs).map(|(&i, (a, b))| (problem.group(i), a, b)).collect();
        bootstrap_ratio(&grouped, self.confidence, &mut self.discovery.own_streams().get("second-look", 1))
    }
}
