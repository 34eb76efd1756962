//! `semola-pipe report`.

use super::args::ReportArgs;
use super::error::CliError;
use crate::run::{Printer, members};

/// Writes the report of a member, or of each member of a run.
pub fn report(args: &ReportArgs, printer: &Printer) -> Result<(), CliError> {
    let dirs = if args.run.join("manifest.json").is_file() { vec![args.run.clone()] } else { members(&args.run)? };
    for dir in dirs {
        let page = crate::report::write(&dir).map_err(|e| CliError::Failed(e.to_string()))?;
        super::say(printer, &format!("{}\n", page.display()))?;
    }
    Ok(())
}
