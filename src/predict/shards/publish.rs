//! Files of which only the first attempt counts.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use semola_data::durable::atomic;
use semola_data::hash::file_hash;

/// Unfinished files that are younger may belong to a process that is about to lock them.
const YOUNG: Duration = Duration::from_secs(60);

/// The outcome of publishing a finished file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    New,
    /// Another attempt was first, with the same bytes.
    Same,
    /// Another attempt was first, with other bytes; its file stays.
    Different,
}

/// Syncs a file and gives it its name, unless there is a file of that name.
///
/// # Errors
/// If a file system operation fails.
pub fn first_wins(file: NamedTempFile, target: &Path) -> io::Result<Published> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    file.as_file().sync_all()?;
    match fs::hard_link(file.path(), target) {
        Ok(()) => {
            atomic::sync_parent(target)?;
            target.parent().map_or(Ok(()), atomic::sync_parent)?;
            Ok(Published::New)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let hash = |path: &Path| file_hash(path).map_err(|e| io::Error::other(e.to_string()));
            Ok(if hash(file.path())? == hash(target)? { Published::Same } else { Published::Different })
        }
        Err(e) => Err(e),
    }
}

/// Marks an unfinished file as in use. If the file system cannot lock, only its age protects it.
pub fn hold(file: &NamedTempFile) {
    let _ = file.as_file().try_lock();
}

/// Removes unfinished files that killed processes left.
pub fn clean(work: &Path) {
    let Ok(entries) = fs::read_dir(work) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let unfinished = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("unfinished-"));
        if unfinished && is_abandoned(&path) {
            let _ = fs::remove_file(&path);
        }
    }
}

fn is_abandoned(path: &Path) -> bool {
    let age = fs::metadata(path).and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > YOUNG) && File::open(path).is_ok_and(|file| file.try_lock_shared().is_ok())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_first_file_stays_and_differences_are_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out/shard=00000/part");
        let publish = |bytes: &[u8]| {
            let mut file = atomic::begin(dir.path()).unwrap();
            file.write_all(bytes).unwrap();
            first_wins(file, &target).unwrap()
        };
        assert_eq!(
            [publish(b"a"), publish(b"a"), publish(b"b")],
            [Published::New, Published::Same, Published::Different]
        );
        assert_eq!(fs::read(&target).unwrap(), b"a");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing unfinished is left");
    }

    #[test]
    fn only_old_files_that_nobody_holds_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let old = std::time::SystemTime::now() - Duration::from_secs(3600);
        let file = |name: &str| {
            let file = File::create(dir.path().join(name)).unwrap();
            file.set_modified(old).unwrap();
            file
        };
        let held = file("unfinished-held");
        held.try_lock().unwrap();
        file("unfinished-left");
        file("plan.json");
        File::create(dir.path().join("unfinished-young")).unwrap();
        clean(dir.path());
        let mut left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["plan.json", "unfinished-held", "unfinished-young"]);
    }
}
