//! The order of the tests: each candidate in turn, the group that the accepted ones generate, and products of it that verify it.

use super::candidates::{Candidate, Source};
use super::court::{Court, Evidence};
use super::fallback::Fallback;
use super::judge::{is_open_to_labels, judge, p_of};
use super::misfit::Misfit;
use crate::discover::breaking::Breaking;
use crate::discover::verdict::Verdict;
use crate::fit::{Session, TrainError};
use semola_lie::finite::{Element, FiniteGroup};

/// The tests end after so many refuted claims, or so many claims.
const REFUTED: usize = 6;
const TESTS: usize = 24;
/// Candidates that leave the data, ignore it or have no effect, listed at most.
const LISTED: usize = 24;
/// Products that verify a generator.
const PRODUCTS: usize = 16;

/// A tested element.
#[derive(Debug, Clone)]
pub struct Judged {
    pub candidate: Candidate,
    pub evidence: Option<Evidence>,
    /// What the labels say, where they were asked.
    pub breaking: Option<Breaking>,
    /// Of the effect against the smallest that is not negligible, and the level that it was compared with; of claims only.
    pub test: Option<(f64, f64)>,
    pub verdict: Verdict,
    /// Why it was not kept, if the test itself passed.
    pub note: &'static str,
    /// It follows from others that were accepted, and the data says nothing about it.
    pub by_closure: bool,
}

/// What all tests gave.
pub struct Tested {
    pub group: FiniteGroup,
    pub judged: Vec<Judged>,
}

/// Tests candidates in their order, at this level for all of them; what breaks by less than the tolerance, a share of what the target
/// varies by, is not told from a symmetry.
///
/// # Errors
/// If the run should stop.
pub fn procedure(
    court: &Court<'_>,
    misfit: &Misfit<'_>,
    candidates: Vec<Candidate>,
    trivial: FiniteGroup,
    (level, tolerance): (f64, f64),
    session: &dyn Session,
) -> Result<Tested, TrainError> {
    let mut tested = Tested { group: trivial, judged: Vec::new() };
    let (mut fallback, mut claims, mut refuted) = (Fallback::new(level), 0, 0);
    for candidate in candidates {
        session.go_on()?;
        if claims == TESTS || refuted == REFUTED {
            break;
        }
        let again = |j: &Judged| is_same(&j.candidate.element, &candidate.element);
        if tested.group.find(&candidate.element).is_some() || tested.judged.iter().any(again) {
            continue;
        }
        let unspent = tested.judged.iter().filter(|j| j.test.is_none()).count();
        let mut judged = hear(court, candidate, (fallback.level(), tolerance));
        if judged.test.is_none() {
            if unspent < LISTED {
                tested.judged.push(judged);
            }
            continue;
        }
        claims += 1;
        refuted += usize::from(judged.verdict == Verdict::Refuted);
        let mut more = Vec::new();
        if judged.verdict == Verdict::Accepted {
            match extended(court, misfit, &tested.group, &judged.candidate.element, (level, tolerance)) {
                Ok((group, products)) => (tested.group, more) = (group, products),
                Err(why) => (judged.verdict, judged.note) = (Verdict::Undecided, why),
            }
        }
        fallback.tested(judged.verdict == Verdict::Accepted);
        tested.judged.push(judged);
        tested.judged.extend(more);
    }
    Ok(tested)
}

/// Whether two candidates from different sources are one element.
fn is_same(a: &Element, b: &Element) -> bool {
    a.inputs == b.inputs && a.outputs == b.outputs && (&a.linear - &b.linear).amax() < 1e-6
}

/// The verdict on one candidate.
fn hear(court: &Court<'_>, candidate: Candidate, (level, tolerance): (f64, f64)) -> Judged {
    let unspent = |candidate, evidence, breaking, verdict| Judged {
        candidate,
        evidence,
        breaking,
        test: None,
        verdict,
        note: "",
        by_closure: false,
    };
    if court.has_no_effect(&candidate.element) {
        return unspent(candidate, None, None, Verdict::NoEffect);
    }
    let evidence = court.hear(&candidate.element, candidate.displacement);
    let nearest = court.is_of_nearest_rows();
    let first = judge(&evidence, level, nearest, None);
    let asked = matches!(first, Verdict::Accepted | Verdict::Undecided) && is_open_to_labels(&evidence, level, nearest);
    let breaking = if asked { court.ask(&candidate, &evidence) } else { None };
    let verdict = judge(&evidence, level, nearest, breaking.as_ref().map(|b| b.outcome(tolerance)));
    let judged = unspent(candidate, Some(evidence), breaking, verdict);
    match verdict {
        Verdict::NotIdentifiable | Verdict::Flat => judged,
        _ => Judged { test: Some((p_of(&evidence), level)), ..judged },
    }
}

/// The group with one generator more, if its products hold as well.
fn extended(
    court: &Court<'_>,
    misfit: &Misfit<'_>,
    group: &FiniteGroup,
    generator: &Element,
    limits: (f64, f64),
) -> Result<(FiniteGroup, Vec<Judged>), &'static str> {
    let larger =
        group.with(generator).map_err(|_| "dense: its products do not end, it belongs to a continuous group")?;
    let new = larger.elements.iter().filter(|e| group.find(e).is_none() && *e != generator);
    let mut products = Vec::new();
    for element in new.take(PRODUCTS) {
        let candidate = Candidate::of(element.clone(), Source::Product, misfit);
        let mut judged = hear(court, candidate, limits);
        match judged.verdict {
            Verdict::Refuted => return Err("a product with elements accepted before is refuted"),
            Verdict::NotIdentifiable => (judged.verdict, judged.by_closure) = (Verdict::Accepted, true),
            _ => {}
        }
        judged.test = None;
        products.push(judged);
    }
    Ok((larger, products))
}
