//! `semola-pipe import`.

use super::args::ImportArgs;
use super::error::CliError;
use crate::import::{Format, ImportError, OnInvalid, Request, import as convert};
use crate::run::Printer;

/// Writes files of another format as Parquet.
pub fn import(args: &ImportArgs, printer: &Printer) -> Result<(), CliError> {
    super::listen()?;
    let format: Option<Format> = match args.format.as_str() {
        "auto" => None,
        name => Some(name.parse().map_err(failure)?),
    };
    let on_invalid = if args.on_invalid == "drop" { OnInvalid::Drop } else { OnInvalid::Error };
    let units = args.unit.iter().map(|pair| unit(pair)).collect::<Result<_, _>>()?;
    let request = Request { format, inputs: args.inputs.clone(), out: args.out.clone(), on_invalid, units };
    let report = convert(&request, printer).map_err(failure)?;
    if let Some(losses) = report.losses() {
        printer.warning(&losses);
    }
    printer.note(&report.summary());
    let text = if args.json { format!("{:#}\n", report.json()) } else { format!("{}\n", report.out.display()) };
    super::say(printer, &text)
}

fn unit(pair: &str) -> Result<(String, String), CliError> {
    match pair.split_once('=') {
        Some((column, unit)) if !column.is_empty() && !unit.trim().is_empty() => {
            Ok((column.to_owned(), unit.trim().to_owned()))
        }
        _ => Err(CliError::Usage(format!("--unit {pair}: give a column and its unit, such as energy=eV"))),
    }
}

fn failure(error: ImportError) -> CliError {
    match error {
        ImportError::Usage(_) => CliError::Usage(error.to_string()),
        ImportError::Write { .. } | ImportError::Parquet { .. } | ImportError::Stopped => {
            CliError::Failed(error.to_string())
        }
        _ => CliError::BadData(error.to_string()),
    }
}
