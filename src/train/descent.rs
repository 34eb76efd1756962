//! One step of the optimiser.

use semola_engine::Descent;

use crate::engine::ops::adam;
use crate::spec::types::Optimizer;

/// The step of that number, from 0; `factor` is the schedule's at that step.
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
