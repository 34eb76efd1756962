//! The plan: what will run.

use super::list::PlannedStage;
use crate::pipeline::Pipeline;
use semola_document::Diagnostics;

/// A pipeline that passed all checks, for one seed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pipeline as resolved: defaults filled in, `like` followed, one seed.
    pub pipeline: Pipeline,
    /// Its stages in order, with what is known about them.
    pub stages: Vec<PlannedStage>,
    /// Hash of the resolved pipeline; see [`super::pipeline_hash`].
    pub pipeline_hash: String,
    /// The number of seeds of the pipeline: with more than one, the data as it was read is kept for the next.
    pub members: usize,
    /// The warnings.
    pub warnings: Diagnostics,
}

impl Plan {
    /// The same plan for another seed.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        let mut plan = self.clone();
        plan.pipeline.seed = semola_document::OneOrMany::One(seed);
        plan.pipeline_hash = super::pipeline_hash(&plan.pipeline);
        plan
    }

    /// The training rows of each stage; `None` for other stages, and where they are unknown.
    pub fn training_rows(&self) -> Vec<Option<usize>> {
        let rows = |stage: &PlannedStage| match stage {
            PlannedStage::Train(train) => train.rows,
            _ => None,
        };
        self.stages.iter().map(rows).collect()
    }
}
