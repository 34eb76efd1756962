//! For tests: quiet options for sources.

use std::path::PathBuf;

use super::input::{self, Input};
use super::{Ask, Format, ImportError, OnInvalid};
use semola_data::{Unwatched, Watch};

pub fn watch() -> Unwatched {
    Unwatched
}

pub fn ask(watch: &dyn Watch, on_invalid: OnInvalid) -> Ask<'_> {
    Ask { on_invalid, header: None, watch }
}

pub fn find(arguments: &[PathBuf], format: Option<Format>) -> Result<Vec<Input>, ImportError> {
    input::find(arguments, format, &Unwatched)
}
