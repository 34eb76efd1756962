//! A damaged file must end in a message, whatever the Parquet library does with it.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a step of reading; its error, or a panic inside the library, becomes a text.
pub fn guarded<T, E: Display>(step: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    // The step owns what it changes: nothing half-changed outlives a panic.
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("its contents contradict each other".to_owned()),
    }
}
