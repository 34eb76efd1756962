//! Why data could not be prepared.

use semola_data::{Blame, Fault};
use thiserror::Error;

use semola_data::DataError;

/// Why a preparation step failed.
#[derive(Debug, Error)]
pub enum PrepareError {
    #[error("no data set `{name}` here{hint}")]
    UnknownDataset { name: String, hint: String },
    #[error("`{step}` of data set `{dataset}`: no field `{field}`{hint}")]
    UnknownField { step: &'static str, dataset: String, field: String, hint: String },
    #[error("`{step}` of field `{field}` in data set `{dataset}`: {reason}")]
    Field { step: &'static str, dataset: String, field: String, reason: String },
    #[error("`{step}`: {reason}")]
    Step { step: &'static str, reason: String },
    #[error(transparent)]
    Data(#[from] DataError),
}

impl Fault for PrepareError {
    fn blame(&self) -> Blame {
        match self {
            Self::UnknownDataset { .. } | Self::UnknownField { .. } => Blame::Run,
            // What a pipeline may ask for was checked before: what is left is what the values are.
            Self::Field { .. } | Self::Step { .. } => Blame::Data,
            Self::Data(e) => e.blame(),
        }
    }
}
