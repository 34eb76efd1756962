//! Row losses with their gradients.

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The task loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Mean squared error.
    #[default]
    Mse,
    /// Mean absolute error.
    Mae,
    /// Quadratic up to an error of 1, linear beyond.
    Huber,
    /// Softmax cross-entropy of class labels.
    CrossEntropy,
}

/// Loss of each row of `pred` (n×`width`) against `target`, averaged over the components of a row.
///
/// For [`Loss::CrossEntropy`] the target holds class probabilities (one-hot), and the value is in nats.
pub fn rows(kind: Loss, pred: &[f32], target: &[f32], width: usize) -> Vec<f32> {
    pred.chunks_exact(width).zip(target.chunks_exact(width)).map(|(p, t)| row(kind, p, t)).collect()
}

fn row(kind: Loss, pred: &[f32], target: &[f32]) -> f32 {
    let each = pred.iter().zip(target);
    let total: f32 = match kind {
        Loss::Mse => each.map(|(p, t)| (p - t) * (p - t)).sum(),
        Loss::Mae => each.map(|(p, t)| (p - t).abs()).sum(),
        Loss::Huber => each.map(|(p, t)| huber(p - t)).sum(),
        Loss::CrossEntropy => {
            let log_z = log_sum_exp(pred);
            return each.map(|(p, t)| t * (log_z - p)).sum();
        }
    };
    total / pred.len() as f32
}

/// Logits of one row to probabilities.
pub fn softmax(row: &mut [f32]) {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|v| *v = (*v - top).exp());
    let sum: f32 = row.iter().sum();
    row.iter_mut().for_each(|v| *v /= sum);
}

/// Adds, for each row, `weight` times the gradient of its loss to `of_pred` and `of_target`.
pub fn backward(kind: Loss, pred: &[f32], target: &[f32], weights: &[f32], of_pred: &mut [f32], of_target: &mut [f32]) {
    let width = pred.len() / weights.len().max(1);
    for (i, &weight) in weights.iter().enumerate() {
        let at = i * width..(i + 1) * width;
        let (p, t) = (&pred[at.clone()], &target[at.clone()]);
        if kind == Loss::CrossEntropy {
            let log_z = log_sum_exp(p);
            let mass: f32 = t.iter().sum();
            for (j, (gp, gt)) in of_pred[at.clone()].iter_mut().zip(&mut of_target[at]).enumerate() {
                *gp += weight * (mass * (p[j] - log_z).exp() - t[j]);
                *gt += weight * (log_z - p[j]);
            }
            continue;
        }
        let scale = weight / width as f32;
        for (j, (gp, gt)) in of_pred[at.clone()].iter_mut().zip(&mut of_target[at]).enumerate() {
            let e = p[j] - t[j];
            let slope = scale
                * match kind {
                    Loss::Mse => 2.0 * e,
                    Loss::Mae => e.signum() * f32::from(e != 0.0),
                    Loss::Huber | Loss::CrossEntropy => e.clamp(-1.0, 1.0),
                };
            *gp += slope;
            *gt -= slope;
        }
    }
}

fn huber(e: f32) -> f32 {
    let a = e.abs();
    if a <= 1.0 { 0.5 * e * e } else { a - 0.5 }
}

fn log_sum_exp(v: &[f32]) -> f32 {
    let top = v.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    top + v.iter().map(|x| (x - top).exp()).sum::<f32>().ln()
}
