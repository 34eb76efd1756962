//! Why a stage failed.

use semola_data::{Blame, DataError, Fault};

use crate::fit::TrainError;
use crate::fit::groups::GroupError;
use crate::prepare::PrepareError;

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

impl Fault for StageError {
    fn blame(&self) -> Blame {
        match self {
            Self::Data(e) => e.blame(),
            Self::Prepare(e) => e.blame(),
            Self::Train(e) => e.blame(),
            Self::Group(e) => e.blame(),
        }
    }
}
