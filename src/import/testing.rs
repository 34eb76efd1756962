//! For tests: how sources are asked, quietly.

use super::{Ask, OnInvalid};
use crate::run::Printer;
use crate::run::printer::Verbosity;

pub fn printer() -> Printer {
    Printer::new(Verbosity::Quiet)
}

pub fn ask(printer: &Printer, on_invalid: OnInvalid) -> Ask<'_> {
    Ask { on_invalid, printer }
}
