//! Prediction: a trained model on new data, chunk by chunk, without its training data.
//!
//! [`Model`] is the complete interface.
//!
//! A member's `models/<name>.safetensors` holds everything needed ([`SavedModel`](crate::model::SavedModel)).
//! New data is read like the training
//! data ([`Input`]), prepared by the same fitted steps, run through the network and converted back to physical units
//! ([`Predictor`]), and written row group by row group ([`write_rows`]); large inputs in [`shards`].

mod advance;
mod average;
mod choose;
mod error;
mod input;
mod model;
mod output;
mod place;
mod predictor;
mod row_wise;
mod saved_score;
mod score;
pub mod shards;
mod write;

pub use advance::Advance;
pub use choose::Wanted;
pub use error::PredictError;
pub use input::{Input, Wishes};
pub use model::Model;
pub use place::{Place, evaluation_name, folder};
pub use predictor::{Predictor, Settings};
pub use score::Scoring;
pub use write::{Written, write_rows};

/// Rows that are in memory at a time, as far as row groups and examples allow.
pub const PIECE: u64 = 1 << 16;

/// Key under which a file of predictions names its model.
pub const MODEL: &str = "model";
