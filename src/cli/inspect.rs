//! `semola-pipe inspect`.

use super::args::InspectArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_pipe::imports::{Imports, Room};
use semola_pipe::inspect as look;

/// Prints what a file or a run directory holds.
pub fn inspect(args: &InspectArgs, printer: &Printer) -> Result<(), CliError> {
    let imports = Imports::new(Room::passing(None)).for_options().telling(printer.shared());
    let found = look::inspect_with(&args.path, Some((&imports, args.import.settings())))?;
    match args.json {
        true => super::say_json(printer, &found),
        false => super::say(printer, &look::describe(&found)),
    }
}
