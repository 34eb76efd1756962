//! Why a task cannot be generated.

use std::io;
use std::path::PathBuf;

use parquet::errors::ParquetError;
use semola_data::{Blame, Fault};
use semola_document::meant;
use thiserror::Error;

use super::catalogue::tasks;

/// Why a task cannot be generated.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// There is no such task.
    #[error("there is no task '{task}'{hint}; the tasks are {known}")]
    Unknown { task: String, hint: String, known: String },
    /// An option has a bad value, or the task does not have it.
    #[error("option '{option}' of task '{task}': {reason}")]
    Option { option: &'static str, task: String, reason: String },
    /// A folder or file cannot be written.
    #[error("cannot write {}: {source}; check that the folder exists, is writable and has space", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// The rows cannot be encoded.
    #[error("cannot encode {} as Parquet: {source}", path.display())]
    Parquet { path: PathBuf, source: ParquetError },
}

impl GenerateError {
    /// The error for a task that does not exist, with the nearest name that does.
    pub(super) fn unknown(task: &str) -> Self {
        let known: Vec<&str> = tasks().map(|t| t.name).collect();
        let hint = meant(task, known.iter().copied());
        Self::Unknown { task: task.to_owned(), hint, known: known.join(", ") }
    }
}

impl Fault for GenerateError {
    fn blame(&self) -> Blame {
        match self {
            Self::Unknown { .. } | Self::Option { .. } => Blame::Pipeline,
            Self::Io { .. } | Self::Parquet { .. } => Blame::Run,
        }
    }
}
