//! A second look where the audit's networks cannot see: data in few poses.
//!
//! A plain network does not extrapolate. Where moved data leaves the poses that it was trained on, its error grows along a
//! true symmetry too, and the audit refutes it. What the audit says even then is which directions are the least bad, and a
//! symmetry group gives itself away by structure: the least bad directions span a standard algebra, which directions without
//! a reason do not. Such an algebra is put to a test that needs no extrapolation: the plain networks, trained on along its
//! whole group, must not become worse on the data as it is than trained on plainly. A true symmetry is worth more data; a wrong one is a wrong lesson.

use nalgebra::DVector;

use super::StageError;
use super::discovered::EXTENT;
use super::group::Sampled;
use super::hypotheses::{Hypothesis, Seen};
use crate::discover::ensemble::Ensemble;
use crate::discover::evidence::{Interval, bootstrap_ratio};
use crate::discover::procedure::{Course, Discovery, Findings, Outcome};
use crate::engine::Kernels;
use crate::lie::identify::Identification;
use crate::lie::space::SearchSpace;
use crate::train::problem::shuffle;
use crate::train::{GroupSource, Session};

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
/// An algebra that the audit did not accept, and training along its group did.
pub struct SecondLook {
    pub identification: Identification,
    /// The directions that it was recognised by, unit coefficients in whitened directions.
    pub span: Vec<DVector<f64>>,
    /// Loss on unseen rows of networks trained along the group, over that of plain ones.
    pub ratio: Interval,
}

impl SecondLook {
    /// For the notes of the `groups` table.
    pub fn note(&self) -> String {
        format!(
            "plain networks do not see {}; trained along it, the loss on unseen rows is {:.2} times theirs ({:.2} to {:.2})",
            self.identification.name, self.ratio.value, self.ratio.low, self.ratio.high
        )
    }
}

/// Looks for a standard algebra beyond what the audit accepted, the largest first.
///
/// # Errors
/// Interruption, divergence, checkpoints that cannot be written.
pub fn second_look<D: Kernels>(
    discovery: &Discovery<'_>,
    findings: &Findings<D>,
    space: &SearchSpace,
    device: &D,
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
    let (problem, streams) = (discovery.problem, &discovery.streams);
    let mut rows = discovery.rows.to_vec();
    shuffle(&mut rows, &mut streams.get("second-look", 0));
    rows.truncate(ROWS);
    let confidence = discovery.settings.audit.confidence;
    // Plain networks that went on for as long as the others have, made when they are needed.
    let mut plain: Vec<Ensemble<D>> = Vec::new();
    for (number, Hypothesis { span, identification }) in hypotheses.into_iter().enumerate() {
        let source = Sampled(identification.sampler(EXTENT));
        let mut along: Option<Ensemble<D>> = None;
        for (round, (all, longer)) in ROUNDS.into_iter().enumerate() {
            let networks = if all { findings.ensemble.members.len() } else { 1 };
            let train = |name: &str, group: Option<&dyn GroupSource>, before: Option<&Ensemble<D>>| {
                let start = before.filter(|_| longer > 1).or(Some(&findings.ensemble));
                let name = format!("{name}-{longer}-");
                let course = Course { group, start, networks };
                discovery.ensemble((&name, longer), &findings.folds, course, device, session)
            };
            if plain.len() <= round {
                plain.push(train("second-plain", None, plain.last())?);
            }
            let trained = train(&format!("second{number}"), Some(&source), along.as_ref())?;
            let seen: Vec<usize> = rows.iter().copied().filter(|&i| findings.folds.fold(i) < networks).collect();
            let losses = |e: &Ensemble<D>| e.losses(problem, &seen, &findings.folds.of(&seen));
            let pairs = losses(&trained).into_iter().zip(losses(&plain[round]));
            let grouped: Vec<(usize, f64, f64)> =
                seen.iter().zip(pairs).map(|(&i, (a, p))| (problem.group(i), a, p)).collect();
            along = Some(trained);
            let ratio = bootstrap_ratio(&grouped, confidence, &mut streams.get("second-look", 1));
            session.event(
                "second_look",
                serde_json::json!({
                    "model": discovery.label, "name": identification.nearest, "rank": span.len(), "angle": identification.angle,
                    "steps": longer * discovery.settings.audit.steps, "networks": networks, "ratio": ratio.value, "low": ratio.low, "high": ratio.high,
                }),
            );
            if all && ratio.high <= 1.0 {
                return Ok(Some(SecondLook { identification, span, ratio }));
            }
            if ratio.low > HOPELESS {
                break;
            }
        }
    }
    Ok(None)
}
