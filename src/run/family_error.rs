//! Why a family, or one of its members, did not run.

use std::path::PathBuf;

use semola_data::durable::checkpoint::CheckpointError;
use semola_data::output::OutputError;
use semola_data::table::TableError;
use semola_data::{Blame, DataError, Fault};
use semola_document::Diagnostics;

use super::device::DeviceError;
use super::results::FindingsError;
use crate::member::RunError;
use crate::report::ReportError;
use crate::stage::StageError;

/// Why a family, or one of its members, could not run.
#[derive(Debug, thiserror::Error)]
pub enum FamilyError {
    /// The pipeline is invalid, or does not match the data.
    #[error(transparent)]
    Pipeline(#[from] Diagnostics),
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The data does not fit in memory, and cannot lie in a file.
    #[error("the data does not fit in memory, and no temporary file can be kept in {}: {error}; set TMPDIR to a folder on a disk", .folder.display())]
    Disk { folder: PathBuf, error: std::io::Error },
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The members cannot go there.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// There is no member with that number.
    #[error("--member {number}: the pipeline has {members} members, counted from 0")]
    NoMember { number: usize, members: usize },
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The member's directory cannot be used.
    #[error(transparent)]
    Directory(#[from] RunError),
    /// A model cannot be written.
    #[error("{0}")]
    Model(String),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A table of the member cannot be written, or read back.
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Report(#[from] ReportError),
    /// What a finished member found cannot be read.
    #[error(transparent)]
    Findings(#[from] FindingsError),
}

impl Fault for FamilyError {
    fn blame(&self) -> Blame {
        match self {
            Self::Pipeline(e) => e.blame(),
            Self::Data(e) => e.blame(),
            Self::Device(e) => e.blame(),
            Self::Output(e) => e.blame(),
            Self::NoMember { .. } => Blame::Pipeline,
            Self::Disk { .. } => Blame::Run,
            Self::Stage(e) => e.blame(),
            // What was changed since it was made is data, as for every other command.
            Self::Directory(e @ (RunError::Foreign { .. } | RunError::Changed { .. } | RunError::Manifest { .. })) => {
                e.blame()
            }
            Self::Findings(e) => e.blame(),
            // What a run cannot use here is what it made itself.
            Self::Directory(_) | Self::Model(_) | Self::Checkpoint(_) | Self::Table(_) | Self::Report(_) => Blame::Run,
        }
    }

    fn diagnostics(&self) -> Option<&Diagnostics> {
        match self {
            Self::Pipeline(wrong) => Some(wrong),
            _ => None,
        }
    }
}

/// Some members of a family are not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    #[error("{} of {members} members failed ({})", failed.len(), failed.join("; "))]
    Failed {
        /// The labels of the failed members.
        failed: Vec<String>,
        /// The total number of members.
        members: usize,
        /// [`Blame::Data`] if the data of all of them are to blame.
        blame: Blame,
    },
    #[error("interrupted: the state is saved; the same command continues")]
    Interrupted,
}

impl Fault for Incomplete {
    fn blame(&self) -> Blame {
        match self {
            Self::Failed { blame, .. } => *blame,
            Self::Interrupted => Blame::Interrupted,
        }
    }
}
