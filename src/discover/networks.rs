//! The networks of a discovery: one trained jointly with a learnable basis, and plain ones by cross-fitting.

use rayon::prelude::*;

use super::Discovery;
use super::ensemble::Ensemble;
use super::folds::Folds;
use super::support::Support;
use crate::fit::Schedule;
use crate::fit::space::default_generators;
use crate::fit::{Augmentation, Fit, LearnedPlan, Regulariser, Session, TrainError, Trained, fit};
use crate::motion::GroupSource;
use semola_engine::Backend;

/// How the networks of an ensemble are trained.
pub struct EnsembleFit<'a> {
    /// Prefix of each network's number in the names of its checkpoint and random streams.
    pub name: &'a str,
    /// Train on every row and on a copy transformed by this group; without a group, on the rows alone.
    pub group: Option<&'a dyn GroupSource>,
    /// Start from the networks of the same folds; otherwise from random weights.
    pub start: Option<&'a Ensemble>,
    /// Number of networks to train.
    pub networks: usize,
    /// Training steps, as a multiple of the audit's steps.
    pub times: usize,
}

impl Discovery<'_> {
    pub(super) fn plan(&self, support: &Support) -> LearnedPlan {
        let (s, count) = (self.settings, support.directions.len());
        LearnedPlan {
            directions: support.flat(),
            count,
            generators: s.generators.map_or_else(|| default_generators(count), |wanted| wanted.min(count)),
            scale: s.scale,
            weight: s.weight,
            resolution: s.resolution,
            regulariser: Regulariser { support: &support.off / support.natural_share(), support_weight: s.support },
            basis_lr: self.optimizer.basis_lr,
            freeze: s.frozen_steps(),
        }
    }

    pub(super) fn joint(
        &self,
        plan: &LearnedPlan,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<Trained, TrainError> {
        fit(&self.fit("discover", self.rows, self.settings.steps, Augmentation::Learned(plan)), device, session)
    }

    /// Networks each trained on all folds except its own. Those that already exist as checkpoints of that name are not
    /// retrained.
    pub(super) fn ensemble(
        &self,
        folds: &Folds,
        how: &EnsembleFit<'_>,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<Ensemble, TrainError> {
        let member = |s: usize| {
            let rows: Vec<usize> = self.rows.iter().copied().filter(|&i| folds.fold(i) != s).collect();
            let augmentation = how.group.map_or(Augmentation::None, Augmentation::Beside);
            let start = how.start.and_then(|e| e.members.get(s)).map(Trained::params);
            let job = self.fit(&format!("{}{s}", how.name), &rows, how.times * self.settings.audit.steps, augmentation);
            fit(&Fit { start: start.as_deref(), ..job }, device, session)
        };
        let members = (0..how.networks).into_par_iter().map(member).collect::<Result<Vec<_>, _>>()?;
        Ok(Ensemble { members })
    }

    fn fit<'b>(&'b self, name: &str, rows: &'b [usize], steps: usize, augmentation: Augmentation<'b>) -> Fit<'b> {
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
            streams: self.own_streams().scope(name),
            start: None,
        }
    }
}
