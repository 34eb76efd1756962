//! One step of the optimiser.

use dfdx::prelude::*;

use crate::engine::ops::adam;
use crate::engine::{Kernels, ParamStore};
use crate::spec::types::Optimizer;

/// Moves all parameters against their gradients, which are clipped as a whole; `factor` is the schedule's at that step.
pub fn descend<D: Kernels>(
    store: &mut ParamStore<D>,
    optimizer: &Optimizer,
    grads: &mut Gradients<f32, D>,
    step: usize,
    factor: f64,
) {
    let norm = store.grad_norm_squared(grads).sqrt();
    let clip = optimizer.clip;
    let settings = adam::Settings {
        lr: (optimizer.lr * factor) as f32,
        beta1: optimizer.beta1 as f32,
        beta2: optimizer.beta2 as f32,
        weight_decay: optimizer.weight_decay as f32,
        step: step as u64 + 1,
        grad_scale: if clip > 0.0 && norm > clip { (clip / norm) as f32 } else { 1.0 },
    };
    store.update(&settings, grads);
}
