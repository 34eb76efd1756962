//! A fixed assignment of whole groups to folds and halves.

use std::collections::HashMap;

use rand_chacha::ChaCha8Rng;

use crate::fit::TrainError;
use crate::fit::problem::{Problem, shuffle};

/// Minimal number of groups in a half for any test.
const LEAST: usize = 5;

/// Folds for cross-fitting, and halves: directions are chosen on the first half and tested on the second.
#[derive(Debug, Clone)]
pub struct Folds {
    fold: Vec<usize>,
    half: Vec<usize>,
}

impl Folds {
    /// Assigns the groups of `rows` at random and evenly, for the stage of this name. Other rows are in the first fold
    /// and half.
    ///
    /// # Errors
    /// If there are too few groups for every fold and half.
    pub fn deal(
        problem: &Problem,
        rows: &[usize],
        folds: usize,
        stage: &str,
        rng: &mut ChaCha8Rng,
    ) -> Result<Self, TrainError> {
        let mut names: Vec<usize> = rows.iter().map(|&i| problem.group(i)).collect();
        names.sort_unstable();
        names.dedup();
        let folds = folds.max(2);
        let least = 2 * folds.max(LEAST);
        if names.len() < least {
            return Err(TrainError::Discovery(format!(
                "'{stage}': {} groups of rows to learn from, and discovery needs {least}: half of them to choose directions and \
                 half to judge them, each in {folds} folds; read more data, or leave `group` out if the rows are independent",
                names.len()
            )));
        }
        shuffle(&mut names, rng);
        let place: HashMap<usize, usize> = names.into_iter().enumerate().map(|(i, g)| (g, i)).collect();
        let at = |i: usize| place.get(&problem.group(i)).copied().unwrap_or(0);
        Ok(Self {
            fold: (0..problem.rows).map(|i| at(i) % folds).collect(),
            half: (0..problem.rows).map(|i| at(i) / folds % 2).collect(),
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::ops::loss::Loss;
    use semola_engine::{Form, Layout, Streams};

    /// Groups of four rows.
    fn problem(rows: usize) -> Problem {
        let layout = Layout::arrange((2, 2), &[Form::number()], None);
        let values: Vec<f32> = (0..rows).map(|i| i as f32).collect();
        let groups = (0..rows as u32).map(|i| i / 4).collect();
        Problem::new((values.clone(), layout.clone()), (values, layout), Some(groups), Loss::Mse)
    }

    #[test]
    fn every_fold_and_half_gets_whole_groups_of_the_rows_to_learn_from() {
        let problem = problem(200);
        // The other 38 groups are held out: they must not take a place.
        let rows: Vec<usize> = (0..48).collect();
        let folds = Folds::deal(&problem, &rows, 3, "learned", &mut Streams::new(1).get("test", 0)).unwrap();
        for fold in 0..3 {
            for half in 0..2 {
                let here = rows.iter().filter(|&&i| folds.fold(i) == fold && folds.half(i) == half).count();
                assert_eq!(here, 8, "two groups of fold {fold} and half {half}");
            }
        }
        assert!(rows.iter().all(|&i| folds.fold(i) == folds.fold(i / 4 * 4) && folds.half(i) == folds.half(i / 4 * 4)));
    }

    #[test]
    fn too_few_groups_are_refused() {
        let rows: Vec<usize> = (0..36).collect();
        let error = Folds::deal(&problem(200), &rows, 3, "learned", &mut Streams::new(1).get("test", 0)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("'learned': 9 groups") && text.contains("needs 10"), "{text}");
    }
}
