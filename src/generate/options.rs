//! What a user may choose about a task.

use super::catalogue::TaskInfo;
use super::error::GenerateError;

/// The most rows of one file: it is put together in memory.
const MAX_ROWS: usize = 10_000_000;

/// Choices that all tasks share.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Options {
    /// Rows of the training set (default: the task's own); the test sets have a third as many.
    pub rows: Option<usize>,
    /// Another seed gives other rows of the same task.
    pub seed: u64,
    /// How far `near-rotation` is from a symmetry; other tasks take none.
    pub dial: Option<f64>,
}

impl Options {
    /// The number of training rows.
    ///
    /// # Errors
    /// Rows out of range; a dial that is out of range, or that the task does not have.
    pub(super) fn check(&self, info: &'static TaskInfo) -> Result<usize, GenerateError> {
        let wrong = |option, found: String, reason: String| GenerateError::Option { option, found, task: info.name, reason };
        let rows = self.rows.unwrap_or(info.rows);
        if !(1..=MAX_ROWS).contains(&rows) {
            return Err(wrong("rows", rows.to_string(), format!("give a number from 1 to {MAX_ROWS}")));
        }
        match self.dial {
            Some(dial) if !info.dial => Err(wrong("dial", dial.to_string(), "it has none; leave it out".to_owned())),
            Some(dial) if !(0.0..=10.0).contains(&dial) => {
                Err(wrong("dial", dial.to_string(), "give a number from 0 (a symmetry) to 10".to_owned()))
            }
            _ => Ok(rows),
        }
    }
}
