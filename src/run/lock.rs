//! One process at a time in a member's directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::clock;
use super::error::RunError;
use super::host;

/// Name of the lock file in a member's directory.
pub const LOCK_FILE: &str = ".lock";

/// Someone who looks at the state holds the lock for an instant: try again before calling it a conflict.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(40);

/// The lock of a member's directory; dropping it, or the end of the process however it comes, releases it.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// False where the file system cannot lock.
    held: bool,
}

impl Lock {
    /// Takes the lock of `dir`, or says who holds it.
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

    /// Is the directory protected? Some network file systems cannot lock.
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

/// Who works in `dir` at this moment, if anyone does.
pub fn holder(dir: &Path) -> Option<String> {
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
    writeln!(file, "process {} on {host} since {}", std::process::id(), clock::now(), host = host())
}

fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "it did not say who it is".to_owned(),
    }
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
        assert!(holder(dir.path()).unwrap().starts_with("process "));
        drop(first);
        assert_eq!(holder(dir.path()), None);
        assert!(Lock::take(dir.path()).is_ok());
    }
}
