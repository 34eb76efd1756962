//! The interface of a task.

use rand_chacha::ChaCha8Rng;

use super::truth::Truth;

/// Which of a task's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    Train,
    /// As the training set, unless the task says otherwise.
    Test,
    /// Moved along the symmetry, to where there is no training data.
    Shifted,
}

impl Split {
    /// All, in the order of writing.
    pub(super) const ALL: [Self; 3] = [Self::Train, Self::Test, Self::Shifted];

    /// The name of its file.
    pub(super) fn file_name(self) -> &'static str {
        match self {
            Self::Train => "train.parquet",
            Self::Test => "test.parquet",
            Self::Shifted => "test_shifted.parquet",
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) input: Vec<f32>,
    pub(super) target: Vec<f32>,
    /// Trajectory and step, where rows depend on each other.
    pub(super) place: Option<(i64, i64)>,
}

impl Sample {
    /// The row for an input: it is rounded to float32 first, so that the target belongs to the numbers in the file.
    pub(super) fn new(task: &dyn Task, input: &[f64]) -> Self {
        let input: Vec<f32> = input.iter().map(|&v| v as f32).collect();
        let exact: Vec<f64> = input.iter().map(|&v| f64::from(v)).collect();
        let target = task.target(&exact).into_iter().map(|v| v as f32).collect();
        Self { input, target, place: None }
    }
}

/// A simulated task: a distribution of inputs, and a function of them without noise.
pub(super) trait Task {
    /// The linear symmetries of the function, all of them.
    fn truth(&self) -> Truth;

    /// Draws an input: whole vectors of k numbers, one after another.
    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64>;

    /// Draws an input from where the stated symmetries hold and all others do not: not only from where there is data.
    #[cfg(test)]
    fn anywhere(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        self.input(Split::Test, rng)
    }

    /// The function to be learnt.
    fn target(&self, input: &[f64]) -> Vec<f64>;

    /// Default number of training rows.
    fn rows(&self) -> usize {
        4000
    }

    /// Whether there is a third file, out of distribution.
    fn has_shift(&self) -> bool {
        true
    }

    /// Draws `count` rows.
    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample>;
}

/// Rows that do not depend on each other.
pub(super) fn independent(task: &dyn Task, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
    (0..count).map(|_| Sample::new(task, &task.input(split, rng))).collect()
}
