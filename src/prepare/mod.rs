//! Preparing data sets: steps in order, fitted on one data set, applied to all; one step per file, in [`steps`].
//!
//! A step is checked on shapes before anything is read ([`plan()`]), fitted on data ([`fit_and_apply`]), and
//! applied to the data of its stage or to new data ([`Fitted`]); the trait `PrepareStep` defines what each has to provide.
//!
//! All steps run in parallel over fixed chunks of rows on the current Rayon pool; the result does not depend on the
//! number of threads. Random numbers come from streams named after the step, the data set and the row.

mod call;
mod centroid;
mod change;
mod checking;
mod classes;
mod error;
mod fitting;
mod form;
mod image;
mod needs;
mod per_point;
mod plan;
mod rows;
mod rules;
mod settings;
mod shapes;
mod step;
pub mod steps;
mod tree;
mod whole_groups;
mod working;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use semola_document::OneOrMany;
use serde::{Deserialize, Serialize};

pub use call::{Run, Tell};
pub use error::PrepareError;
pub use fitting::fit_and_apply;
pub use needs::Needs;
pub use plan::{PlannedPrepare, plan};
pub use settings::{Fields, Fit};
pub use step::{Division, FoundClasses, Reach, Touches};
pub use steps::{Fitted, Step};

/// Prepare data sets: steps in order, fitted on one of them, applied to all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// The data sets to change.
    pub from: OneOrMany<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl Prepare {
    /// The data sets that the steps divide into parts, in order.
    pub fn divisions(&self) -> impl Iterator<Item = Division<'_>> {
        self.steps.iter().filter_map(Step::division)
    }
}
