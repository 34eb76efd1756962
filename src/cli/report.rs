//! `semola-pipe report`.

use super::args::ReportArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_pipe::member::{RunError, State, members, state};

/// Writes the report of a member, or of each member of a run and of the run as a whole.
pub fn report(args: &ReportArgs, printer: &Printer) -> Result<(), CliError> {
    if !args.run.exists() {
        return Err(CliError::usage(format!("{}: there is no such file or directory", args.run.display())));
    }
    if !args.run.is_dir() {
        return Err(RunError::NotARun { path: args.run.clone() }.into());
    }
    let members = members(&args.run)?;
    for dir in &members {
        let page = semola_pipe::report::write(dir)?;
        super::say(printer, &format!("{}\n", page.display()))?;
    }
    // A member's own directory is its only member: there is nothing to bring together.
    let mut done = Vec::new();
    for dir in members.into_iter().filter(|dir| *dir != args.run) {
        if state(&dir)? == State::Done {
            done.push(dir);
        }
    }
    if !done.is_empty() {
        let page = semola_pipe::report::write_together(&args.run, &done)?;
        super::say(printer, &format!("{}\n", page.display()))?;
    }
    Ok(())
}
