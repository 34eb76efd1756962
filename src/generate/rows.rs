//! Drawing the rows of one file.

use rand_chacha::ChaCha8Rng;

use super::shift::shifted;
use super::task::{Split, Task};

/// The columns of one file, row after row.
#[derive(Debug, Default)]
pub struct Rows {
    pub input: Vec<f32>,
    pub target: Vec<f32>,
    /// Number of the trajectory and of the step in it, where rows depend on each other.
    pub place: Option<(Vec<i64>, Vec<i64>)>,
}

/// Draws `count` rows.
///
/// A target is computed from the input as it is stored, in 32 bits, and the next step of a trajectory starts from the
/// target as it is stored: every row by itself is exact up to the last bit.
pub fn collect(task: &dyn Task, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Rows {
    let steps = task.steps().unwrap_or(1);
    let mut rows = Rows { place: task.steps().map(|_| Default::default()), ..Rows::default() };
    for trajectory in 0..count.div_ceil(steps) {
        let drawn = task.draw(split, rng);
        let drawn = if split == Split::Shifted { shifted(task, &drawn, rng) } else { drawn };
        let mut state = narrow(&drawn);
        for step in 0..steps.min(count - trajectory * steps) {
            let target = narrow(&task.map(&widen(&state)));
            rows.input.append(&mut state);
            rows.target.extend_from_slice(&target);
            state = target;
            if let Some((trajectories, numbers)) = &mut rows.place {
                trajectories.push(trajectory as i64);
                numbers.push(step as i64);
            }
        }
    }
    rows
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}
