//! Losses of networks on rows of a problem.

use semola_engine::Learner;

use super::problem::Problem;
use semola_engine::ops::loss;

/// Task loss of each of the given rows.
pub fn row_losses(learner: &Learner, problem: &Problem, rows: &[usize]) -> Vec<f32> {
    let pred = learner.predict(&problem.gather_x(rows), problem.inputs(), None);
    loss::rows(problem.loss, &pred, &problem.gather_y(rows), problem.outputs())
}

/// Mean task loss of the given rows; NaN if there are none.
pub fn mean_loss(learner: &Learner, problem: &Problem, rows: &[usize]) -> f64 {
    let losses = row_losses(learner, problem, rows);
    losses.iter().map(|&l| f64::from(l)).sum::<f64>() / losses.len() as f64
}
