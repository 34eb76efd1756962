//! Networks on rows of numbers, without a tape.

use dfdx::prelude::*;

use super::problem::Problem;
use crate::engine::ops::loss;
use crate::engine::{Kernels, ParamStore};
use crate::model::Network;

/// Rows a pass, and values a pass where rows are long: what a network makes of them has to fit into memory.
const CHUNK: usize = 4096;
const VALUES: usize = 1 << 20;

/// Outputs for rows of inputs, `inputs` values each.
pub fn predict<D: Kernels>(network: &Network, store: &ParamStore<D>, x: &[f32], inputs: usize) -> Vec<f32> {
    predict_in_batches(network, store, x, inputs, (VALUES / inputs.max(1)).clamp(1, CHUNK))
}

/// The same, with so many rows a pass.
pub fn predict_in_batches<D: Kernels>(
    network: &Network,
    store: &ParamStore<D>,
    x: &[f32],
    inputs: usize,
    batch: usize,
) -> Vec<f32> {
    let mut out = Vec::new();
    for chunk in x.chunks(batch.max(1) * inputs.max(1)) {
        let rows = store.device().tensor_from_vec(chunk.to_vec(), (chunk.len() / inputs.max(1), inputs));
        out.extend(network.forward::<D, NoneTape>(store, rows).as_vec());
    }
    out
}

/// Task loss of each of the given rows.
pub fn row_losses<D: Kernels>(network: &Network, store: &ParamStore<D>, problem: &Problem, rows: &[usize]) -> Vec<f32> {
    let pred = predict(network, store, &problem.gather_x(rows), problem.inputs());
    loss::rows(problem.loss, &pred, &problem.gather_y(rows), problem.outputs())
}

/// Mean task loss of the given rows; NaN if there are none.
pub fn mean_loss<D: Kernels>(network: &Network, store: &ParamStore<D>, problem: &Problem, rows: &[usize]) -> f64 {
    let losses = row_losses(network, store, problem, rows);
    losses.iter().map(|&l| f64::from(l)).sum::<f64>() / losses.len() as f64
}
