//! `semola-pipe completions`.

use clap::CommandFactory;

use super::args::Cli;
use super::error::CliError;
use crate::cli::printer::Printer;

/// Prints the completion script of a shell.
pub fn completions(shell: clap_complete::Shell, printer: &Printer) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "semola-pipe", &mut script);
    super::say(printer, &String::from_utf8_lossy(&script))
}
