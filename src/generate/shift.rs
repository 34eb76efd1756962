//! Moving an input out of the training distribution along the task's own group.

use rand_chacha::ChaCha8Rng;

use super::task::Task;
use crate::lie::acting::apply;
use crate::lie::expm::expm;
use crate::lie::name::NameError;
use crate::lie::named::named;
use crate::lie::random::normal;

/// The input moved by exp(Σ wᵢ Lᵢ) with wᵢ ~ N(0, size²); the generators are those of the task, or of what it nearly is.
pub fn shifted(task: &dyn Task, input: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let truth = task.truth();
    let nearly = |(name, _): &(String, f64)| -> Result<_, NameError> { Ok(named(name, truth.k, truth.affine)?.basis) };
    let generators = match truth.near.as_ref().map(nearly) {
        Some(Ok(basis)) => basis,
        _ => truth.generators,
    };
    let element = generators.into_iter().map(|l| l * (task.shift_size() * normal(rng))).reduce(|a, b| a + b);
    // A task's own generators fit its own column; without any the input stays where it is.
    let moved = element.and_then(|l| apply(&expm(&l), task.input().action, 1.0, input).ok());
    moved.unwrap_or_else(|| input.to_vec())
}
