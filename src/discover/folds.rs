//! A fixed assignment of whole groups to folds and halves.

use crate::train::problem::{Problem, shuffle};
use rand_chacha::ChaCha8Rng;

/// Folds for cross-fitting, and halves: directions are chosen on the first half and judged on the second.
#[derive(Debug, Clone)]
pub struct Folds {
    fold: Vec<usize>,
    half: Vec<usize>,
}

impl Folds {
    /// Deals the groups of all rows out at random, evenly.
    pub fn deal(problem: &Problem, folds: usize, rng: &mut ChaCha8Rng) -> Self {
        let mut names: Vec<usize> = (0..problem.rows).map(|i| problem.group(i)).collect();
        names.sort_unstable();
        names.dedup();
        shuffle(&mut names, rng);
        let place: std::collections::HashMap<usize, usize> =
            names.into_iter().enumerate().map(|(i, g)| (g, i)).collect();
        let at = |i: usize| place.get(&problem.group(i)).copied().unwrap_or(0);
        let folds = folds.max(2);
        Self {
            fold: (0..problem.rows).map(|i| at(i) % folds).collect(),
            half: (0..problem.rows).map(|i| at(i) / folds % 2).collect(),
        }
    }

    /// The fold of a row.
    pub fn fold(&self, row: usize) -> usize {
        self.fold[row]
    }

    /// The half of a row, 0 or 1.
    pub fn half(&self, row: usize) -> usize {
        self.half[row]
    }

    /// The folds of rows.
    pub fn of(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().map(|&i| self.fold(i)).collect()
    }
}
