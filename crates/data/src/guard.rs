//! A damaged file must result in a message, even if a library panics.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a step of reading; its error, or a panic inside a library, becomes a text.
///
/// # Errors
/// The text.
pub fn guarded<T, E: Display>(step: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match caught(step) {
        Some(outcome) => outcome.map_err(|error| error.to_string()),
        None => Err("its contents contradict themselves".to_owned()),
    }
}

/// Runs a step of a library; `None` if it panics. The step must own what it changes, so that nothing half-changed is seen.
pub fn caught<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_panics_become_texts() {
        assert_eq!(guarded(|| Ok::<_, String>(1)), Ok(1));
        assert_eq!(guarded(|| Err::<(), _>(std::fmt::Error)), Err(std::fmt::Error.to_string()));
        let broken: Vec<u8> = Vec::new();
        assert!(guarded(|| Ok::<_, String>(broken[0])).unwrap_err().contains("contradict"));
    }
}
