//! Inspecting a run directory or a Parquet file.

mod column;
mod file;
mod member;
mod pictures;
mod text;

use std::path::{Path, PathBuf};

use semola_data::foreign::{How, is_foreign};
use semola_data::settings::{Import, OnInvalid};
use semola_data::table::TableError;
use semola_data::{Blame, DataError, Fault, Foreign};
use serde_json::Value;

use crate::member::RunError;

pub use text::describe;

/// Why it could not be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error("{}: there is no such file or directory", path.display())]
    Missing { path: PathBuf },
    /// Not Parquet, truncated or damaged.
    #[error("{}: not a readable Parquet file: {problem}", path.display())]
    Damaged { path: PathBuf, problem: String },
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Fault for InspectError {
    fn blame(&self) -> Blame {
        match self {
            Self::Run(e) => e.blame(),
            Self::Table(e) => e.blame(),
            Self::Missing { .. } => Blame::Pipeline,
            Self::Data(e) => e.blame(),
            Self::Damaged { .. } => Blame::Data,
        }
    }
}

/// What is known about a Parquet file, a member's directory or a directory of members, as JSON;
/// [`describe`] puts it in words.
pub fn inspect(path: &Path) -> Result<Value, InspectError> {
    inspect_with(path, None)
}

/// The same, where files in other formats than Parquet are read too; rows that are none are left out.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_with(path: &Path, foreign: Option<(&dyn Foreign, Import)>) -> Result<Value, InspectError> {
    if path.is_dir() {
        member::inspect_run(path)
    } else if path.exists() {
        match foreign.filter(|_| path.is_file() && is_foreign(path)) {
            None => file::inspect_file(path),
            Some((foreign, import)) => {
                let how = How { import, on_invalid: OnInvalid::Drop };
                let made = foreign.stand_in(&[path.to_owned()], how)?;
                let mut found = file::inspect_file(&made.parquet)?;
                found["path"] = path.display().to_string().into();
                found["bytes"] = path.metadata().map(|of| of.len()).unwrap_or_default().into();
                Ok(found)
            }
        }
    } else {
        Err(InspectError::Missing { path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests;
