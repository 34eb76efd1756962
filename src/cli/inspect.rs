//! `semola-pipe inspect`.

use super::args::InspectArgs;
use super::error::CliError;
use crate::run::{Printer, inspect as look};

/// Prints what a file or a run directory holds.
pub fn inspect(args: &InspectArgs, printer: &Printer) -> Result<(), CliError> {
    let found = look::inspect(&args.path).map_err(|e| CliError::BadData(e.to_string()))?;
    let text = if args.json { format!("{found:#}\n") } else { look::describe(&found) };
    super::say(printer, &text)
}
