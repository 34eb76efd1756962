//! Stages: each consumes named data sets or models and produces named ones, and rows of tables.

pub mod discovered;
pub mod group;
pub mod hypotheses;
pub mod lineage;
pub mod outputs;
pub mod second_look;
pub mod task;
pub mod train;
pub mod world;

use semola_data::{Blame, DataError, Fault};

use crate::prepare::PrepareError;
use crate::train::TrainError;

/// Why a stage failed.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error("{0}")]
    Group(String),
}

pub use world::{Model, World, run_stages};

impl Fault for StageError {
    fn blame(&self) -> Blame {
        match self {
            Self::Data(e) => e.blame(),
            Self::Prepare(e) => e.blame(),
            Self::Train(e) => e.blame(),
            Self::Group(_) => Blame::Run,
        }
    }
}
