//! The networks of a discovery: one trained jointly with a learnable basis, and plain ones by cross-fitting.

use rayon::prelude::*;

use super::Discovery;
use super::ensemble::Ensemble;
use super::folds::Folds;
use super::support::Support;
use crate::fit::Schedule;
use crate::fit::space::default_generators;
use crate::fit::{
    Augmentation, Fit, LearnedPlan, Problem, Regulariser, Session, TrainError, Trained, fit, steps_per_epoch,
};
use semola_engine::Backend;

/// How the networks of an ensemble are trained.
pub struct EnsembleFit<'a> {
    /// Prefix of each network's number in the names of its checkpoint and random streams.
    pub name: &'a str,
    /// Another prefix for their streams: networks that share it start alike and see the same batches.
    pub stream: Option<&'a str>,
    /// What rows are trained on, beside themselves.
    pub augmentation: Augmentation<'a>,
    /// Start from the networks of the same folds; otherwise from random weights.
    pub start: Option<&'a Ensemble>,
    /// Number of networks to train.
    pub networks: usize,
    /// At most this many training steps.
    pub steps: usize,
    /// Other targets for each network, one problem per fold; the discovery's own if there are none.
    pub targets: Option<&'a [Problem]>,
}

/// Of the groups that a network is trained on, the share that says when to stop.
const INNER: f64 = 0.1;
/// A network is as good as it gets once that loss has not improved for so many steps.
const STALE_STEPS: usize = 500;

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

    /// Networks each trained on all folds except its own, as they were when their loss on rows set aside was least. Those
    /// that already exist as checkpoints of that name are not retrained.
    pub(super) fn ensemble(
        &self,
        folds: &Folds,
        how: &EnsembleFit<'_>,
        device: &Backend,
        session: &dyn Session,
    ) -> Result<Ensemble, TrainError> {
        let member = |s: usize| {
            let others: Vec<usize> = self.rows.iter().copied().filter(|&i| folds.fold(i) != s).collect();
            let mut rng = self.own_streams().get("inner", s as u64);
            let (rows, inner) = self.problem.split_groups(&others, INNER, &mut rng);
            let start = how.start.and_then(|e| e.members.get(s)).map(Trained::params);
            let job = self.fit(&format!("{}{s}", how.name), &rows, how.steps, how.augmentation);
            let streams = self.own_streams().scope(&format!("{}{s}", how.stream.unwrap_or(how.name)));
            let job = Fit {
                streams,
                problem: how.targets.and_then(|all| all.get(s)).unwrap_or(self.problem),
                held_out: &inner,
                patience: Some(STALE_STEPS.div_ceil(steps_per_epoch(rows.len(), self.batch)).max(2)),
                start: start.as_deref(),
                ..job
            };
            fit(&job, device, session)
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
