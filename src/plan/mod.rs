//! From what the user wrote to what will run: names resolved, shapes known, sense checked, hashed.

mod augment;
mod context;
mod environment;
mod hash;
mod memory;
mod network;
mod prepare;
mod print;
mod read;
mod resolve;
mod rows;
mod same;
mod scope;
mod space;
mod split;
mod stages;
mod steps;
mod train;

#[cfg(test)]
mod step_tests;
#[cfg(test)]
mod tests;

pub use augment::{check_group, common_dim};
pub use context::{Context, each, hint};
pub use environment::{Environment, ProbeError, ProbedField, ReadShape, SourceShape};
pub use hash::{member_id, pipeline_hash};
pub use memory::Memory;
pub use print::rows_label;
pub use resolve::{is_name, resolve};
pub use same::check_same;
pub use scope::{Certainty, DataShape, FieldShape, ModelShape, Size};
pub use space::space_dimension;
pub use stages::{NetworkSize, Plan, PlannedPrepare, PlannedRead, PlannedSpace, PlannedStage, PlannedTrain};
