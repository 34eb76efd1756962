//! For tests: quiet options for sources.

use super::{Ask, OnInvalid};
use semola_data::{Unwatched, Watch};

pub fn watch() -> Unwatched {
    Unwatched
}

pub fn ask(watch: &dyn Watch, on_invalid: OnInvalid) -> Ask<'_> {
    Ask { on_invalid, watch }
}
