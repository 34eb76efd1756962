//! `semola-pipe inspect`.

use super::args::InspectArgs;
use super::error::CliError;
use crate::run::Printer;
use crate::run::inspect::{self as look, InspectError};

/// Prints what a file or a run directory holds.
pub fn inspect(args: &InspectArgs, printer: &Printer) -> Result<(), CliError> {
    let found = look::inspect(&args.path).map_err(failure)?;
    let text = if args.json { format!("{found:#}\n") } else { look::describe(&found) };
    super::say(printer, &text)
}

fn failure(error: InspectError) -> CliError {
    match error {
        InspectError::Run(e) => CliError::of_looking(e),
        InspectError::Missing { .. } => CliError::Usage(error.to_string()),
        InspectError::Open { .. } | InspectError::Damaged { .. } => CliError::BadData(error.to_string()),
    }
}
