//! `semola-pipe import`.

use super::args::ImportArgs;
use super::error::CliError;
use crate::cli::printer::Printer;
use semola_import::format::{self, Format};
use semola_import::{OPTION, OnInvalid, Request, import as convert};

/// Writes files of another format as Parquet.
pub fn import(args: &ImportArgs, printer: &Printer) -> Result<(), CliError> {
    super::listen()?;
    let format: Option<Format> = match args.format.as_str() {
        "auto" => None,
        name => Some(format::named(name)?),
    };
    let on_invalid = if args.on_invalid == "drop" { OnInvalid::Drop } else { OnInvalid::Error };
    let units = args.unit.iter().map(|pair| unit(pair)).collect::<Result<_, _>>()?;
    let header = (args.header || args.no_header).then_some(args.header);
    let (inputs, out) = (args.inputs.clone(), args.out.clone());
    let request = Request { format, inputs, out, on_invalid, units, header, remedy: OPTION };
    let report = convert(&request, printer)?;
    report.warnings.iter().for_each(|warning| printer.warning(warning));
    report.losses().iter().for_each(|loss| printer.warning(loss));
    printer.note(&report.summary());
    match args.json {
        true => super::say_json(printer, &report.json()),
        false => super::say(printer, &format!("{}\n", report.out.display())),
    }
}

fn unit(pair: &str) -> Result<(String, String), CliError> {
    match pair.split_once('=') {
        Some((column, unit)) if !column.is_empty() && !unit.trim().is_empty() => {
            Ok((column.to_owned(), unit.trim().to_owned()))
        }
        _ => Err(CliError::usage(format!("--unit {pair}: give a column and its unit, such as energy=eV"))),
    }
}
