//! Where large data goes that does not fit in memory.

use std::path::{Path, PathBuf};

use rustix::process::{Resource, getrlimit};

/// File systems that are memory themselves: tmpfs, ramfs.
#[cfg(target_os = "linux")]
const IN_MEMORY: [i64; 2] = [0x0102_1994, 0x8584_58f6];

/// Where there is room for a temporary file of this size, bytes: `TMPDIR`, or else the system's folders.
pub fn scratch(size: u64) -> Option<PathBuf> {
    // Mapped files count for what the shell allows (`ulimit -v`).
    if getrlimit(Resource::As).current.is_some_and(|limit| limit < size) {
        return None;
    }
    let own = std::env::var_os("TMPDIR").map(PathBuf::from);
    let folders = own.into_iter().chain(["/var/tmp", "/tmp"].map(PathBuf::from));
    folders.into_iter().find(|folder| has_room(folder, size))
}

#[cfg(target_os = "linux")]
fn has_room(folder: &Path, size: u64) -> bool {
    rustix::fs::statfs(folder).is_ok_and(|fs| {
        let block = u64::try_from(fs.f_bsize).unwrap_or(0);
        !IN_MEMORY.contains(&fs.f_type) && fs.f_bavail.saturating_mul(block) >= size
    })
}

/// Nothing is kept in files elsewhere.
#[cfg(not(target_os = "linux"))]
fn has_room(_: &Path, _: u64) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_without_room_are_passed_over() {
        assert_eq!(scratch(u64::MAX), None);
        assert!(!has_room(Path::new("/proc"), 1) && !has_room(Path::new("/nowhere"), 1));
        if Path::new("/dev/shm").is_dir() {
            assert!(!has_room(Path::new("/dev/shm"), 1), "memory is no room for what does not fit in memory");
        }
    }
}
