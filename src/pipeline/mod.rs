//! The pipeline: what the user wrote, what will run, and running it. Here is the list of stages.

mod amount;
mod document;
mod hash;
mod keys;
mod list;
mod memory;
mod print;
mod representations;
mod resolve;
mod run;
mod stages;
mod unseen_labels;

#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod shift_tests;
#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
pub(crate) mod tests;

pub use amount::Amount;
pub use document::{Document, Pipeline, json_schema_text};
pub use hash::{member_id, pipeline_hash};
pub use list::{PlannedStage, Stage};
pub use memory::{Memory, OnDisk};
pub use representations::{Represented, load_represented};
pub use resolve::{is_name, resolve};
pub use run::run_stages;
pub use stages::Plan;
pub use unseen_labels::check_read as check_labels_read;
