//! Commands. Only this module prints, and only here errors become exit codes.

mod args;
mod check;
mod compare;
mod completions;
mod environment;
mod error;
mod generate;
mod import;
mod init;
mod inspect;
mod man;
mod panic;
mod predict;
mod printer;
mod report;
mod representations;
mod run;
mod summary;
mod sweep;
mod sweep_args;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use semola_data::Blame;
use semola_data::guard::caught;
use semola_document::visible_json;
use serde_json::Value;

use args::{Cli, Command};
use error::CliError;
use sweep_args::SweepCommand;

use crate::cli::printer::Printer;
use crate::cli::printer::Verbosity;
use semola_pipe::run::interrupt;

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    panic::keep();
    match caught(run) {
        Some(code) => code,
        None => {
            Printer::new(Verbosity::Normal).error(&panic::line());
            ExitCode::from(Blame::Run as u8)
        }
    }
}

fn run() -> ExitCode {
    interrupt::outlive_limits();
    semola_pipe::engine::memory::keep_freed();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            // Help and version go to stdout and are no failure.
            let code = if e.use_stderr() { 2 } else { 0 };
            return if e.print().is_ok() { ExitCode::from(code) } else { ExitCode::SUCCESS };
        }
    };
    let verbosity = match &cli.command {
        Command::Run(a) if a.quiet => Verbosity::Quiet,
        Command::Sweep { command: SweepCommand::Run(a) } if a.quiet => Verbosity::Quiet,
        Command::Predict(a) if a.quiet => Verbosity::Quiet,
        Command::Run(a) if a.verbose => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let printer = Printer::new(verbosity);
    match dispatch(cli.command, &printer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            match e.diagnostics() {
                Some(wrong) => printer.problems(&wrong.render(std::io::stderr().is_terminal())),
                None if e.blame() == Blame::Interrupted => printer.note(&CliError::interrupted().to_string()),
                None => printer.error(&e.to_string()),
            }
            e.exit_code()
        }
    }
}

/// Data to stdout.
fn say(printer: &Printer, text: &str) -> Result<(), CliError> {
    printer.data(text).map_err(|e| CliError::failed(format!("cannot write to stdout: {e}")))
}

/// JSON to stdout.
fn say_json(printer: &Printer, value: &Value) -> Result<(), CliError> {
    say(printer, &visible_json(&format!("{value:#}\n")))
}

/// Catches the signals that ask to stop.
fn listen() -> Result<(), CliError> {
    interrupt::install().map_err(|e| CliError::failed(format!("cannot listen to signals: {e}")))
}

/// What a command gave, unless it was asked to stop meanwhile.
fn unless_stopped<T, E: Into<CliError>>(done: Result<T, E>) -> Result<T, CliError> {
    done.map_err(|e| if interrupt::requested() { CliError::interrupted() } else { e.into() })
}

/// This program's own file.
fn this_program() -> Result<PathBuf, CliError> {
    std::env::current_exe().map_err(|e| CliError::failed(format!("where is this program? {e}")))
}

fn dispatch(command: Command, printer: &Printer) -> Result<(), CliError> {
    match command {
        Command::Run(args) => run::run(&args, printer),
        Command::Sweep { command } => sweep::sweep(&command, printer),
        Command::Check(args) => check::check(&args, printer),
        Command::Init(args) => init::init(&args, printer),
        Command::Inspect(args) => inspect::inspect(&args, printer),
        Command::Generate(args) => generate::generate(&args, printer),
        Command::Import(args) => import::import(&args, printer),
        Command::Compare(args) => compare::compare(&args, printer),
        Command::Report(args) => report::report(&args, printer),
        Command::Predict(args) => predict::predict(&args, printer),
        Command::Schema => say(printer, &semola_pipe::pipeline::json_schema_text()),
        Command::Completions { shell } => completions::completions(shell, printer),
        Command::Man { command } => man::man(&command, printer),
        Command::Env { json } => environment::environment(json, printer),
    }
}
