//! The state of members, read without locking them.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::RunError;
use super::lock::{self, Holder};
use super::manifest::{MANIFEST_FILE, Manifest, Status};

/// The current state of a member.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Never started.
    Absent,
    /// A process is working on it.
    Running {
        holder: Holder,
    },
    /// Stopped on request, or killed; it can be resumed.
    Interrupted,
    Failed,
    Done,
}

impl State {
    /// One word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Running { .. } => "running",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }
}

/// The state of the member in this directory.
pub fn state(member: &Path) -> Result<State, RunError> {
    let manifest = Manifest::read(member)?;
    if let Some(holder) = lock::holder(member) {
        return Ok(State::Running { holder });
    }
    Ok(match manifest.map(|manifest| manifest.status) {
        None => State::Absent,
        Some(Status::Running | Status::Interrupted) => State::Interrupted,
        Some(Status::Failed) => State::Failed,
        Some(Status::Done) => State::Done,
    })
}

/// The members in a run directory, in the order of their names; a member's own directory is its only member.
pub fn members(run: &Path) -> Result<Vec<PathBuf>, RunError> {
    if run.join(MANIFEST_FILE).is_file() {
        return Ok(vec![run.to_owned()]);
    }
    let entries = fs::read_dir(run).map_err(RunError::io(run, "list the run directory"))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.join(MANIFEST_FILE).is_file());
    found.sort();
    if found.is_empty() { Err(RunError::NotARun { path: run.to_owned() }) } else { Ok(found) }
}
