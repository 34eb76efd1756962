//! `semola-pipe inspect`.

use super::args::InspectArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_pipe::inspect as look;

/// Prints what a file or a run directory holds.
pub fn inspect(args: &InspectArgs, printer: &Printer) -> Result<(), CliError> {
    let found = look::inspect(&args.path)?;
    match args.json {
        true => super::say_json(printer, &found),
        false => super::say(printer, &look::describe(&found)),
    }
}
