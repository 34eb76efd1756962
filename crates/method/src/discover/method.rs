//! The whole of discovery: measure the support, train jointly with a learnable basis, audit, test larger groups by
//! training along them, conclude.

use super::audit::Audit;
use super::breaking::{Breaking, Claim, Screen, measure};
use super::conclude::{Evidence, GOOD, Judgement, conclude, judge};
use super::conclusion::Conclusion;
use super::conjugated::conjugated_candidates;
use super::ensemble::{Ensemble, comparable_losses};
use super::findings::Findings;
use super::finite::Finite;
use super::forms::form_candidates;
use super::holds::Holds;
use super::second_look::second_look;
use super::settings::Learned;
use super::span::remainder;
use super::standard::standard_candidates;
use super::verdict::Verdict;
use crate::fit::Optimizer;
use crate::fit::groups::Orbit;
use crate::fit::{History, Problem, Session, TrainError, Trained};
use nalgebra::DVector;
use semola_engine::nets::Model;
use semola_engine::{Backend, Streams};
use semola_lie::space::SearchSpace;

/// Claims along which networks are trained at most, each smaller than the one before.
const CLAIMS: usize = 6;
/// Standard algebras among the candidates, those in other coordinates (of several directions, and of one), and how many of each the screen is
/// asked of; claims that are tested at most.
const STANDARD: usize = 3;
const CONJUGATED: [usize; 2] = [2, 1];
const LOOKED_AT: usize = 12;
/// Spans of which less than this of each direction lies outside the other are the same claim.
const SAME: f64 = 0.05;

/// What discovery works on.
pub struct Discovery<'a> {
    pub problem: &'a Problem,
    pub rows: &'a [usize],
    pub held_out: &'a [usize],
    pub space: &'a SearchSpace,
    pub model: &'a Model,
    pub settings: &'a Learned,
    pub batch: usize,
    pub optimizer: &'a Optimizer,
    /// The stage's name, a prefix of every checkpoint's name.
    pub label: &'a str,
    /// Of all stages that train.
    pub streams: &'a Streams,
}

/// A group that may be claimed.
#[derive(Clone)]
struct Claimed {
    /// Of the algebra, with its coordinates.
    name: String,
    exact: bool,
    /// Whether it is no algebra with a name: what hardly changes the function closes with a symmetry, too.
    nameless: bool,
    group: Orbit,
    /// With this span accepted.
    audit: Audit,
}

impl Claimed {
    fn rank(&self) -> usize {
        self.audit.span.len()
    }

    /// Algebras with a telling name come first, then spans each of whose directions must hold by itself, then single directions, any of which
    /// has a name in some basis: what is more than one direction comes before one of them.
    fn certainty(&self) -> u8 {
        match (self.nameless, self.rank() > 1 || self.exact) {
            (false, true) => 0,
            (true, _) => 1,
            (false, false) => 2,
        }
    }

    /// Its place in the order of tests.
    fn place(&self) -> (u8, std::cmp::Reverse<(usize, bool)>) {
        (self.certainty(), std::cmp::Reverse((self.rank(), self.exact)))
    }

    fn is_same(&self, other: &Self) -> bool {
        let inside = |u| remainder(u, &other.audit.span).norm() < SAME;
        self.exact && self.name == other.name || self.rank() == other.rank() && self.audit.span.iter().all(inside)
    }
}

/// What testing one claim gave.
struct Trial {
    judgement: Judgement,
    /// `None` if nothing is claimed.
    breaking: Option<Breaking>,
    /// With what is left of the claim, if some of its directions may not stay.
    rest: Option<Audit>,
    /// Those that the rows contradict one by one, as unit coefficients in whitened directions: no group has them.
    broken: Vec<DVector<f64>>,
}

/// What came of testing the spans of the first candidates.
struct Nested {
    /// The claim that holds, with the audit that makes it.
    holds: Option<(Audit, Conclusion)>,
    /// Those that do not.
    rejected: Vec<Rejected>,
}

/// A claim that was tested and does not hold.
struct Rejected {
    claimed: Claimed,
    conclusion: Conclusion,
    /// As in [`Trial`].
    rest: Option<Audit>,
}

/// The result of discovery, with the networks that it trained on the way.
pub struct Found {
    pub conclusion: Conclusion,
    /// The finite part of the group, if it was looked for.
    pub finite: Option<Finite>,
    /// The network that was trained jointly with the basis.
    pub joint: Trained,
    plain: Ensemble,
}

impl Discovery<'_> {
    /// Runs discovery, or continues it.
    ///
    /// # Errors
    /// Too little data, interruption, divergence, checkpoints that cannot be written; generators that are not finite.
    pub fn run(&self, device: &Backend, session: &dyn Session) -> Result<Found, TrainError> {
        let (findings, audit) = Findings::gather(self, device, session)?;
        session.go_on()?;
        self.begins("screen", session);
        let screen = Screen::new(self, &findings);
        let audit = screen.judged(audit, session)?;
        session.go_on()?;
        let Nested { holds, mut rejected } = self.nested(&audit, &screen, device, session)?;
        let (audit, concluded) = holds.map_or((audit, None), |(audit, conclusion)| (audit, Some(conclusion)));
        let look = second_look(self, &findings, &audit, device, session)?;
        let conclusion = match (look, concluded) {
            (Some(look), concluded) => {
                let evidence = Evidence::SecondLook(audit, Box::new(look));
                let wider = self.tested(&screen, evidence, "wider", device, session)?;
                concluded.filter(|_| !wider.is_accepted()).unwrap_or(wider)
            }
            (None, Some(conclusion)) => conclusion,
            (None, None) => self.left_over(&screen, audit, &mut rejected, device, session)?,
        };
        // A group that holds after all was tested again with other evidence.
        let holds =
            |r: &Conclusion| conclusion.is_accepted() && r.identification.name == conclusion.identification.name;
        let others = rejected.iter().map(|r| &r.conclusion).filter(|r| !holds(r));
        let notes = others.filter_map(|r| r.rejected(self.settings.audit.tolerance)).collect();
        let conclusion = conclusion.noting(notes);
        session.event(conclusion.as_event(self.label));
        session.go_on()?;
        let wanted = self.settings.discrete.wanted();
        if wanted.is_some() {
            self.begins("finite", session);
        }
        let finite = wanted.map(|wanted| self.finite(&wanted, &screen, &conclusion, session)).transpose()?;
        Ok(Found { conclusion, finite, joint: findings.joint, plain: findings.plain })
    }

    /// The largest algebra that holds, of those spanned by the first of the audit's candidates that the labels do not contradict,
    /// of the standard ones and of those of a bilinear form along which the networks' outputs change least, and of what is left of
    /// these without the directions that the rows refute.
    fn nested(
        &self,
        audit: &Audit,
        screen: &Screen<'_>,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<Nested, TrainError> {
        let findings = screen.findings;
        let mut found = Nested { holds: None, rejected: Vec::new() };
        if audit.verdict() == Verdict::NoSkill {
            return Ok(found);
        }
        let tolerance = self.settings.audit.tolerance;
        let (mut tested, mut trained, mut number) = (Vec::new(), 0, 0);
        self.begins("candidates", session);
        let mut waiting = self.claimed(audit, screen, session)?;
        while !waiting.is_empty() && trained < CLAIMS && tested.len() < LOOKED_AT {
            session.go_on()?;
            let claimed = waiting.remove(0);
            let name = format!("claim{number}-");
            number += 1;
            if tested.iter().any(|t| claimed.is_same(t)) || screen.contradicts_group(&claimed.group, &name) {
                continue;
            }
            let evidence = Evidence::Audit(claimed.audit.clone());
            let trial = self.trial(screen, &evidence, &name, device, session)?;
            let Trial { judgement, breaking, rest, broken } = trial;
            waiting.retain(|claimed| broken.iter().all(|u| remainder(u, &claimed.audit.span).norm() > SAME));
            let conclusion = conclude(findings, judgement, breaking, tolerance);
            trained += usize::from(conclusion.was_trained_along());
            let accepted = conclusion.is_accepted();
            if let Some(rest) = rest.clone().filter(|rest| rest.span.len() < claimed.rank())
                && let Some(rest) = self.as_claim(findings, rest)?
            {
                let at = waiting.iter().take_while(|c| c.place() <= rest.place()).count();
                waiting.insert(at, rest);
            }
            tested.push(claimed.clone());
            let settled = match (accepted, &found.holds) {
                (false, _) => {
                    found.rejected.push(Rejected { claimed, conclusion, rest });
                    false
                }
                (true, None) => {
                    let smaller = findings.support.is_of_images && claimed.rank() > 1;
                    found.holds = Some((claimed.audit, conclusion));
                    !smaller
                }
                // Moved images lose what leaves the frame: a smaller group along which networks learn more is the better claim.
                (true, Some((_, larger))) => {
                    if conclusion.gains_more_than(larger) {
                        found.holds = Some((claimed.audit, conclusion));
                    }
                    true
                }
            };
            if settled {
                break;
            }
        }
        Ok(found)
    }

    /// What is concluded of the directions that the audit itself accepted, where no candidate holds: what was said of such a claim when it
    /// was one, or else by testing it.
    fn left_over(
        &self,
        screen: &Screen<'_>,
        mut audit: Audit,
        rejected: &mut Vec<Rejected>,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<Conclusion, TrainError> {
        while let Some(own) = self.as_claim(screen.findings, audit.clone())? {
            let Some(at) = rejected.iter().position(|r| r.claimed.is_same(&own)) else { break };
            let Rejected { conclusion, rest, .. } = rejected.remove(at);
            let Some(rest) = rest else { return Ok(conclusion) };
            audit = rest;
        }
        self.tested(screen, Evidence::Audit(audit), "", device, session)
    }

    /// What may be claimed: algebras with a name, the largest first, exact ones before others, then the rest.
    fn claimed(&self, audit: &Audit, screen: &Screen<'_>, session: &dyn Session) -> Result<Vec<Claimed>, TrainError> {
        let (findings, space) = (screen.findings, self.space);
        let support = &findings.support;
        let of_span = |span: &[DVector<f64>]| self.as_claim(findings, audit.claiming(span));
        let mut standard: Vec<Claimed> = Vec::new();
        for span in standard_candidates(space, support, &audit.energy).into_iter().take(LOOKED_AT) {
            session.go_on()?;
            standard.extend(of_span(&span)?.filter(|c| !screen.contradicts_group(&c.group, "standard-")));
            if standard.len() == STANDARD {
                break;
            }
        }
        session.go_on()?;
        let clear = screen.clear(audit, session)?;
        let most = clear.len().min(support.directions.len().saturating_sub(1));
        let own: Vec<Claimed> =
            (1..=most).rev().filter_map(|rank| of_span(&clear[..rank]).transpose()).collect::<Result<_, _>>()?;
        let forms = form_candidates(space, support, &audit.energy);
        let forms: Vec<Claimed> =
            forms.iter().filter_map(|span| of_span(span).transpose()).collect::<Result<_, _>>()?;
        let rng = &mut self.own_streams().get("conjugated", 0);
        // Of one or two directions nothing that networks of little skill choose can be claimed.
        let least = if audit.skill < GOOD { 3 } else { 1 };
        let hidden = conjugated_candidates(space, support, &audit.energy, rng);
        let hidden = hidden.into_iter().filter(|span| span.len() >= least);
        // Single directions are always in some coordinates of their kind.
        let (one, several): (Vec<_>, Vec<_>) = hidden.partition(|span| span.len() == 1);
        let mut conjugated: Vec<Claimed> = Vec::new();
        for (spans, wanted) in [several, one].into_iter().zip(CONJUGATED) {
            let before = conjugated.len();
            for span in spans.into_iter().take(LOOKED_AT) {
                session.go_on()?;
                conjugated.extend(of_span(&span)?.filter(|c| !screen.contradicts_group(&c.group, "conjugated-")));
                if conjugated.len() == before + wanted {
                    break;
                }
            }
        }
        // Where the audit's own directions lead to the same algebra, they tell how far they are from it.
        let (mut all, own): (Vec<_>, Vec<_>) = own.into_iter().partition(|o| standard.iter().any(|s| s.name == o.name));
        standard.retain(|s| all.iter().all(|o| o.name != s.name));
        all.extend(standard.into_iter().chain(forms).chain(conjugated).chain(own));
        all.sort_by_key(|claim| (claim.certainty(), std::cmp::Reverse(claim.rank())));
        Ok(all)
    }

    /// What this audit claims, if anything.
    fn as_claim(&self, findings: &Findings, audit: Audit) -> Result<Option<Claimed>, TrainError> {
        let judgement = judge(self, findings, &Evidence::Audit(audit.clone()))?;
        let (name, exact, nameless) = (judgement.name(), judgement.is_exact(), judgement.is_nameless());
        Ok(judgement.claimed(findings).map(|group| Claimed { name, exact, nameless, group, audit }))
    }

    /// Tests what is claimed; directions that the rows contradict leave the claim, and what is left is tested again.
    fn tested(
        &self,
        screen: &Screen<'_>,
        mut evidence: Evidence,
        name: &str,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<Conclusion, TrainError> {
        let (findings, mut round) = (screen.findings, 0);
        loop {
            session.go_on()?;
            let Trial { judgement, breaking, rest, .. } =
                self.trial(screen, &evidence, &format!("{name}{round}"), device, session)?;
            let Some(rest) = rest.filter(|_| round + 1 < CLAIMS) else {
                return Ok(conclude(findings, judgement, breaking, self.settings.audit.tolerance));
            };
            evidence = Evidence::Audit(rest);
            round += 1;
        }
    }

    /// Tests what is claimed once.
    fn trial(
        &self,
        screen: &Screen<'_>,
        evidence: &Evidence,
        label: &str,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<Trial, TrainError> {
        let findings = screen.findings;
        let judgement = judge(self, findings, evidence)?;
        let Some(group) = judgement.claimed(findings) else {
            return Ok(Trial { judgement, breaking: None, rest: None, broken: Vec::new() });
        };
        let group = screen.within_reach(group, label);
        let (directions, parts) = (judgement.directions(findings), judgement.parts(&group));
        let claim = Claim {
            group: &group,
            parts: &parts,
            directions: &directions,
            basis: judgement.basis(),
            label: label.to_owned(),
        };
        let breaking = measure(screen, &claim, device, session)?;
        let refuted = judgement.refuted(&breaking, self.settings.audit.tolerance);
        let alone = breaking.contradicted();
        let broken = refuted.iter().filter(|i| alone.contains(i)).map(|&i| findings.unit(&directions[i])).collect();
        let stands = judgement.after(Some(&breaking), self.settings.audit.tolerance).claims();
        let rest = if stands { None } else { judgement.rest(&refuted, (&breaking, &claim), (evidence, findings)) };
        Ok(Trial { judgement, breaking: Some(breaking), rest, broken })
    }

    /// Says that a part begins that has no steps to count.
    pub(super) fn begins(&self, part: &str, session: &dyn Session) {
        session.progress(&format!("{}/{part}", self.label), 0, 1, &String::new);
    }

    /// The stage's own streams.
    pub(super) fn own_streams(&self) -> Streams {
        self.streams.scope(self.label)
    }

    /// How much of the group holds, by the loss of a network trained along all of it.
    pub fn holds(&self, found: &Found, along_all: &Trained) -> Holds {
        let Some(within) = found.conclusion.within() else { return Holds::Whole };
        Holds::decide(within, self.held_out_loss(along_all), self.plain_loss(found))
    }

    /// Whether a network that was trained along more than the rows has a larger loss on the untransformed held-out rows than the plain
    /// ones on average, although it was trained for longer.
    pub fn is_worse(&self, found: &Found, trained: &Trained) -> bool {
        self.held_out_loss(trained) > self.plain_loss(found)
    }

    /// Whether a network's loss on the untransformed held-out rows is no larger than another's.
    pub fn is_as_good(&self, trained: &Trained, other: &Trained) -> bool {
        self.held_out_loss(trained) <= self.held_out_loss(other)
    }

    fn plain_loss(&self, found: &Found) -> f64 {
        let plain = &found.plain.members;
        plain.iter().map(|t| self.held_out_loss(t)).sum::<f64>() / plain.len().max(1) as f64
    }

    /// Mean loss on the untransformed held-out rows, of classes at the best temperature.
    fn held_out_loss(&self, trained: &Trained) -> f64 {
        let (problem, rows) = (self.problem, self.held_out);
        let pred = trained.predict(&problem.gather_x(rows), problem.inputs());
        comparable_losses(problem, rows, &pred).iter().sum::<f64>() / rows.len().max(1) as f64
    }
}

impl Found {
    /// The training history of each network, by its part of discovery.
    pub fn histories(&self) -> Vec<History> {
        let joint = History::of("discover", &self.joint);
        let plain = self.plain.members.iter().enumerate();
        std::iter::once(joint).chain(plain.map(|(s, member)| History::of(&format!("audit{s}"), member))).collect()
    }
}
