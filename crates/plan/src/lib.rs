//! What the checks of all stages share: the data sets and models that exist at one point of a pipeline, errors with
//! locations, and memory. It depends on no stage.

mod context;
mod environment;
mod keys;
mod labels;
mod memory;
mod same;
mod scope;

pub use context::{Context, each};
pub use environment::{Environment, ProbeError, ProbedField, ReadShape, SourceShape};
pub use keys::Keys;
pub use labels::{action_label, bytes, grouped, rows_label};
pub use memory::{Need, Walk};
pub use same::check_same;
pub use scope::{Certainty, DataShape, FieldShape, LEAST_ROWS, ModelShape, Scope, Size};
