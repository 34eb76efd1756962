//! What is learned: the task (which fields to which), where the data comes from, outputs in physical units, and the trained
//! model. Training, evaluation and prediction share it.

mod lineage;
mod outputs;
mod saved;
mod saved_finite;
mod saved_group;
mod task;
mod trained;

pub use lineage::{Applied, FieldForm, Lineage, note};
pub use outputs::{TargetColumn, likeliest, measured, physical};
pub use saved::{LoadedModel, ModelFileError, SavedModel, checkpoint, file_name, path};
pub use saved_finite::SavedFinite;
pub use saved_group::SavedGroup;
pub use task::{Task, View, form, most_points};
pub use trained::{Model, Origin};
