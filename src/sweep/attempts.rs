//! Attempts at one member: each in its own directory, resuming where the last one stopped.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::error::ClusterError;
use super::store::Store;
use crate::member::{Manifest, RunDir, State, state};

/// What is taken over from an earlier attempt besides the checkpoints.
const COPIED: [&str; 2] = ["manifest.json", "events.jsonl"];
const CHECKPOINTS: &str = "checkpoints";
/// The name that the directory of an unfinished `run` gets when a sweep takes it over.
const ADOPTED: &str = "run";
const PAUSE: Duration = Duration::from_millis(50);

/// One attempt on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub name: String,
    pub state: State,
    pub error: Option<String>,
    /// Its last heartbeat.
    pub beat: Option<SystemTime>,
    /// Its log file, if known.
    pub log: Option<String>,
}

/// What to do about another running attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Wait for its end (it is on this machine).
    Wait,
    /// Do not wait: it may be on a lost machine. The first to finish wins.
    Race,
}

/// How an attempt began.
#[derive(Debug)]
pub enum Begun {
    /// The member is in the results already.
    Done,
    /// Stopped while waiting for another attempt.
    Interrupted,
    /// The directory to work in, with what an earlier attempt left.
    Open(Box<RunDir>),
}

impl Store {
    /// The attempts at a member that have not become its result, in the order of their names.
    pub fn attempts(&self, member: &str) -> Vec<Attempt> {
        let Ok(entries) = fs::read_dir(self.attempts_of(member)) else { return Vec::new() };
        let mut names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        let look = |name: String| {
            let directory = self.attempt(member, &name);
            let manifest = Manifest::read(&directory).ok().flatten();
            let beat = fs::metadata(self.beat(member, &name)).and_then(|m| m.modified()).ok();
            let beat = beat.or_else(|| fs::metadata(directory.join("events.jsonl")).and_then(|m| m.modified()).ok());
            let log = fs::read_to_string(self.beat(member, &name)).ok().filter(|l| !l.is_empty());
            Some(Attempt { state: state(&directory).ok()?, error: manifest.and_then(|m| m.error), beat, log, name })
        };
        names.into_iter().filter_map(look).collect()
    }

    /// Opens a new attempt at a member.
    pub fn begin(
        &self,
        member: &str,
        attempt: &str,
        others: Others,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Begun, ClusterError> {
        loop {
            if self.settle(member)? {
                return Ok(Begun::Done);
            }
            let working = self.attempts(member).iter().any(|a| matches!(a.state, State::Running { .. }))
                || matches!(state(&self.member(member)), Ok(State::Running { .. }));
            if !working || others == Others::Race {
                break;
            }
            if interrupted() {
                return Ok(Begun::Interrupted);
            }
            std::thread::sleep(PAUSE);
        }
        self.adopt(member)?;
        self.seed(member, attempt)?;
        Ok(Begun::Open(Box::new(RunDir::open(&self.attempts_of(member), attempt)?)))
    }

    /// Takes over what an unfinished `run` left in the results.
    fn adopt(&self, member: &str) -> Result<(), ClusterError> {
        let (from, to) = (self.member(member), self.attempt(member, ADOPTED));
        if !from.exists() || matches!(state(&from), Ok(State::Running { .. })) {
            return Ok(());
        }
        fs::create_dir_all(self.attempts_of(member)).map_err(ClusterError::io(&to, "make the directory"))?;
        match fs::rename(&from, &to) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(ClusterError::io(&from, "take over the unfinished run")(e))
            }
            _ => Ok(()),
        }
    }

    /// Gives a new attempt the newest checkpoints that there are. They are linked, not moved: their owner may be alive
    /// on an unreachable machine.
    fn seed(&self, member: &str, attempt: &str) -> Result<(), ClusterError> {
        let target = self.attempt(member, attempt);
        if target.exists() {
            return Ok(());
        }
        let earlier = self.attempts(member).into_iter().map(|a| self.attempt(member, &a.name));
        let newest = earlier.filter_map(|dir| Some((newest_checkpoint(&dir)?, dir))).max_by_key(|(time, _)| *time);
        let Some((_, source)) = newest else { return Ok(()) };
        let refused = || ClusterError::io(&target, "take over the checkpoints");
        let draft = self.staging().join(format!("{member}.{attempt}"));
        // Never into what a kill left: its files may be links to those that are read here.
        match fs::remove_dir_all(&draft) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(refused()(e)),
            _ => fs::create_dir_all(draft.join(CHECKPOINTS)).map_err(refused())?,
        }
        for name in COPIED {
            copy(&source.join(name), &draft.join(name)).map_err(refused())?;
        }
        for entry in fs::read_dir(source.join(CHECKPOINTS)).map_err(refused())?.flatten() {
            copy_or_link(&entry.path(), &draft.join(CHECKPOINTS).join(entry.file_name())).map_err(refused())?;
        }
        fs::rename(&draft, &target).map_err(refused())
    }

    /// Removes the attempts at a member that are no longer needed, with their other files. Running ones are left: they
    /// find out when they finish. This is only cleanup, so failures do not matter.
    pub(super) fn forget(&self, member: &str, attempt: &str) {
        for other in self.attempts(member).iter().filter(|a| !matches!(a.state, State::Running { .. })) {
            let _ = fs::remove_dir_all(self.attempt(member, &other.name));
            self.still(member, &other.name);
        }
        self.still(member, attempt);
        let _ = fs::remove_dir(self.attempts_of(member));
    }

    /// Writes a heartbeat, and records the attempt's log file.
    pub(super) fn beating(&self, member: &str, attempt: &str, log: &str) {
        let _ = fs::write(self.beat(member, attempt), log);
    }

    /// Removes the heartbeat.
    pub(super) fn still(&self, member: &str, attempt: &str) {
        let _ = fs::remove_file(self.beat(member, attempt));
    }

    fn beat(&self, member: &str, attempt: &str) -> PathBuf {
        self.beats().join(format!("{member}.{attempt}"))
    }
}

fn newest_checkpoint(attempt: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(attempt.join(CHECKPOINTS)).ok()?;
    entries.flatten().filter_map(|e| e.metadata().ok()?.modified().ok()).max()
}

/// A file that has disappeared meanwhile is skipped: its owner replaces files by renaming, and keeps the one before.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::copy(from, to) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn copy_or_link(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) => copy(from, to),
    }
}
