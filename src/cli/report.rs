//! `semola-pipe report`.

use super::args::ReportArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_pipe::member::{RunError, members};

/// Writes the report of a member, or of each member of a run.
pub fn report(args: &ReportArgs, printer: &Printer) -> Result<(), CliError> {
    if !args.run.exists() {
        return Err(CliError::usage(format!("{}: there is no such file or directory", args.run.display())));
    }
    if !args.run.is_dir() {
        return Err(RunError::NotARun { path: args.run.clone() }.into());
    }
    for dir in members(&args.run)? {
        let page = semola_pipe::report::write(&dir)?;
        super::say(printer, &format!("{}\n", page.display()))?;
    }
    Ok(())
}
