//! Simulated tasks whose symmetries are known: data for trying out and testing the program.
//!
//! Every task states its symmetries in the Parquet metadata key `semola.truth`; `truth_tests` checks for each of them that
//! the function has these linear symmetries and no other.

mod anisotropic_trap;
mod catalogue;
mod decays;
mod error;
mod external_field;
mod finite;
mod fixed_pose;
mod hidden_rotation;
mod integrate;
mod minkowski;
mod n_body;
mod near_rotation;
mod none;
mod particle;
mod plane;
mod quarter_turns;
mod random;
mod scaling;
mod se3;
mod shear_images;
mod so2_axis;
mod so3_cloud;
mod solids;
mod stream;
mod table;
mod task;
mod translation;
mod truth;
mod two_body;
mod vectors;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use catalogue::Simulated;
pub use catalogue::{TaskInfo, tasks};
pub use error::GenerateError;
pub use random::Broken;
use task::Split;

/// The fewest and the most training rows.
pub const ROWS: std::ops::RangeInclusive<usize> = 10..=10_000_000;

/// What to generate; equal options give equal bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// Rows of the training set, 10 to 10 million (default: the task's own); the test sets have a third of that.
    pub rows: Option<usize>,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Size of the symmetry-breaking term, where the task has one.
    pub dial: Option<f64>,
    /// Properties of a random task that are fixed instead of drawn, as `KEY=VALUE`.
    pub like: Vec<String>,
}

/// Writes `train.parquet`, `test.parquet` and, where the task has one, `test_shifted.parquet` to the folder `out`, which is
/// made if missing, and a `pipeline.yaml` where the columns depend on the seed; returns their paths.
///
/// Columns: `input` and `target` (fixed-size lists of float32), and `trajectory` and `step` where rows depend on each other;
/// tasks that are not on [vectors](TaskInfo::vectors) have columns of their own.
///
/// # Errors
/// If the task does not exist, an option does not apply to it, or a file cannot be written.
pub fn generate(task: &str, options: &Options, out: &Path) -> Result<Vec<PathBuf>, GenerateError> {
    let chosen = catalogue::build(task, options)?;
    let rows = options.rows.unwrap_or(chosen.rows());
    if !ROWS.contains(&rows) {
        let reason = format!("{rows} rows; use {} to {}", ROWS.start(), ROWS.end());
        return Err(GenerateError::Option { option: "rows", task: task.to_owned(), reason });
    }
    fs::create_dir_all(out).map_err(|source| GenerateError::Io { path: out.to_owned(), source })?;
    let mut files = Vec::new();
    for split in Split::ALL {
        if split == Split::Shifted && !chosen.has_shift() {
            continue;
        }
        let count = if split == Split::Train { rows } else { rows.div_ceil(3) };
        let path = out.join(split.file_name());
        chosen.write(split, count, &mut stream::stream(options.seed, task, split), &path)?;
        files.push(path);
    }
    if let Some(text) = chosen.pipeline() {
        let path = out.join("pipeline.yaml");
        write::place(&path, text.as_bytes()).map_err(|source| GenerateError::Io { path: path.clone(), source })?;
        files.push(path);
    }
    Ok(files)
}

/// By how much the function of a `random` task breaks connected groups, each given by its generators, row by row.
///
/// # Errors
/// If the task does not exist or is not drawn, an option does not apply to it, or generators do not fit its search space.
pub fn broken(task: &str, options: &Options, groups: &[Vec<Vec<f64>>]) -> Result<Vec<Broken>, GenerateError> {
    let problem = |reason: String| GenerateError::Option { option: "breaks", task: task.to_owned(), reason };
    let Simulated::Table(table) = catalogue::build(task, options)? else { return Err(problem(ONLY_RANDOM.to_owned())) };
    let square = |flat: &Vec<f64>| {
        let side = flat.len().isqrt();
        let numbers = flat.len();
        let whole = side > 0 && side * side == numbers;
        let matrix = || DMatrix::from_row_slice(side, side, flat);
        whole.then(matrix).ok_or_else(|| problem(format!("a generator of {numbers} numbers; give k·k, row by row")))
    };
    let one = |group: &Vec<Vec<f64>>| {
        let generators = group.iter().map(square).collect::<Result<Vec<_>, _>>()?;
        table.broken(&generators).ok_or_else(|| problem(ONLY_RANDOM.to_owned()))?
    };
    groups.iter().map(one).collect()
}

/// Said of other tasks.
const ONLY_RANDOM: &str = "only the task 'random' measures by how much it breaks a group; leave it out";

impl Simulated {
    fn rows(&self) -> usize {
        match self {
            Self::Vectors(t) => t.rows(),
            Self::Table(t) => t.rows(),
        }
    }

    fn pipeline(&self) -> Option<String> {
        match self {
            Self::Vectors(_) => None,
            Self::Table(t) => t.pipeline(),
        }
    }

    fn has_shift(&self) -> bool {
        match self {
            Self::Vectors(t) => t.has_shift(),
            Self::Table(t) => t.has_shift(),
        }
    }

    fn write(&self, split: Split, count: usize, rng: &mut ChaCha8Rng, path: &Path) -> Result<(), GenerateError> {
        let (columns, truth) = match self {
            Self::Vectors(t) => (write::columns_of(&t.samples(split, count, rng)), t.truth()),
            Self::Table(t) => (t.columns(split, count, rng), t.truth()),
        };
        let parquet = |source: ArrowError| GenerateError::Parquet { path: path.to_owned(), source: source.into() };
        write::write(path, columns.map_err(parquet)?, &truth)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod truth_tests;
