//! The plan: what will run.

use super::scope::{Certainty, DataShape, FieldShape};
use crate::evaluate::PlannedEvaluate;
use crate::spec::Diagnostics;
use crate::spec::types::{Pipeline, Prepare, Read, Train};

/// A pipeline that makes sense, for one seed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pipeline as resolved: defaults filled in, `like` followed, one seed.
    pub pipeline: Pipeline,
    /// Its stages in order, with what is known about them.
    pub stages: Vec<PlannedStage>,
    /// Hash of the resolved pipeline; see [`super::pipeline_hash`].
    pub pipeline_hash: String,
    /// How many seeds the pipeline has: with more than one, the data as it was read is kept for the next.
    pub members: usize,
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
    /// Bytes that all data sets take at most while the steps run, where that is known.
    pub peak: Option<usize>,
}

/// A model to train.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTrain {
    pub spec: Train,
    /// Rows that are trained on, where they are known.
    pub rows: Option<usize>,
    pub certainty: Certainty,
    pub inputs: Vec<(String, FieldShape)>,
    pub targets: Vec<(String, FieldShape)>,
    /// Size of the network, as far as it is known before reading.
    pub size: NetworkSize,
    /// The search space of a learned augmentation.
    pub space: Option<PlannedSpace>,
}

/// How large a network is; `None` for what is not known before reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NetworkSize {
    /// Values that the network takes.
    pub input: Option<usize>,
    /// Values that the network gives; for labels the number of classes.
    pub output: Option<usize>,
    /// Weights and biases.
    pub parameters: Option<usize>,
    /// Numbers that a row leaves behind between the layers, roughly.
    pub activations: Option<usize>,
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
