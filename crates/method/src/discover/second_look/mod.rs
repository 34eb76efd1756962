//! A second test where the audit's networks cannot extrapolate: data in few poses.
//!
//! A plain network does not extrapolate. Where moved data leaves the poses that it was trained on, its error grows
//! along a true symmetry too, and the audit refutes it. Even then the audit ranks the directions, and a symmetry group
//! shows in their structure: the best directions span a standard algebra, which arbitrary directions do not. Such an
//! algebra is tested without extrapolation: the plain networks, trained on along its whole group, must not become worse
//! on the data as it is than trained on along what the audit accepted, or plainly where that is nothing. A true
//! symmetry acts like more data; a false one is harmful. A large group with one false direction may still help more
//! than none at all: so it is also compared with its smaller subgroups.

mod hypotheses;
mod hypothesis;
mod similar;
#[cfg(test)]
mod tests;
mod trial;

use nalgebra::DVector;

use self::hypotheses::Observed;
use self::hypothesis::Hypothesis;
use self::trial::{Arm, PASSING, Trial};
use super::Discovery;
use super::algebra::{NEAR, name};
use super::audit::Audit;
use super::audit::bootstrap::Interval;
use super::findings::Findings;
use super::verdict::Verdict;
use crate::fit::problem::shuffle;
use crate::fit::{Session, TrainError};
use semola_engine::Backend;
use semola_lie::identify::Identification;

/// Rows on which losses are compared.
const ROWS: usize = 8000;
/// Maximal number of tested algebras, and of rivals of each.
const MOST: usize = 3;

/// An algebra that the audit did not accept, but training along its group did.
pub struct SecondLook {
    pub identification: Identification,
    /// The directions that it was recognised by, unit coefficients in whitened directions.
    pub span: Vec<DVector<f64>>,
    /// Loss on unseen rows of networks trained along the group, over that of the others.
    pub ratio: Interval,
    /// What the others were trained along; `None` if they are plain.
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
    audit: &Audit,
    device: &Backend,
    session: &dyn Session,
) -> Result<Option<SecondLook>, TrainError> {
    if audit.verdict() == Verdict::NoSkill {
        return Ok(None);
    }
    let observed = Observed { audit, support: &findings.support, trained: &findings.trained };
    let hypotheses = observed.hypotheses(discovery.space, &discovery.own_streams());
    if hypotheses.is_empty() {
        return Ok(None);
    }
    let accepted = findings.matrices(audit.accepted_span());
    let accepted = if accepted.is_empty() { None } else { Some(name(&accepted, discovery.space, NEAR)?) };
    let trial = trial(discovery, findings, hypotheses.len(), device, session);
    let mut before = Arm::new("-plain".to_owned(), accepted.as_ref());
    let mut arms: Vec<Arm> =
        (0..hypotheses.len()).map(|i| Arm::new(i.to_string(), Some(&hypotheses[i].identification))).collect();
    for (i, hypothesis) in hypotheses.iter().enumerate().take(MOST) {
        let (own, rest) = arms.split_at_mut(i + 1);
        let Some(own) = own.last_mut() else { continue };
        let Some(ratio) = trial.passes(hypothesis, own, &mut before)? else { continue };
        let rivals =
            hypotheses[i + 1..].iter().zip(rest).filter(|(rival, _)| rival.is_inside(hypothesis, NEAR)).take(MOST);
        let mut stands = true;
        for (_, rival) in rivals {
            stands = stands && trial.passes(hypothesis, own, rival)?.is_some();
        }
        if stands {
            let Hypothesis { span, identification, .. } = hypothesis.clone();
            return Ok(Some(SecondLook { identification, span, ratio, against: accepted.map(|a| a.name) }));
        }
    }
    Ok(None)
}

/// What the tests of this many hypotheses share.
fn trial<'a>(
    discovery: &'a Discovery<'_>,
    findings: &'a Findings,
    hypotheses: usize,
    device: &'a Backend,
    session: &'a dyn Session,
) -> Trial<'a> {
    let mut rows = discovery.rows.to_vec();
    shuffle(&mut rows, &mut discovery.own_streams().get("second-look", 0));
    rows.truncate(ROWS);
    let looks = PASSING * hypotheses.min(MOST);
    let confidence = 1.0 - (1.0 - discovery.settings.audit.confidence) / looks as f64;
    Trial { discovery, findings, rows, confidence, device, session }
}
