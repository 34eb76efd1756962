//! How much memory a plan takes, roughly.

use super::scope::DataShape;
use super::stages::{Plan, PlannedStage, PlannedTrain};
use crate::spec::types::Augment;

/// Estimated bytes; `None` where something is not known before reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// All data sets together, in single precision.
    pub data: Option<usize>,
    /// The largest training stage: weights, gradients, moments, averages and the activations of one batch.
    pub training: Option<usize>,
}

impl Memory {
    /// The estimate for a plan.
    pub fn of(plan: &Plan) -> Self {
        let (mut data, mut training) = (Some(0usize), Some(0usize));
        for stage in &plan.stages {
            match stage {
                PlannedStage::Read(read) => data = data.zip(data_bytes(&read.data)).map(|(a, b)| a.saturating_add(b)),
                PlannedStage::Train(train) => training = training.zip(training_bytes(train)).map(|(a, b)| a.max(b)),
                _ => {}
            }
        }
        Self { data, training }
    }
}

fn data_bytes(data: &DataShape) -> Option<usize> {
    let widths: Option<Vec<usize>> = data.fields.values().map(|f| f.as_ref()?.width()).collect();
    let width = widths?.into_iter().fold(0, usize::saturating_add);
    Some(data.rows?.saturating_mul(width).saturating_mul(4))
}

/// Five numbers a weight (value, gradient, two moments, average); a learned augmentation has the networks of its audit
/// and runs a second, augmented batch.
fn training_bytes(train: &PlannedTrain) -> Option<usize> {
    let (networks, passes) = match &train.spec.augment {
        Augment::None | Augment::Known(_) | Augment::Augerino(_) => (1, 1),
        Augment::Learned(learned) => (learned.audit.networks.saturating_add(1), 2),
    };
    let weights = train.size.parameters?.saturating_mul(5 * 4).saturating_mul(networks);
    // Each activation with its gradient, before and after the non-linearity.
    let batch = train.size.activations?.saturating_mul(train.spec.batch).saturating_mul(4 * 4 * passes);
    Some(weights.saturating_add(batch))
}
