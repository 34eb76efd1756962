//! What methods train with, and what they give back.

use nalgebra::DMatrix;

use crate::train::Train;
use semola_engine::{Backend, HostParam, Streams};
use semola_method::discover::Discovered;
use semola_method::discover::finite;
use semola_method::discover::rows::Rows;
use semola_method::fit::{Augmentation, Fit, History, Problem, Session, TrainError, Trained, fit};
use semola_method::motion::KnownGroup;

/// What the fits of one model share.
pub struct Job<'a> {
    pub spec: &'a Train,
    pub problem: &'a Problem,
    pub rows: &'a [usize],
    pub held_out: &'a [usize],
    /// The k of R^k on which a group acts.
    pub linear: usize,
    /// The same for every model: models that differ only in their augmentation start alike and see the same batches.
    pub streams: Streams,
    pub device: &'a Backend,
    pub session: &'a dyn Session,
}

/// A given group.
#[derive(Debug, Clone)]
pub struct Given {
    pub group: KnownGroup,
    /// Whether it has translations.
    pub affine: bool,
    /// Its finite part, if it has one that can be listed.
    pub finite: Option<finite::Given>,
}

/// A trained model with all results of its augmentation.
pub struct Augmented {
    pub trained: Trained,
    pub given: Option<Given>,
    /// Generators that the model was trained along: the given group's, or the accepted ones.
    pub generators: Vec<DMatrix<f64>>,
    pub discovered: Option<Discovered>,
    pub histories: Vec<History>,
    pub rows: Rows,
}

impl<'a> Job<'a> {
    /// The main fit, over all epochs.
    pub(super) fn fit(
        &self,
        name: &str,
        augmentation: Augmentation<'_>,
        start: Option<&[HostParam]>,
    ) -> Result<Trained, TrainError> {
        let spec = self.spec;
        let job = Fit {
            label: format!("{}/{name}", spec.name),
            problem: self.problem,
            rows: self.rows,
            held_out: self.held_out,
            model: &spec.model,
            steps: spec.epochs * self.rows.len().div_ceil(spec.batch.max(1)).max(1),
            batch: spec.batch,
            optimizer: &spec.optimizer,
            schedule: &spec.schedule,
            patience: spec.patience,
            ema: spec.ema,
            augmentation,
            target: spec.augment.method().target(),
            streams: self.streams.clone(),
            start,
        };
        fit(&job, self.device, self.session)
    }

    /// The same rows in other coordinates.
    pub(super) fn with_problem<'b>(&'b self, problem: &'b Problem) -> Job<'b>
    where
        'a: 'b,
    {
        Job { problem, streams: self.streams.clone(), ..*self }
    }
}

impl Augmented {
    /// A network that was trained in one go, as the part of that name.
    pub(super) fn of(part: &str, trained: Trained) -> Self {
        Self {
            histories: vec![History::of(part, &trained)],
            trained,
            given: None,
            generators: Vec::new(),
            discovered: None,
            rows: Rows::default(),
        }
    }
}
