//! Files that appear atomically.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes `bytes` to `target`: to a temporary file in `staging` (same file system, made if missing), synced, renamed,
/// and the target's directory synced. A kill leaves either the old file or the new one.
pub fn write(staging: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = stage(staging, bytes)?;
    file.persist(target).map_err(|error| error.error)?;
    sync_parent(target)
}

/// A synced temporary file with these bytes.
pub fn stage(staging: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    fs::create_dir_all(staging)?;
    let mut file = begin(staging)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// An empty temporary file in `staging`, for files too large to be held in memory; [`publish`] gives it its name, dropping
/// it removes it.
pub fn begin(staging: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Readable by whom the umask allows, as any other result.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.prefix("unfinished-").tempfile_in(staging)
}

/// Syncs a file that [`begin`] made, renames it to `target` (same file system) and syncs the target's directory.
pub fn publish(file: NamedTempFile, target: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    sync_parent(target)
}

/// Makes a rename in the file's directory durable, where the system can.
pub fn sync_parent(target: &Path) -> io::Result<()> {
    match target.parent() {
        #[cfg(unix)]
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_write_leaves_the_old_file_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (staging, target) = (dir.path().join("staging"), dir.path().join("results/table"));
        fs::create_dir(dir.path().join("results")).unwrap();
        write(&staging, &target, b"old").unwrap();
        write(&staging, &target, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");

        // A directory in the target's place cannot be renamed over.
        let blocked = dir.path().join("results/blocked");
        fs::create_dir(&blocked).unwrap();
        assert!(write(&staging, &blocked, b"x").is_err());
        assert_eq!(fs::read_dir(&staging).unwrap().count(), 0);
        assert_eq!(fs::read_dir(dir.path().join("results")).unwrap().count(), 2);
    }
}
