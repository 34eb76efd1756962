//! One process at a time in a member's directory.
//!
//! The lock file identifies the holder, as a line of JSON; earlier releases wrote the `Display` text of [`Process`].

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::RunError;
use semola_data::durable::clock;
use semola_data::durable::host;

/// Name of the lock file in a member's directory.
pub const LOCK_FILE: &str = ".lock";

/// A process that queries the state holds the lock briefly: retry before reporting a conflict.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(40);

/// The lock of a member's directory; dropping it, or the end of the process for any reason, releases it.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// False if the file system cannot lock.
    held: bool,
}

impl Lock {
    /// Takes the lock of `dir`, or reports who holds it.
    pub fn take(dir: &Path) -> Result<Self, RunError> {
        let path = dir.join(LOCK_FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(RunError::io(&path, "open the lock file"))?;
        let held = match try_lock(&file) {
            Ok(()) => true,
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => false,
            Err(TryLockError::Error(error)) => return Err(RunError::io(&path, "lock the directory")(error)),
            Err(TryLockError::WouldBlock) => {
                return Err(RunError::Locked { path: dir.to_owned(), holder: read_holder(&mut file) });
            }
        };
        write_holder(&mut file).map_err(RunError::io(&path, "write the lock file"))?;
        Ok(Self { file, held })
    }

    /// Whether the directory is protected: some network file systems cannot lock.
    pub fn is_held(&self) -> bool {
        self.held
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file would do; a descriptor that a child process inherited would keep the lock.
        if self.held {
            let _ = self.file.unlock();
        }
    }
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    Process(Process),
    /// The file has other content, or none yet.
    Unknown(String),
}

/// A process that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub process: u32,
    pub host: String,
    /// RFC 3339, UTC.
    pub since: String,
}

impl Holder {
    /// Parses the content of a lock file.
    fn read(text: &str) -> Self {
        let text = text.trim();
        match serde_json::from_str(text).ok().or_else(|| Process::in_words(text)) {
            Some(process) => Self::Process(process),
            None if text.is_empty() => Self::Unknown("it did not say who it is".to_owned()),
            None => Self::Unknown(text.to_owned()),
        }
    }
}

impl Process {
    fn this() -> Self {
        Self { process: std::process::id(), host: host(), since: clock::now() }
    }

    /// The inverse of `Display`.
    fn in_words(text: &str) -> Option<Self> {
        let (process, rest) = text.strip_prefix("process ")?.split_once(" on ")?;
        let (host, since) = rest.split_once(" since ")?;
        Some(Self { process: process.parse().ok()?, host: host.to_owned(), since: since.to_owned() })
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(process) => process.fmt(f),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {} since {}", self.process, self.host, self.since)
    }
}

/// The process that currently works in `dir`, if any.
pub fn holder(dir: &Path) -> Option<Holder> {
    let mut file = File::open(dir.join(LOCK_FILE)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(read_holder(&mut file)),
        _ => None,
    }
}

fn try_lock(file: &File) -> Result<(), TryLockError> {
    for _ in 1..ATTEMPTS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
    file.try_lock()
}

fn write_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    let line = serde_json::to_string(&Process::this())?;
    writeln!(file, "{line}")
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    let read = file.read_to_string(&mut text);
    Holder::read(if read.is_ok() { &text } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_lock_is_refused_with_the_holder_and_a_released_one_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path()).unwrap();
        assert!(first.is_held());
        let message = Lock::take(dir.path()).unwrap_err().to_string();
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        assert!(message.contains(dir.path().to_str().unwrap()) && message.contains("--out"), "{message}");
        assert!(holder(dir.path()).unwrap().to_string().starts_with("process "));
        drop(first);
        assert_eq!(holder(dir.path()), None);
        assert!(Lock::take(dir.path()).is_ok());
    }

    #[test]
    fn lock_files_of_this_and_of_earlier_releases_say_who_holds_them() {
        let process = Process { process: 12, host: "n1".to_owned(), since: "2026-03-01T00:00:00.000Z".to_owned() };
        let words = "process 12 on n1 since 2026-03-01T00:00:00.000Z";
        assert_eq!(process.to_string(), words);
        for text in [serde_json::to_string(&process).unwrap(), format!("{words}\n")] {
            assert_eq!(Holder::read(&text), Holder::Process(process.clone()), "{text}");
        }
        assert_eq!(Holder::read("\n").to_string(), "it did not say who it is");
        for odd in ["someone", "process x on n1 since then", "{\"process\": 12"] {
            assert_eq!(Holder::read(odd), Holder::Unknown(odd.to_owned()));
        }
    }
}
