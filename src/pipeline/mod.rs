//! From what the user wrote to what will run: names resolved, shapes known, sense checked, hashed.

mod augment;
mod context;
mod environment;
mod hash;
mod keys;
mod memory;
pub mod network;
mod print;
mod resolve;
pub mod rows;
mod same;
mod scope;
mod space;
mod stage;
mod stages;

#[cfg(test)]
mod shift_tests;
#[cfg(test)]
pub(crate) mod tests;

pub use augment::{check_group, check_space, common_dim};
pub use context::{Context, each};
// The name that the stages know it by.
pub use environment::{Environment, ProbeError, ProbedField, ReadShape, SourceShape};
pub use hash::{member_id, pipeline_hash};
pub use keys::Keys;
pub use memory::{Memory, Need, Walk};
pub use print::{action_label, grouped, rows_label};
pub use resolve::{is_name, resolve};
pub use rows::LEAST as LEAST_ROWS;
pub use same::check_same;
pub use scope::{Certainty, DataShape, FieldShape, ModelShape, Size};
pub use semola_document::meant as hint;
pub use space::{check as check_space_settings, space_dimension};
pub use stage::{Planned, PlannedStage, Stage, StageKind};
pub use stages::Plan;
