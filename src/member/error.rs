//! What can go wrong with a run directory.

use std::io;
use std::path::{Path, PathBuf};

use semola_data::{Blame, Fault};

use super::lock::Holder;

/// Why a run directory could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another process holds the lock.
    #[error(
        "{}: another process is using this directory ({holder}); wait for it, stop it, or give another directory with --out",
        path.display()
    )]
    Locked { path: PathBuf, holder: Holder },
    /// A file system operation failed.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io { path: PathBuf, action: &'static str, source: io::Error },
    /// The manifest exists but cannot be parsed.
    #[error("{}: not a manifest of this program: {source}; run the pipeline again with --fresh", path.display())]
    Manifest { path: PathBuf, source: serde_json::Error },
    /// The manifest is that of another member than its directory is named for.
    #[error(
        "{}: this is the manifest of member {found:?}, not of {expected}, whose directory it lies in; restore it, or run the \
         pipeline again with --fresh",
        path.display()
    )]
    Foreign { path: PathBuf, found: String, expected: String },
    /// A file of a finished member is not what the run wrote.
    #[error("{}: {what}; restore the file, or run the pipeline again with --fresh", path.display())]
    Changed { path: PathBuf, what: &'static str },
    /// Neither a member's directory nor a directory of members.
    #[error("{}: not a run directory: it holds no manifest.json, neither do the directories in it", path.display())]
    NotARun { path: PathBuf },
}

impl RunError {
    /// For `map_err`: an I/O error with what was attempted and where.
    pub(crate) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, action, source }
    }

    pub(crate) fn changed(path: &Path, what: &'static str) -> Self {
        Self::Changed { path: path.to_owned(), what }
    }
}

/// For commands that read runs: a path that is not a run is a usage error, a damaged run is bad data.
impl Fault for RunError {
    fn blame(&self) -> Blame {
        match self {
            Self::NotARun { .. } => Blame::Pipeline,
            Self::Manifest { .. } | Self::Foreign { .. } | Self::Changed { .. } | Self::Io { .. } => Blame::Data,
            Self::Locked { .. } => Blame::Run,
        }
    }
}
