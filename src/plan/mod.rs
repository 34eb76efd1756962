//! From what the user wrote to what will run: names resolved, shapes known, sense checked, hashed.

mod augment;
mod context;
mod environment;
mod hash;
mod memory;
mod network;
mod print;
mod read;
mod resolve;
mod rows;
mod same;
mod scope;
mod space;
mod stages;
mod train;

#[cfg(test)]
mod shift_tests;
#[cfg(test)]
pub(crate) mod tests;

pub use augment::{check_group, common_dim};
pub use context::{Context, each, hint};
pub use environment::{Environment, ProbeError, ProbedField, ReadShape, SourceShape};
pub use hash::{member_id, pipeline_hash};
pub use memory::Memory;
pub use print::{grouped, rows_label};
pub use read::check_new_name;
pub use resolve::{is_name, resolve};
pub use rows::LEAST as LEAST_ROWS;
pub use same::check_same;
pub use scope::{Certainty, DataShape, FieldShape, ModelShape, Size};
pub use space::space_dimension;
pub use stages::{NetworkSize, Plan, PlannedRead, PlannedSpace, PlannedStage, PlannedTrain};
