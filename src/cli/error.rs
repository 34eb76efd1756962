//! The error of a command: any error of the library, or what only the command line knows. Here, and only here, whose
//! fault it is becomes an exit code.

use std::fmt;
use std::process::ExitCode;

use semola_data::{Blame, Fault};
use semola_document::Diagnostics;

/// Why a command failed.
#[derive(Debug)]
pub struct CliError(Box<dyn Fault>);

/// Errors known only to the command line.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Said {
    blame: Blame,
    text: String,
}

impl Fault for Said {
    fn blame(&self) -> Blame {
        self.blame
    }
}

impl<E: Fault> From<E> for CliError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl CliError {
    fn said(blame: Blame, text: impl Into<String>) -> Self {
        Self::from(Said { blame, text: text.into() })
    }

    /// A usage error: the request is impossible.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::said(Blame::Pipeline, text)
    }

    /// The data are invalid.
    pub fn bad_data(text: impl Into<String>) -> Self {
        Self::said(Blame::Data, text)
    }

    /// Something failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::said(Blame::Run, text)
    }

    /// The work was stopped on request, and can be resumed.
    pub fn interrupted() -> Self {
        Self::said(Blame::Interrupted, "interrupted: the state is saved; the same command continues")
    }

    /// Whose fault it is.
    pub fn blame(&self) -> Blame {
        self.0.blame()
    }

    /// What is wrong with a pipeline file, if that is what the error is about.
    pub fn diagnostics(&self) -> Option<&Diagnostics> {
        self.0.diagnostics()
    }

    /// 1 the run failed, 2 bad usage or pipeline, 3 bad data, 75 interrupted and resumable.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.blame() as u8)
    }
}
