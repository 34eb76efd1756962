//! What discovery concludes about one model's group, and what of it holds in the end.

use nalgebra::DMatrix;
use semola_data::Event;
use semola_data::event::Discovery;

use super::algebra::exact_basis;
use super::audit;
use super::breaking::Breaking;
use super::finite::Finite;
use super::holds::Holds;
use super::verdict::Verdict;
use crate::fit::groups::{Orbit, Sampled, Within};
use semola_lie::identify::Identification;

/// Standard errors of a loss on unseen rows that count.
pub(super) const WORSE: f64 = 1.645;

/// A conclusion. One point is left to training along the group: how much of the group holds.
pub struct Conclusion {
    pub verdict: Verdict,
    pub identification: Identification,
    /// The accepted group; `None` if nothing was accepted.
    pub(super) group: Option<Sampled>,
    /// The part of it within the limit that plain networks found, if they found one.
    pub(super) within: Option<Within>,
    /// The size of the coefficient up to which every accepted direction holds, where each was judged.
    pub(super) extent: Option<f64>,
    /// The largest adjusted p-value of the accepted directions, if each was tested.
    pub(super) p_value: Option<f64>,
    pub(super) notes: Vec<String>,
    /// What the rows say against the claim, if there was one.
    pub(super) breaking: Option<Breaking>,
    /// Of the algebra's matrices in the trained basis.
    pub(super) strengths: Vec<f64>,
    pub(super) directions: Vec<Direction>,
    pub(super) rest: Vec<Rest>,
    /// Matrices that do not move the data.
    pub(super) null: Vec<DMatrix<f64>>,
    pub(super) skill: f64,
    pub(super) random_excess: f64,
    pub(super) resolution: f64,
}

/// A direction that the audit tested.
pub(super) struct Direction {
    pub(super) judged: audit::Direction,
    pub(super) matrix: DMatrix<f64>,
    /// In the trained basis.
    pub(super) strength: f64,
}

/// A trained direction outside the accepted span.
pub(super) struct Rest {
    pub(super) matrix: DMatrix<f64>,
    pub(super) strength: f64,
}

/// A conclusion with the group that a model was trained along.
pub struct Discovered {
    pub conclusion: Conclusion,
    /// Elements of the accepted group, as far as it holds; `None` if nothing was accepted.
    pub source: Option<Orbit>,
    /// The finite part of the group, if it was looked for.
    pub finite: Option<Finite>,
    pub(super) notes: Vec<String>,
}

impl Discovered {
    /// The size of the coefficient up to which the group holds, where that was judged.
    pub fn extent(&self) -> Option<f64> {
        self.conclusion.extent
    }
}

impl Conclusion {
    /// What to train along; `None` if nothing was accepted.
    pub fn group(&self) -> Option<&Sampled> {
        self.group.as_ref()
    }

    /// The part of it that may remain, if plain networks found a limit.
    pub(super) fn within(&self) -> Option<&Within> {
        self.within.as_ref()
    }

    /// The same with further notes.
    #[must_use]
    pub(super) fn noting(mut self, more: Vec<String>) -> Self {
        self.notes.extend(more);
        self
    }

    /// What was found about a claim that did not hold: its name, and why.
    pub(super) fn rejected(&self, tolerance: f64) -> Option<String> {
        let tested = self.breaking.as_ref().filter(|_| !self.is_accepted())?;
        Some(format!(
            "{} of {} dimensions was tested: {}",
            self.identification.name,
            self.identification.rank,
            tested.note(tolerance)
        ))
    }

    /// Whether a group is claimed, if only approximately.
    pub fn is_accepted(&self) -> bool {
        self.verdict.claims()
    }

    /// Whether training along this group reduced the loss on unseen rows by more than training along another one did, by 1.645
    /// standard errors of the reduction.
    pub(super) fn gains_more_than(&self, other: &Self) -> bool {
        let worse = |of: &Self| of.breaking.as_ref().and_then(|breaking| breaking.worse);
        worse(self).zip(worse(other)).is_some_and(|(own, other)| own < other - WORSE)
    }

    /// Whether networks were trained along what was claimed.
    pub fn was_trained_along(&self) -> bool {
        self.breaking.as_ref().is_some_and(|breaking| breaking.worse.is_some())
    }

    /// The accepted algebra, exact if it was snapped.
    pub fn accepted_basis(&self) -> Vec<DMatrix<f64>> {
        if self.is_accepted() { exact_basis(&self.identification) } else { Vec::new() }
    }

    /// For the event log.
    pub(super) fn as_event(&self, model: &str) -> Event {
        let id = &self.identification;
        Event::Discovered(Discovery {
            model: model.to_owned(),
            verdict: self.verdict.word().to_owned(),
            name: id.name.clone(),
            rank: id.rank,
            angle: id.angle,
            skill: self.skill,
            strengths: self.strengths.clone(),
        })
    }

    /// The discovery, given how much of the group holds.
    pub fn holding(self, holds: Holds) -> Discovered {
        let notes = self.notes.iter().cloned().chain(holds.note()).collect();
        let source = self.group.clone().map(|group| match holds {
            Holds::Whole => Orbit::Whole(group),
            Holds::Within(within) => Orbit::Within(within),
        });
        Discovered { conclusion: self, source, finite: None, notes }
    }
}
