//! From what the user wrote to what will run: names resolved, shapes known, sense checked, hashed.

mod augment;
mod context;
mod environment;
mod evaluate;
mod hash;
mod memory;
mod network;
mod prepare;
mod print;
mod read;
mod resolve;
mod rows;
mod scope;
mod shifts;
mod space;
mod split;
mod stages;
mod steps;
mod train;

#[cfg(test)]
mod step_tests;
#[cfg(test)]
mod tests;

pub use environment::{Environment, ProbeError, ProbedField, ReadShape, SourceShape};
pub use hash::{member_id, pipeline_hash};
pub use memory::Memory;
pub use print::shift_label;
pub use resolve::{is_name, resolve};
pub use scope::{Certainty, DataShape, FieldShape, ModelShape, Size};
pub use space::space_dimension;
pub use stages::{
    NetworkSize, Plan, PlannedEvaluate, PlannedPrepare, PlannedRead, PlannedSpace, PlannedStage, PlannedTrain,
};
