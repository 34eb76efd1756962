//! `semola-pipe report`.

use super::args::ReportArgs;
use super::error::CliError;
use crate::report::ReportError;
use crate::run::{Printer, RunError, members};

/// Writes the report of a member, or of each member of a run.
pub fn report(args: &ReportArgs, printer: &Printer) -> Result<(), CliError> {
    if !args.run.exists() {
        return Err(CliError::Usage(format!("{}: there is no such file or directory", args.run.display())));
    }
    if !args.run.is_dir() {
        return Err(CliError::of_looking(RunError::NotARun { path: args.run.clone() }));
    }
    for dir in members(&args.run).map_err(CliError::of_looking)? {
        let page = crate::report::write(&dir).map_err(failure)?;
        super::say(printer, &format!("{}\n", page.display()))?;
    }
    Ok(())
}

fn failure(error: ReportError) -> CliError {
    match error {
        ReportError::Run(e) => CliError::of_looking(e),
        ReportError::Nothing { .. } => CliError::Usage(error.to_string()),
        ReportError::Table(_) => CliError::BadData(error.to_string()),
        ReportError::Template(_) | ReportError::Write { .. } => CliError::Failed(error.to_string()),
    }
}
