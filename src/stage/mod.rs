//! Stages: each consumes named data sets or models and produces named ones, and rows of tables.

pub mod lineage;
pub mod outputs;
pub mod task;
pub mod world;

use crate::data::DataError;
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
