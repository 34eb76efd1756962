//! A second look where the audit's networks cannot see: data in few poses.
//!
//! A plain network does not extrapolate. Where moved data leaves the poses that it was trained on, its error grows along a
//! true symmetry too, and the audit refutes it. What the audit says even then is which directions are the least bad, and a
//! symmetry group gives itself away by structure: the least bad directions span a standard algebra, which directions without
//! a reason do not. Such an algebra is put to a test that needs no extrapolation: the plain networks, trained on along its
//! whole group, must not become worse on the data as it is than trained on along what the audit accepted, or plainly where that
//! is nothing. A true symmetry is worth more data; a wrong one is a wrong lesson. A large group with one wrong direction may still be
//! worth more than none at all: so it has to stand against the smaller ones inside it, too.

use nalgebra::DVector;
use semola_data::Event;
use semola_data::event::Comparison;

use super::StageError;
use super::discovered::{EXTENT, NEAR, name};
use super::group::Sampled;
use super::hypotheses::{Hypothesis, Seen};
use crate::discover::ensemble::Ensemble;
use crate::discover::evidence::{Interval, bootstrap_ratio};
use crate::discover::procedure::{Course, Discovery, Findings, Outcome};
use crate::lie::identify::Identification;
use crate::lie::space::SearchSpace;
use crate::train::problem::shuffle;
use crate::train::{GroupSource, Session, TrainError};
use semola_engine::Backend;

/// Rows on which losses are compared.
const ROWS: usize = 8000;
/// What is seen along a whole group takes longer to learn: where the first comparison is open, both sides go on for so many
/// times as many steps.
const LONGER: usize = 3;
/// Whether all networks are trained, and for how many times the audit's steps: one first, which is enough to see that there is
/// no hope; then all; then all for longer.
const ROUNDS: [(bool, usize); 3] = [(false, 1), (true, 1), (true, LONGER)];
/// Ratios above this do not become less than 1 by longer training.
const HOPELESS: f64 = 1.5;
/// Algebras that are put to the test, at most; and rivals of each.
const MOST: usize = 3;
/// Rounds in which an algebra may pass.
const PASSING: usize = 2;

/// An algebra that the audit did not accept, and training along its group did.
pub struct SecondLook {
    pub identification: Identification,
    /// The directions that it was recognised by, unit coefficients in whitened directions.
    pub span: Vec<DVector<f64>>,
    /// Loss on unseen rows of networks trained along the group, over that of the others.
    pub ratio: Interval,
    /// What the others were trained along; nothing, if they are plain.
    against: Option<String>,
}

impl SecondLook {
    /// For the notes of the `groups` table.
    pub fn note(&self) -> String {
        let (name, ratio) = (&self.identification.name, self.ratio);
        let others = self
            .against
            .as_ref()
            .map_or_else(|| "theirs".to_owned(), |a| format!("that of networks trained along {a}"));
        format!(
            "plain networks do not see {name}; trained along it, the loss on unseen rows is {:.2} times {others} ({:.2} to {:.2})",
            ratio.value, ratio.low, ratio.high
        )
    }
}

/// Looks for a standard algebra beyond what the audit accepted, the largest first.
///
/// # Errors
/// Interruption, divergence, checkpoints that cannot be written; generators that are not finite.
pub fn second_look(
    discovery: &Discovery<'_>,
    findings: &Findings,
    space: &SearchSpace,
    device: &Backend,
    session: &dyn Session,
) -> Result<Option<SecondLook>, StageError> {
    if findings.outcome() == Outcome::NoSkill {
        return Ok(None);
    }
    let seen = Seen {
        audit: &findings.audit,
        support: &findings.support,
        trained: &findings.trained,
        strengths: &findings.strengths,
    };
    let hypotheses = seen.hypotheses(space, &discovery.streams);
    if hypotheses.is_empty() {
        return Ok(None);
    }
    let mut rows = discovery.rows.to_vec();
    shuffle(&mut rows, &mut discovery.streams.get("second-look", 0));
    rows.truncate(ROWS);
    let looks = PASSING * hypotheses.len().min(MOST);
    let confidence = 1.0 - (1.0 - discovery.settings.audit.confidence) / looks as f64;
    let trial = Trial { discovery, findings, rows, confidence, device, session };
    let accepted = findings.span();
    let accepted = if accepted.is_empty() { None } else { Some(name(&accepted, space, NEAR)?) };
    let against = accepted.as_ref().map(|a| a.name.clone());
    let mut before = Contestant::new("-plain".to_owned(), accepted.as_ref());
    let mut all: Vec<Contestant> =
        (0..hypotheses.len()).map(|i| Contestant::new(i.to_string(), Some(&hypotheses[i].identification))).collect();
    for (i, hypothesis) in hypotheses.iter().enumerate().take(MOST) {
        let (own, rest) = all.split_at_mut(i + 1);
        let Some(own) = own.last_mut() else { continue };
        let Some(ratio) = trial.stands(hypothesis, own, &mut before)? else { continue };
        let rivals =
            hypotheses[i + 1..].iter().zip(rest).filter(|(rival, _)| rival.is_inside(hypothesis, NEAR)).take(MOST);
        let mut stands = true;
        for (_, rival) in rivals {
            stands = stands && trial.stands(hypothesis, own, rival)?.is_some();
        }
        if stands {
            let Hypothesis { span, identification, .. } = hypothesis.clone();
            return Ok(Some(SecondLook { identification, span, ratio, against }));
        }
    }
    Ok(None)
}

/// Networks that are trained on along a group, or plainly.
struct Contestant {
    /// In the names of their checkpoints.
    label: String,
    /// What they are trained along.
    name: String,
    source: Option<Sampled>,
    /// Of every round that was played.
    rounds: [Option<Ensemble>; ROUNDS.len()],
}

impl Contestant {
    fn new(label: String, group: Option<&Identification>) -> Self {
        let source = group.map(|g| Sampled(g.sampler(EXTENT)));
        let name = group.map_or_else(|| "nothing".to_owned(), |g| g.name.clone());
        Self { label, name, source, rounds: [(); ROUNDS.len()].map(|()| None) }
    }
}

/// What all comparisons share.
struct Trial<'a> {
    discovery: &'a Discovery<'a>,
    findings: &'a Findings,
    /// Rows on which losses are compared.
    rows: Vec<usize>,
    /// Of each interval, so that all of them hold together (Bonferroni).
    confidence: f64,
    device: &'a Backend,
    session: &'a dyn Session,
}

impl Trial<'_> {
    /// The ratio of losses at which an algebra stands against others, if it does.
    fn stands(
        &self,
        hypothesis: &Hypothesis,
        own: &mut Contestant,
        others: &mut Contestant,
    ) -> Result<Option<Interval>, StageError> {
        for (round, (all, longer)) in ROUNDS.into_iter().enumerate() {
            self.train(own, round)?;
            self.train(others, round)?;
            let (Some(a), Some(b)) = (&own.rounds[round], &others.rounds[round]) else { return Ok(None) };
            let ratio = self.ratio(a, b);
            let identification = &hypothesis.identification;
            self.session.event(Event::SecondLook(Comparison {
                model: self.discovery.label.to_owned(),
                name: identification.nearest.clone(),
                rank: hypothesis.span.len(),
                angle: identification.angle,
                against: others.name.clone(),
                steps: longer * self.discovery.settings.audit.steps,
                networks: self.networks(all),
                ratio: ratio.value,
                low: ratio.low,
                high: ratio.high,
            }));
            if all && ratio.high <= 1.0 {
                return Ok(Some(ratio));
            }
            if ratio.low > HOPELESS {
                break;
            }
        }
        Ok(None)
    }

    fn networks(&self, all: bool) -> usize {
        if all { self.findings.ensemble.members.len() } else { 1 }
    }

    /// Plays a round, unless it has been played.
    fn train(&self, contestant: &mut Contestant, round: usize) -> Result<(), TrainError> {
        let (all, longer) = ROUNDS[round];
        if contestant.rounds[round].is_some() {
            return Ok(());
        }
        let before = contestant.rounds[..round].last().and_then(Option::as_ref).filter(|_| longer > 1);
        let course = Course {
            group: contestant.source.as_ref().map(|s| s as &dyn GroupSource),
            start: before.or(Some(&self.findings.ensemble)),
            networks: self.networks(all),
        };
        let name = format!("second{}-{longer}-", contestant.label);
        let trained =
            self.discovery.ensemble((&name, longer), &self.findings.folds, course, self.device, self.session)?;
        contestant.rounds[round] = Some(trained);
        Ok(())
    }

    /// Mean loss of the first networks over that of the others, on rows that neither have seen.
    fn ratio(&self, own: &Ensemble, others: &Ensemble) -> Interval {
        let (problem, folds) = (self.discovery.problem, &self.findings.folds);
        let seen: Vec<usize> = self.rows.iter().copied().filter(|&i| folds.fold(i) < own.members.len()).collect();
        let losses = |e: &Ensemble| e.losses(problem, &seen, &folds.of(&seen));
        let pairs = losses(own).into_iter().zip(losses(others));
        let grouped: Vec<(usize, f64, f64)> =
            seen.iter().zip(pairs).map(|(&i, (a, b))| (problem.group(i), a, b)).collect();
        bootstrap_ratio(&grouped, self.confidence, &mut self.discovery.streams.get("second-look", 1))
    }
}
