//! What training needs from its surroundings: checkpoints, stop requests, progress reports.

use semola_data::{Blame, Event, Fault};
use serde_json::Value;

use super::groups::GroupError;

/// A checkpoint: named tensors and a state as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    pub tensors: Vec<(String, Vec<f32>)>,
    pub state: Value,
}

/// The environment of a run. Training itself knows no files and no terminal.
pub trait Session: Sync {
    /// The checkpoint of that name, if there is a complete one.
    fn load(&self, name: &str) -> Option<Saved>;

    /// Replaces the checkpoint of that name.
    ///
    /// # Errors
    /// If it cannot be written.
    fn save(&self, name: &str, saved: &Saved) -> Result<(), String>;

    /// Whether it is time for a checkpoint of work in progress.
    fn due(&self, name: &str) -> bool;

    /// Whether the run should stop as soon as its state is saved.
    fn interrupted(&self) -> bool;

    /// Between pieces of work that take seconds and whose results are not saved, but made again from the saved networks.
    ///
    /// # Errors
    /// [`TrainError::Interrupted`], if the run should stop.
    fn go_on(&self) -> Result<(), TrainError> {
        if self.interrupted() { Err(TrainError::Interrupted) } else { Ok(()) }
    }

    /// Reports the progress of a task; `message` is only called if it is displayed.
    fn progress(&self, label: &str, step: usize, total: usize, message: &dyn Fn() -> String);

    /// Records an event.
    fn event(&self, event: Event);
}

/// Why training ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The run was asked to stop; its state is saved.
    #[error("interrupted: the state is saved, the same command continues")]
    Interrupted,
    #[error("cannot write the checkpoint '{name}': {reason}")]
    Checkpoint { name: String, reason: String },
    #[error(
        "training '{label}' diverged at step {step}: the loss is {loss}; lower 'optimizer.lr' or scale the fields in a 'prepare' stage"
    )]
    Diverged { label: String, step: usize, loss: f64 },
    #[error(
        "training '{label}' ended with weights that are not finite numbers; lower 'optimizer.lr' or scale the fields in a 'prepare' stage"
    )]
    NotFinite { label: String },
    #[error(
        "'{label}' has {rows} rows to train on and {held_out} held out: each needs at least {least}; give more data or another 'validate'"
    )]
    TooFewRows { label: String, rows: usize, held_out: usize, least: usize },
    #[error("the checkpoint '{name}' does not belong to this network; run with --fresh to start over")]
    ForeignCheckpoint { name: String },
    #[error(transparent)]
    Group(#[from] GroupError),
    #[error("{0}")]
    Discovery(String),
}

impl Fault for TrainError {
    fn blame(&self) -> Blame {
        match self {
            Self::Interrupted => Blame::Interrupted,
            Self::TooFewRows { .. } => Blame::Data,
            Self::Group(e) => e.blame(),
            Self::Checkpoint { .. }
            | Self::Diverged { .. }
            | Self::NotFinite { .. }
            | Self::ForeignCheckpoint { .. }
            | Self::Discovery(_) => Blame::Run,
        }
    }
}
