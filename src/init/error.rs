//! Why no starter pipeline can be written.

use std::path::PathBuf;

use semola_data::{Blame, Fault};
use thiserror::Error;

use super::look::shown;
use crate::data::Profile;

/// Why no starter pipeline can be written.
#[derive(Debug, Error)]
pub enum InitError {
    /// No column is of use.
    #[error(
        "{}: no column to learn from: numbers to predict something by, and a label or number to predict, are needed; the \
         columns are: {columns}",
        path.display()
    )]
    Nothing { path: PathBuf, columns: String },
    /// Something to learn from, but nothing to learn.
    #[error(
        "there are {what}, but no column looks like what to predict of them; name one with --target (columns: {columns})"
    )]
    Untargeted { what: String, columns: String },
    /// A target that was asked for.
    #[error("--target {column}: {reason}")]
    Target { column: String, reason: String },
}

impl InitError {
    /// Lists the columns with their shapes.
    pub fn nothing(profile: &Profile) -> Self {
        let path = profile.files.first().cloned().unwrap_or_default();
        Self::Nothing { path, columns: all_columns(profile) }
    }

    pub(super) fn untargeted(profile: &Profile, what: impl Into<String>) -> Self {
        Self::Untargeted { what: what.into(), columns: all_columns(profile) }
    }

    pub(super) fn target(column: &str, reason: impl Into<String>) -> Self {
        Self::Target { column: column.to_owned(), reason: reason.into() }
    }
}

fn all_columns(profile: &Profile) -> String {
    let columns: Vec<String> = profile.columns.iter().map(|c| format!("`{}` ({})", c.name, shown(c))).collect();
    if columns.is_empty() { "none".to_owned() } else { columns.join(", ") }
}

impl Fault for InitError {
    fn blame(&self) -> Blame {
        match self {
            Self::Target { .. } => Blame::Pipeline,
            Self::Nothing { .. } | Self::Untargeted { .. } => Blame::Data,
        }
    }
}
