//! `semola-pipe generate`.

use super::args::GenerateArgs;
use super::error::CliError;
use crate::generate::{GenerateError, Options, generate as write, tasks};
use crate::run::Printer;

/// Writes a simulated task, or names them all.
pub fn generate(args: &GenerateArgs, printer: &Printer) -> Result<(), CliError> {
    if args.task == "list" {
        let lines: Vec<String> = tasks().map(|t| format!("{:<18} {}\n", t.name, t.summary)).collect();
        return super::say(printer, &lines.concat());
    }
    let Some(out) = &args.out else {
        return Err(CliError::Usage("give the folder to write to with --out DIR".to_owned()));
    };
    let options = Options { rows: args.rows, seed: args.seed, dial: args.dial };
    let files = write(&args.task, &options, out).map_err(|e| match e {
        GenerateError::Unknown { .. } | GenerateError::Option { .. } => CliError::Usage(e.to_string()),
        other => CliError::Failed(other.to_string()),
    })?;
    let lines: Vec<String> = files.iter().map(|f| format!("{}\n", f.display())).collect();
    super::say(printer, &lines.concat())
}
