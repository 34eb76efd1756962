//! From what the user wrote to what will run: names resolved, shapes known, sense checked, hashed.

mod context;
mod document;
mod environment;
mod error;
mod hash;
mod keys;
mod memory;
pub mod network;
mod print;
mod resolve;
pub mod rows;
mod same;
mod scope;
mod stage;
mod stages;
mod world;

#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod shift_tests;
#[cfg(test)]
pub(crate) mod tests;

pub use context::{Context, each};
pub use document::{Document, Pipeline, json_schema_text};
pub use environment::{Environment, ProbeError, ProbedField, ReadShape, SourceShape};
pub use error::StageError;
pub use hash::{member_id, pipeline_hash};
pub use keys::Keys;
pub use memory::{Memory, Need, Walk};
pub use print::{action_label, grouped, rows_label};
pub use resolve::{is_name, resolve};
pub use rows::LEAST as LEAST_ROWS;
pub use same::check_same;
pub use scope::{Certainty, DataShape, FieldShape, ModelShape, Size};
pub use stage::{Planned, PlannedStage, Stage, StageKind};
pub use stages::Plan;
pub use world::{World, left_out, run_stages};
