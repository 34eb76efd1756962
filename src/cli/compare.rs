//! `semola-pipe compare`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::error::CliError;
use crate::cli::printer::Printer;
use semola_pipe::compare::format::{Format, place};
use semola_pipe::compare::{self, CompareError, Pivot, Request, Rows};

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Run directories, members' directories, or globs of these
    #[arg(value_name = "RUN_DIR", required = true)]
    pub runs: Vec<PathBuf>,
    /// The table: evaluation, groups, directions, equivariance, metrics, runs, generators, predictions, …
    #[arg(long, default_value = "evaluation")]
    pub table: String,
    /// What a row is about
    #[arg(long, value_enum, default_value_t = RowsArg::Aggregate)]
    pub rows: RowsArg,
    /// Average separately for each combination of these columns [default: pipeline, settings that differ, the table's
    /// keys]
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub by: Option<Vec<String>>,
    /// Turn the values of this column into columns; `none` for long form [default: model, for averages of evaluation]
    #[arg(long, value_name = "COLUMN")]
    pub pivot: Option<String>,
    /// Only rows for which this SQL expression is true, such as "split = 'test' AND \"learned.epochs\" > 2"
    #[arg(long = "where", value_name = "EXPR")]
    pub filter: Option<String>,
    /// Only these columns of the result, in this order
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Only these metrics
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub metric: Vec<String>,
    /// Sort the result; -COLUMN sorts in descending order
    #[arg(long, value_name = "[-]COLUMN,...", value_delimiter = ',', allow_hyphen_values = true)]
    pub sort: Vec<String>,
    /// Output format [default: table, or by the extension of --out]
    #[arg(long, value_enum)]
    pub format: Option<FormatArg>,
    /// The file to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite a text file
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Resamples for the 95 % intervals of means; 0: no intervals
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub bootstrap: u32,
    /// Members that are not done, too
    #[arg(long)]
    pub all: bool,
}

/// `--rows`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RowsArg {
    /// Single members
    Members,
    /// Averages over members: mean, sd, n, median, 95 % interval of the mean
    Aggregate,
}

/// `--format`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FormatArg {
    Table,
    Csv,
    Parquet,
    Markdown,
    Json,
    /// A `tabular` with the rules of booktabs
    Latex,
    /// A picture: each model's mean with its interval
    Svg,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Table => Self::Table,
            FormatArg::Csv => Self::Csv,
            FormatArg::Parquet => Self::Parquet,
            FormatArg::Markdown => Self::Markdown,
            FormatArg::Json => Self::Json,
            FormatArg::Latex => Self::Latex,
            FormatArg::Svg => Self::Svg,
        }
    }
}

/// Compares runs and prints the table, or writes it to a file.
pub fn compare(args: &CompareArgs, printer: &Printer) -> Result<(), CliError> {
    let format = match (args.format, &args.out) {
        (Some(format), _) => format.into(),
        (None, Some(out)) => Format::of_file(out)?,
        (None, None) => Format::Table,
    };
    if format == Format::Parquet && args.out.is_none() {
        return Err(CompareError::ParquetToStdout.into());
    }
    if let Some(out) = &args.out {
        place(out, format, args.force)?;
    }
    let found = compare::compare(&request(args))?;
    found.warnings.iter().for_each(|warning| printer.warning(warning));
    printer.note(&found.note);
    found.findings.iter().for_each(|finding| printer.note(finding));
    match &args.out {
        None => super::say(printer, &found.text(format)?),
        Some(out) => {
            found.write(out, format, args.force)?;
            printer.note(&format!("{}: {} rows", out.display(), found.frame.height()));
            Ok(())
        }
    }
}

fn request(args: &CompareArgs) -> Request {
    Request {
        runs: args.runs.clone(),
        all: args.all,
        table: args.table.clone(),
        rows: match args.rows {
            RowsArg::Members => Rows::Members,
            RowsArg::Aggregate => Rows::Aggregate,
        },
        by: args.by.clone(),
        pivot: match args.pivot.as_deref() {
            None => Pivot::Default,
            Some("none") => Pivot::None,
            Some(column) => Pivot::Column(column.to_owned()),
        },
        filter: args.filter.clone(),
        select: args.select.clone(),
        metrics: args.metric.clone(),
        sort: args.sort.clone(),
        resamples: args.bootstrap as usize,
    }
}
