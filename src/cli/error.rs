//! Errors of commands, and the exit code of each.

use std::process::ExitCode;

use crate::data::DataError;
use crate::run::{RunError, interrupt};
use crate::spec::Diagnostics;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The pipeline is wrong, or what it says about the data.
    #[error("{0}")]
    Pipeline(Diagnostics),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Data(#[from] DataError),
    #[error("{0}")]
    BadData(String),
    #[error("{0}")]
    Failed(String),
    #[error("interrupted: the state is saved; the same command continues")]
    Interrupted,
}

impl From<RunError> for CliError {
    fn from(e: RunError) -> Self {
        Self::Failed(e.to_string())
    }
}

impl From<Diagnostics> for CliError {
    fn from(d: Diagnostics) -> Self {
        Self::Pipeline(d)
    }
}

impl CliError {
    /// For commands that only look at runs: what is no run is bad usage, a run that is damaged is bad data.
    pub fn of_looking(error: RunError) -> Self {
        match error {
            RunError::NotARun { .. } => Self::Usage(error.to_string()),
            RunError::Manifest { .. } | RunError::Io { .. } => Self::BadData(error.to_string()),
            RunError::Locked { .. } => Self::Failed(error.to_string()),
        }
    }

    /// Whether it is the data that are at fault.
    pub fn is_bad_data(&self) -> bool {
        match self {
            Self::Data(e) => !e.is_pipeline_error(),
            Self::BadData(_) => true,
            _ => false,
        }
    }

    /// 1 the run failed, 2 bad usage or pipeline, 3 bad data, 75 interrupted and resumable.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Pipeline(d) if d.only_data() => 3,
            Self::Pipeline(_) | Self::Usage(_) => 2,
            Self::Data(e) if e.is_pipeline_error() => 2,
            Self::Data(_) | Self::BadData(_) => 3,
            Self::Failed(_) => 1,
            Self::Interrupted => interrupt::EXIT_CODE as u8,
        })
    }
}
