//! Measuring trained models in and out of distribution.

pub mod equivariance;
pub mod metrics;
mod settings;
pub mod shifts;
mod stage;

pub use settings::{Evaluate, PlannedEvaluate};
pub use shifts::Shift;
