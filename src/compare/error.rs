//! What can go wrong with a comparison.

use std::path::PathBuf;

use polars::prelude::PolarsError;
use semola_data::output::OutputError;
use semola_data::{Blame, Fault};

use crate::member::RunError;
use semola_data::DataError;
use semola_data::table::TableError;

/// Why runs could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A path or a glob that nothing matches.
    #[error("{}: there is no such run directory; give the DIR of `semola-pipe run --out DIR`, members in it, or a glob", path.display())]
    NoSuchRun { path: PathBuf },
    /// Something exists, but nothing of it is a run.
    #[error(
        "no member is in {places}: a member's directory holds manifest.json; give the DIR of `semola-pipe run --out DIR`"
    )]
    NoMembers { places: String },
    /// There are members, and none of them is done.
    #[error("no member is done ({states}): finish them with `semola-pipe run`, or compare what is there with --all")]
    NothingDone { states: String },
    /// A table that no member has.
    #[error("no member has a table `{table}`{hint}")]
    NoTable { table: String, hint: String },
    /// No row matches the request.
    #[error("no row of table `{table}` is left{filter}")]
    NothingLeft { table: String, filter: String },
    /// A column that neither the table nor `runs` has.
    #[error("{option}: there is no column `{column}`{hint}")]
    NoColumn { option: &'static str, column: String, hint: String },
    /// A metric that is not in the table.
    #[error("--metric: there is no metric `{metric}`{hint}")]
    NoMetric { metric: String, hint: String },
    /// Values of different metrics would be averaged.
    #[error(
        "--by leaves out `metric`, and values of different metrics ({metrics}) cannot be averaged: add it to --by, or choose \
         one with --metric"
    )]
    MixedMetrics { metrics: String },
    /// An option that does nothing for rows of single members.
    #[error("--by says what is averaged together, but --rows members averages nothing: leave one of them out")]
    ByMembers,
    /// A pivot over a column with very many values.
    #[error("--pivot: `{column}` has {values} values, and at most {most} can be columns; narrow them with --where")]
    WidePivot { column: String, values: usize, most: usize },
    /// A pivot over something that is not a plain value.
    #[error("--pivot: `{column}` holds lists, which cannot become names of columns")]
    ListPivot { column: String },
    /// Several rows of one member would fall into one cell.
    #[error(
        "--pivot: several rows of one member fall into the same cell: narrow them with --where or --metric, or average \
         them with --rows aggregate"
    )]
    CrowdedPivot,
    /// `where` is malformed or cannot be evaluated.
    #[error("--where: {0}{1}")]
    Where(DataError, &'static str),
    /// A manifest is damaged, or a directory cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A table is damaged.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A column has types in several members that do not fit together.
    #[error("{}: column `{column}` is {found} here and {expected} in other members", path.display())]
    MixedTypes { path: PathBuf, column: String, found: String, expected: String },
    /// A file name without a format.
    #[error("{}: the ending says no format: use .csv, .parquet, .md, .tex, .json, .svg or .txt, or --format", path.display())]
    NoFormat { path: PathBuf },
    /// Bytes that do not belong on a terminal.
    #[error("Parquet is written to a file only: add --out FILE.parquet")]
    ParquetToStdout,
    /// The file cannot go there.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The output could not be encoded.
    #[error("the comparison cannot be written as {format}: {problem}")]
    Encode { format: &'static str, problem: String },
    /// An operation of polars failed on sound tables.
    #[error("the tables cannot be brought together: {}", .0.to_string().lines().next().unwrap_or_default())]
    Frame(#[from] PolarsError),
}

impl Fault for CompareError {
    fn blame(&self) -> Blame {
        match self {
            Self::Run(_) | Self::Table(_) | Self::MixedTypes { .. } => Blame::Data,
            Self::Output(e) => e.blame(),
            Self::Encode { .. } | Self::Frame(_) => Blame::Run,
            Self::NoSuchRun { .. }
            | Self::NoMembers { .. }
            | Self::NothingDone { .. }
            | Self::NoTable { .. }
            | Self::NothingLeft { .. }
            | Self::NoColumn { .. }
            | Self::NoMetric { .. }
            | Self::MixedMetrics { .. }
            | Self::ByMembers
            | Self::WidePivot { .. }
            | Self::ListPivot { .. }
            | Self::CrowdedPivot
            | Self::Where(..)
            | Self::NoFormat { .. }
            | Self::ParquetToStdout => Blame::Pipeline,
        }
    }
}
