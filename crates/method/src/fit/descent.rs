//! The optimiser: its settings, and one step.

use schemars::JsonSchema;
use semola_engine::Descent;
use serde::{Deserialize, Serialize};

use semola_engine::ops::adam;

// The settings of AdamW and of the basis; without a doc comment, which would go into the grammar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Optimizer {
    /// Learning rate of the network.
    pub lr: f64,
    /// Learning rate of the Lie algebra basis.
    pub basis_lr: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Decay of the running mean of the gradient.
    pub beta1: f64,
    /// Decay of the running mean of its square.
    pub beta2: f64,
    /// Gradient norm at which network and basis are clipped, each on its own; 0 switches clipping off.
    pub clip: f64,
}

impl Default for Optimizer {
    fn default() -> Self {
        Self { lr: 2e-3, basis_lr: 5e-3, weight_decay: 0.0, beta1: 0.9, beta2: 0.999, clip: 1.0 }
    }
}

/// The step with that number, from 0; `factor` is the schedule's at that step.
pub fn descent(optimizer: &Optimizer, step: usize, factor: f64) -> Descent {
    let adam = adam::Settings {
        lr: (optimizer.lr * factor) as f32,
        beta1: optimizer.beta1 as f32,
        beta2: optimizer.beta2 as f32,
        weight_decay: optimizer.weight_decay as f32,
        step: step as u64 + 1,
        grad_scale: 1.0,
    };
    Descent { adam, clip: optimizer.clip }
}
