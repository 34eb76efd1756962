//! What can go wrong with a sweep.

use std::io;
use std::path::{Path, PathBuf};

use semola_data::output::OutputError;
use semola_data::{Blame, DataError, Fault};
use semola_document::Diagnostics;

use crate::member::RunError;

/// Why a sweep could not continue.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Pipeline(#[from] Diagnostics),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Something that the pipeline, or the output directory, does not allow.
    #[error("{0}")]
    Wrong(String),
    /// A file of the sweep cannot be understood.
    #[error("{}: not a file of this program: {source}; `sweep run --fresh` starts over", path.display())]
    Damaged { path: PathBuf, source: serde_json::Error },
    /// A file of the sweep holds what this program does not write.
    #[error("{}: {problem}: this file was altered; `sweep run --fresh` starts over", path.display())]
    Altered { path: PathBuf, problem: String },
    /// There is no sweep here.
    #[error("{}: no sweep was started here (no {}); start one with `sweep run PIPELINE --out DIR`", out.display(), plan.display())]
    NoSweep { out: PathBuf, plan: PathBuf },
    /// Attempts could not be renamed into the results.
    #[error(
        "{} and {} are on different file systems, so that results cannot be moved in one piece; give an --out whose parent directory is on the same one",
        out.display(), work.display()
    )]
    FileSystems { out: PathBuf, work: PathBuf },
    /// Something that is not a finished member has a member's name.
    #[error("{}: is in the way of a finished member (a `run` that is not done?); finish or remove it", path.display())]
    Occupied { path: PathBuf },
    /// A member was committed and its files are gone.
    #[error("{}: member {member} was committed, but its directory is gone; remove this file to compute it again", record.display())]
    Lost { member: String, record: PathBuf },
    /// A program did not do what it was asked to.
    #[error("`{program}` {problem}")]
    Program { program: String, problem: String },
    #[error("{0}")]
    Refused(String),
}

impl ClusterError {
    /// For `map_err`: an I/O error with what was attempted and where.
    pub(super) fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let refused = RunError::io(path, action);
        move |source| refused(source).into()
    }
}

impl Fault for ClusterError {
    fn blame(&self) -> Blame {
        match self {
            Self::NoSweep { .. } | Self::Wrong(_) => Blame::Pipeline,
            Self::Pipeline(e) => e.blame(),
            Self::Data(e) => e.blame(),
            Self::Output(e) => e.blame(),
            Self::Damaged { .. } | Self::Altered { .. } => Blame::Data,
            Self::Run(e @ (RunError::Foreign { .. } | RunError::Changed { .. } | RunError::Manifest { .. })) => {
                e.blame()
            }
            // What else a sweep cannot use is what it made itself.
            Self::Run(_)
            | Self::FileSystems { .. }
            | Self::Occupied { .. }
            | Self::Lost { .. }
            | Self::Program { .. }
            | Self::Refused(_) => Blame::Run,
        }
    }

    fn diagnostics(&self) -> Option<&Diagnostics> {
        match self {
            Self::Pipeline(wrong) => Some(wrong),
            _ => None,
        }
    }
}
