//! The whole of discovery: look at the support, train jointly with a learnable basis, train the audit's networks, audit.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use super::audit::{Audit, Bench};
use super::ensemble::Ensemble;
use super::folds::Folds;
use super::support::Support;
use super::verdict::Verdict;
use crate::engine::{Backend, Streams};
use crate::spec::types::{Learned, Model, Optimizer, Schedule};
use crate::train::basis::rank_by_gap;
use crate::train::{
    Augmentation, Fit, GroupSource, LearnedPlan, Problem, Regulariser, Session, TrainError, Trained, fit,
};

/// Below this share of explained variation nothing is claimed: a network that explains nothing is symmetric under
/// everything.
pub const SKILL: f64 = 0.3;
/// Trained strengths below this count as dead.
pub const DEAD: f64 = 0.1;
/// Off-support share that the support term takes as its unit, at least.
const NATURAL_FLOOR: f64 = 0.02;

/// What discovery works on.
pub struct Discovery<'a> {
    pub problem: &'a Problem,
    pub rows: &'a [usize],
    pub held_out: &'a [usize],
    /// Basis of the search space, side×side matrices.
    pub space: &'a [DMatrix<f64>],
    pub model: &'a Model,
    pub settings: &'a Learned,
    pub batch: usize,
    pub optimizer: &'a Optimizer,
    /// The stage's name, before every checkpoint's name.
    pub label: &'a str,
    pub streams: Streams,
}

/// How the networks of an ensemble are trained.
pub struct Course<'a> {
    /// On every row as it is, and on a copy of it along this group; on the rows alone without one.
    pub group: Option<&'a dyn GroupSource>,
    /// From the networks of the same folds; from random values without them.
    pub start: Option<&'a Ensemble>,
    /// How many of the networks.
    pub networks: usize,
}

/// What discovery saw.
pub struct Findings {
    pub support: Support,
    /// The jointly trained network, with its basis.
    pub joint: Trained,
    pub ensemble: Ensemble,
    pub folds: Folds,
    pub audit: Audit,
    /// Strengths of the trained basis, falling, and their directions (unit coefficients in whitened directions).
    pub strengths: Vec<f64>,
    pub trained: Vec<DVector<f64>>,
    /// How many trained directions lie above the largest gap.
    pub trained_rank: usize,
    /// The resolution λ_reg in force at the end.
    pub resolution: f64,
}

/// The verdict on a model as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    None,
    Undecided,
    NotIdentifiable,
    NoSkill,
}

impl Outcome {
    /// As it stands in the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::None => "none",
            Self::Undecided => "undecided",
            Self::NotIdentifiable => "not identifiable",
            Self::NoSkill => "refused: no skill",
        }
    }
}

impl Findings {
    /// The verdict on the model.
    pub fn outcome(&self) -> Outcome {
        let any = |v: Verdict| self.audit.directions.iter().any(|d| d.verdict == v);
        if self.audit.skill < SKILL {
            Outcome::NoSkill
        } else if any(Verdict::Accepted) || !self.audit.span.is_empty() {
            Outcome::Accepted
        } else if any(Verdict::Undecided) {
            Outcome::Undecided
        } else if any(Verdict::NotIdentifiable) {
            // Not `none`: what leads off the data may be a symmetry.
            Outcome::NotIdentifiable
        } else {
            Outcome::None
        }
    }

    /// The accepted span as matrices, each moving the data by its own size.
    pub fn span(&self) -> Vec<DMatrix<f64>> {
        self.audit.span.iter().map(|u| self.support.combine(&DVector::from_row_slice(u))).collect()
    }
}

impl Discovery<'_> {
    /// Runs discovery, or continues it.
    ///
    /// # Errors
    /// Interruption, divergence, checkpoints that cannot be written.
    pub fn run(&self, device: &Backend, session: &dyn Session) -> Result<Findings, TrainError> {
        let support = Support::of_space(self.space, self.problem, self.rows, self.label, &self.streams)?;
        let networks = self.settings.audit.networks;
        let folds = Folds::deal(self.problem, self.rows, networks, self.label, &mut self.streams.get("folds", 0))?;
        let plan = self.plan(&support);
        let (joint, members) = rayon::join(
            || self.joint(&plan, device, session),
            || self.ensemble(("audit", 1), &folds, Course { group: None, start: None, networks }, device, session),
        );
        let (joint, ensemble) = (joint?, members?);
        let (strengths, vectors, resolution) = trained(&joint, &plan);
        let trained_rank = rank_by_gap(&strengths, DEAD);
        let streams = self.streams.scope("audit");
        session.progress(&format!("{}/audit", self.label), 0, 1, &|| "judging directions".to_owned());
        let audit = Bench {
            problem: self.problem,
            support: &support,
            ensemble: &ensemble,
            folds: &folds,
            rows: self.rows,
            proposed: &vectors[..trained_rank],
            least: plan.generators,
            confidence: self.settings.audit.confidence,
            streams: &streams,
        }
        .audit();
        Ok(Findings { support, joint, ensemble, folds, audit, strengths, trained: vectors, trained_rank, resolution })
    }

    fn plan(&self, support: &Support) -> LearnedPlan {
        let (s, count) = (self.settings, support.directions.len());
        LearnedPlan {
            directions: support.flat(),
            count,
            generators: s.generators.unwrap_or(6).min(count),
            scale: s.scale,
            weight: s.weight,
            resolution: s.resolution,
            regulariser: Regulariser {
                support: &support.off / support.natural.max(NATURAL_FLOOR),
                support_weight: s.support,
            },
            basis_lr: self.optimizer.basis_lr,
            freeze: (s.steps / 8).min(300),
        }
    }

    fn joint(&self, plan: &LearnedPlan, device: &Backend, session: &dyn Session) -> Result<Trained, TrainError> {
        let job = self.job("discover", self.rows, self.settings.steps, Augmentation::Learned(plan));
        fit(&job, device, session)
    }

    /// Networks each trained on all folds but its own, for so many times the audit's steps. Those of that name that are there
    /// already, as checkpoints, are not trained again.
    ///
    /// # Errors
    /// As [`Discovery::run`].
    pub fn ensemble(
        &self,
        (name, longer): (&str, usize),
        folds: &Folds,
        course: Course<'_>,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<Ensemble, TrainError> {
        let member = |s: usize| {
            let rows: Vec<usize> = self.rows.iter().copied().filter(|&i| folds.fold(i) != s).collect();
            let augmentation = course.group.map_or(Augmentation::None, Augmentation::Beside);
            let start = course.start.and_then(|e| e.members.get(s)).map(Trained::params);
            let job = self.job(&format!("{name}{s}"), &rows, longer * self.settings.audit.steps, augmentation);
            fit(&Fit { start: start.as_deref(), ..job }, device, session)
        };
        let members = (0..course.networks).into_par_iter().map(member).collect::<Result<Vec<_>, _>>()?;
        Ok(Ensemble { members })
    }

    fn job<'b>(&'b self, name: &str, rows: &'b [usize], steps: usize, augmentation: Augmentation<'b>) -> Fit<'b> {
        static SCHEDULE: std::sync::LazyLock<Schedule> = std::sync::LazyLock::new(Schedule::default);
        Fit {
            label: format!("{}/{name}", self.label),
            problem: self.problem,
            rows,
            held_out: self.held_out,
            model: self.model,
            steps,
            batch: self.batch,
            optimizer: self.optimizer,
            schedule: &SCHEDULE,
            patience: None,
            ema: None,
            augmentation,
            target: self.settings.target,
            streams: self.streams.scope(name),
            start: None,
        }
    }
}

fn trained(joint: &Trained, plan: &LearnedPlan) -> (Vec<f64>, Vec<DVector<f64>>, f64) {
    let Some(basis) = &joint.state.progress.basis else { return (Vec::new(), Vec::new(), f64::NAN) };
    let (strengths, rows) = basis.spectrum();
    let vectors = (0..rows.nrows()).map(|i| rows.row(i).transpose()).collect();
    (strengths, vectors, plan.resolution_in_force(basis))
}
