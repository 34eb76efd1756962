//! The plan: what will run.

use super::scope::{DataShape, FieldShape};
use crate::spec::Diagnostics;
use crate::spec::types::{Evaluate, Pipeline, Prepare, Read, Train};

/// A pipeline that makes sense, for one seed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pipeline as resolved: defaults filled in, `like` followed, one seed.
    pub pipeline: Pipeline,
    /// Its stages in order, with what is known about them.
    pub stages: Vec<PlannedStage>,
    /// Hash of the resolved pipeline; see [`super::pipeline_hash`].
    pub pipeline_hash: String,
    /// What is odd without being wrong.
    pub warnings: Diagnostics,
}

impl Plan {
    /// The same plan for another seed.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        let mut plan = self.clone();
        plan.pipeline.seed = crate::spec::types::OneOrMany::One(seed);
        plan.pipeline_hash = super::pipeline_hash(&plan.pipeline);
        plan
    }
}

/// One stage.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a pipeline has a handful of stages")]
pub enum PlannedStage {
    Read(PlannedRead),
    Prepare(PlannedPrepare),
    Train(PlannedTrain),
    Evaluate(PlannedEvaluate),
}

/// A data set to read.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRead {
    pub spec: Read,
    pub data: DataShape,
    /// Columns that a later `split: {by: …}` needs.
    pub keys: Vec<String>,
}

/// Data sets to prepare.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedPrepare {
    pub spec: Prepare,
    /// The data sets that come out, in order: a split one is replaced by its parts.
    pub produces: Vec<(String, DataShape)>,
}

/// A model to train.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTrain {
    pub spec: Train,
    /// Rows of the training data, where they are known.
    pub rows: Option<usize>,
    pub inputs: Vec<(String, FieldShape)>,
    pub targets: Vec<(String, FieldShape)>,
    /// Values that the network takes.
    pub input_width: Option<usize>,
    /// Values that the network gives; for labels the number of classes, where that is known.
    pub output_width: Option<usize>,
    /// The search space of a learned augmentation.
    pub space: Option<PlannedSpace>,
}

impl PlannedTrain {
    /// Widths of all layers from input to output; `None` if one is not known.
    pub fn widths(&self) -> Option<Vec<usize>> {
        let crate::spec::types::Model::Mlp(mlp) = &self.spec.model;
        let mut widths = vec![self.input_width?];
        widths.extend(&mlp.hidden);
        widths.push(self.output_width?);
        Some(widths)
    }

    /// Weights and biases of the network.
    pub fn parameters(&self) -> Option<usize> {
        let widths = self.widths()?;
        Some(widths.windows(2).map(|w| w[0].saturating_add(1).saturating_mul(w[1])).fold(0, usize::saturating_add))
    }
}

/// A search space in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedSpace {
    /// The k of GL(k).
    pub side: usize,
    /// With translations.
    pub affine: bool,
    /// Dimension p of the space.
    pub dimension: usize,
    /// Generators C.
    pub generators: usize,
}

/// Models to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedEvaluate {
    pub spec: Evaluate,
    /// The data sets with their rows, where these are known.
    pub on: Vec<(String, Option<usize>)>,
}
