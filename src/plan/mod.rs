//! From what the user wrote to what will run: names resolved, shapes known, sense checked, hashed.

mod augment;
mod context;
mod environment;
mod evaluate;
mod hash;
mod memory;
mod network;
mod print;
mod read;
mod resolve;
mod rows;
mod scope;
mod shifts;
mod space;
mod stages;
mod train;

#[cfg(test)]
mod shift_tests;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use context::{Context, each, hint};
pub use environment::{Environment, ProbeError, ProbedField, ReadShape, SourceShape};
pub use hash::{member_id, pipeline_hash};
pub use memory::Memory;
pub use print::shift_label;
pub(crate) use print::{boost_label, grouped, rotation_label};
pub(crate) use read::check_new_name;
pub use resolve::{is_name, resolve};
pub(crate) use rows::LEAST as LEAST_ROWS;
pub use scope::{Certainty, DataShape, FieldShape, ModelShape, Size};
pub(crate) use shifts::{check_boost, check_named, check_plane, check_rotation};
pub use space::space_dimension;
pub use stages::{
    NetworkSize, Plan, PlannedEvaluate, PlannedPrepare, PlannedRead, PlannedSpace, PlannedStage, PlannedTrain,
};
