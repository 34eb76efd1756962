//! From evidence to a conclusion: the group is named, made exact if that fits the data, and the part of it that holds
//! is marked.

use nalgebra::DMatrix;

use super::Discovery;
use super::algebra::{exact_basis, name_span};
use super::audit::Audit;
use super::audit::extent::{SIZES, natural_parameter};
use super::conclusion::{Conclusion, Direction, Rest};
use super::findings::Findings;
use super::second_look::SecondLook;
use super::span::{orthonormal, remainder};
use super::verdict::Verdict;
use crate::fit::TrainError;
use crate::fit::groups::{Sampled, Within};
use crate::motion::DEFAULT_EXTENT;
use semola_lie::identify::Identification;

/// Largest share of a bracket outside the span that still counts as closed.
const CLOSED: f64 = 0.15;
/// Trained directions are listed beside the accepted ones if more than this of them lies outside.
const OUTSIDE: f64 = 0.3;

/// What a conclusion is drawn from.
pub enum Evidence {
    /// The audit, which tested direction by direction.
    Audit(Audit),
    /// A test of a whole group, and the audit with the directions of that group accepted.
    SecondLook(Audit, Box<SecondLook>),
}

/// The result of one kind of evidence.
struct Judgement {
    verdict: Verdict,
    identification: Identification,
    notes: Vec<String>,
    within: Option<Within>,
    extent: Option<f64>,
    p_value: Option<f64>,
}

/// Draws the conclusion.
///
/// # Errors
/// If the generators are not finite.
pub(super) fn conclude(
    discovery: &Discovery<'_>,
    findings: &Findings,
    evidence: Evidence,
) -> Result<Conclusion, TrainError> {
    Ok(match evidence {
        Evidence::Audit(audit) => conclusion(findings, by_audit(discovery, findings, &audit)?, audit),
        Evidence::SecondLook(audit, look) => {
            conclusion(findings, by_second_look(discovery, findings, &audit, &look), audit)
        }
    })
}

/// The accepted span is named and made exact, unless that hurts; it has to be closed under brackets.
fn by_audit(discovery: &Discovery<'_>, findings: &Findings, audit: &Audit) -> Result<Judgement, TrainError> {
    let mut notes = notes(discovery, findings, audit);
    let found = findings.matrices(audit.accepted_span());
    let (identification, note) = name_span(&found, discovery, findings)?;
    notes.extend(note);
    let mut verdict = audit.verdict();
    if verdict == Verdict::Accepted && identification.closure_residual > CLOSED {
        notes.push(format!("the accepted span does not close (residual {:.2})", identification.closure_residual));
        verdict = Verdict::Undecided;
    }
    let accepted = verdict == Verdict::Accepted;
    let limit = audit.limit().filter(|_| accepted);
    let within = limit.map(|limit| within(&identification, limit, findings));
    let extent = audit.extent().filter(|_| accepted);
    Ok(Judgement { verdict, identification, notes, within, extent, p_value: audit.p_value() })
}

/// The group was tested as a whole: it is the tested algebra, and no direction of it has its own extent or p-value.
fn by_second_look(discovery: &Discovery<'_>, findings: &Findings, audit: &Audit, look: &SecondLook) -> Judgement {
    let mut notes = notes(discovery, findings, audit);
    notes.push(look.note());
    let (verdict, identification) = (audit.verdict(), look.identification.clone());
    Judgement { verdict, identification, notes, within: None, extent: None, p_value: None }
}

/// Notes on the search, whatever it found.
fn notes(discovery: &Discovery<'_>, findings: &Findings, audit: &Audit) -> Vec<String> {
    let mut notes = Vec::new();
    let (support, trained) = (&findings.support, findings.trained.rank);
    let (accepted, q) = (audit.span.len(), support.directions.len());
    if !support.null.is_empty() {
        let all = discovery.space.basis.len();
        notes.push(format!("{} of {all} directions do not move the data", support.null.len()));
    }
    if !support.looked_at {
        notes.push(
            "where the data's support ends was not looked at: that needs many more rows than dimensions, and no images or \
             sets of points that differ in number"
                .to_owned(),
        );
    }
    if accepted > 0 && accepted == q {
        notes.push("every direction of the search space was accepted: look for a larger space".to_owned());
    }
    if accepted > 0 && trained != accepted {
        notes.push(format!("training alone found {trained} directions, the audit {accepted}"));
    }
    notes
}

/// The part of the group up to a size of the coefficients.
fn within(id: &Identification, limit: f64, findings: &Findings) -> Within {
    let size = |l: &DMatrix<f64>| findings.support.coefficients(l).norm().max(1e-12);
    let generators = exact_basis(id).iter().map(|l| natural_parameter(&(l / size(l)))).collect();
    Within { generators, limit: limit.max(SIZES[0] / 2.0) }
}

/// Combines the judgement with all findings.
fn conclusion(findings: &Findings, judgement: Judgement, audit: Audit) -> Conclusion {
    let Judgement { verdict, identification, notes, within, extent, p_value } = judgement;
    let group = (verdict == Verdict::Accepted).then(|| Sampled(identification.sampler(DEFAULT_EXTENT)));
    let accepted = orthonormal(&audit.span);
    let trained = findings.trained.directions.iter().zip(&findings.trained.strengths);
    let rest = trained.filter_map(|(u, &strength)| {
        let outside = remainder(u, &accepted);
        let matrix = || findings.support.combine(&outside.normalize());
        (outside.norm() > OUTSIDE).then(|| Rest { matrix: matrix(), strength })
    });
    let directions = audit.directions.into_iter().map(|judged| Direction {
        matrix: findings.support.combine(&judged.u),
        strength: findings.strength(&judged.u),
        judged,
    });
    let strength = |l: &DMatrix<f64>| findings.strength(&findings.unit(l));
    Conclusion {
        verdict,
        strengths: exact_basis(&identification).iter().map(strength).collect(),
        identification,
        group,
        within,
        extent,
        p_value,
        notes,
        directions: directions.collect(),
        rest: rest.collect(),
        null: findings.support.null.clone(),
        skill: audit.skill,
        random_excess: audit.random_excess,
        resolution: findings.trained.resolution,
    }
}
