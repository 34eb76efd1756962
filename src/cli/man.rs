//! `semola-pipe man`.

use clap::CommandFactory;

use super::args::Cli;
use super::error::CliError;
use crate::cli::printer::Printer;

/// Prints the manual page of the program, or of one of its commands (`sweep run` has two words), in roff.
pub fn man(of: &[String], printer: &Printer) -> Result<(), CliError> {
    let mut program = Cli::command().flatten_help(false).disable_help_subcommand(true);
    program.build();
    let mut command = program;
    for name in of {
        let Some(found) = command.find_subcommand(name) else {
            let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(CliError::usage(format!("there is no command '{name}' here; there is {there}")));
        };
        command = found.clone();
    }
    let mut page = Vec::new();
    let failed = |e: std::io::Error| CliError::failed(format!("the manual page cannot be made: {e}"));
    clap_mangen::Man::new(command).render(&mut page).map_err(failed)?;
    super::say(printer, &String::from_utf8_lossy(&page))
}
