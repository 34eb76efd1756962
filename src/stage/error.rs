//! Why a stage failed.

use semola_data::{Blame, DataError, Fault};

use crate::prepare::PrepareError;
use semola_method::fit::TrainError;
use semola_method::fit::groups::GroupError;

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
    /// A model gives no number for a row.
    #[error(
        "evaluate: '{model}' predicts {value} for {place} of '{split}' (shift {shift}): the weights or the inputs are too large; lower \
         'optimizer.lr', or scale the fields in a 'prepare' stage"
    )]
    Prediction { model: String, split: String, shift: String, place: String, value: f32 },
    /// A metric is too large for a number.
    #[error(
        "evaluate: the {metric} of '{model}' on '{split}' (shift {shift}) is {value}: predictions and targets are too far apart to be measured; \
         scale the fields in a 'prepare' stage, or leave out the rows with `where`"
    )]
    Metric { model: String, split: String, shift: String, metric: &'static str, value: f64 },
}

impl Fault for StageError {
    fn blame(&self) -> Blame {
        match self {
            Self::Data(e) => e.blame(),
            Self::Prepare(e) => e.blame(),
            Self::Train(e) => e.blame(),
            Self::Group(e) => e.blame(),
            Self::Prediction { .. } | Self::Metric { .. } => Blame::Run,
        }
    }
}
