//! A damaged file must end in a message, whatever the libraries do with it.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::error::DataError;

/// Runs a step of reading `path`; its error, or a panic inside the library, becomes [`DataError::Corrupt`].
pub fn guarded<T, E: Display>(path: &Path, step: impl FnOnce() -> Result<T, E>) -> Result<T, DataError> {
    let corrupt = |reason: String| DataError::Corrupt { path: path.to_path_buf(), reason };
    let result = caught(step).ok_or_else(|| corrupt("its contents contradict themselves".into()))?;
    result.map_err(|e| corrupt(e.to_string()))
}

/// Runs a step of a library; `None` if it panics. The step must own what it changes, so that nothing half-changed is seen.
pub fn caught<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}
