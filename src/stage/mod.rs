//! Stages: each consumes named data sets or models and produces named ones, and rows of tables.

pub mod lineage;
pub mod outputs;
pub mod task;
pub mod world;

use semola_data::{Blame, DataError, Fault};

use crate::prepare::PrepareError;
use crate::train::TrainError;
use crate::train::groups::GroupError;

/// Why a stage failed.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Group(#[from] GroupError),
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
