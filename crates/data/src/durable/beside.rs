//! The directory of unfinished work.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The directory beside `out`, `OUT.work`: on the same file system, never in it, so that readers of results do not find what
/// is unfinished.
pub fn work_dir(out: &Path) -> PathBuf {
    let mut work = OsString::from(out.components().as_path());
    work.push(".work");
    work.into()
}
