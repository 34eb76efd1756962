//! One table over many runs: gathered, joined with their settings, averaged over seeds, laid side by side.
//!
//! Data flows one way: paths → members (`gather`) → a frame of facts about them (`settings`) and a frame of one
//! table (`read`) → chosen rows (`filter`) → averages (`aggregate`) or single members → columns side by side
//! (`pivot`) → a file or a text ([`mod@format`]). Nothing is printed here.

mod aggregate;
mod arrange;
mod averages;
mod bootstrap;
mod chosen;
mod columns;
mod error;
mod filter;
mod findings;
pub mod format;
mod frame;
mod gains;
mod gather;
mod order;
mod pivot;
mod read;
mod settings;
mod shape;
mod singles;
mod statistics;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use polars::prelude::DataFrame;

pub use error::CompareError;
pub use statistics::Statistics;

use chosen::Chosen;
use settings::Facts;

/// The kind of rows of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rows {
    /// Averages over members.
    #[default]
    Aggregate,
    /// Single members.
    Members,
}

/// Which column's values become columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Pivot {
    /// `model` for averages of `evaluation`, none otherwise.
    #[default]
    Default,
    None,
    Column(String),
}

/// What is to be compared, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// Members' directories, run directories, or globs of these.
    pub runs: Vec<PathBuf>,
    /// Members that are not done, too.
    pub all: bool,
    pub table: String,
    pub rows: Rows,
    /// Key columns, in place of the table's own.
    pub by: Option<Vec<String>>,
    pub pivot: Pivot,
    /// An SQL expression.
    pub filter: Option<String>,
    /// Columns of the result; all if empty.
    pub select: Vec<String>,
    /// Metrics; all if empty.
    pub metrics: Vec<String>,
    /// Columns to sort by; `-` in front: descending.
    pub sort: Vec<String>,
    /// Resamples of the bootstrap; 0: no intervals.
    pub resamples: usize,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            all: false,
            table: "evaluation".to_owned(),
            rows: Rows::default(),
            by: None,
            pivot: Pivot::default(),
            filter: None,
            select: Vec::new(),
            metrics: Vec::new(),
            sort: Vec::new(),
            resamples: 1000,
        }
    }
}

/// A column, or several that are displayed as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Column(String),
    /// The columns `<label>.mean`, `<label>.sd`, `<label>.n`.
    Statistics(String),
    /// The columns `<label>.mean`, `<label>.ci_low`, `<label>.ci_high`, `<label>.n`.
    Interval(String),
}

/// The result.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// All columns, machine-readable.
    pub frame: DataFrame,
    /// The columns that identify rows.
    pub keys: Vec<String>,
    /// The displayed columns.
    pub shown: Vec<Shown>,
    /// What was compared, in a line.
    pub note: String,
    /// What the members found, each sentence with how many of them.
    pub findings: Vec<String>,
    /// Warnings.
    pub warnings: Vec<String>,
}

/// Compares runs.
///
/// # Errors
/// [`CompareError`], whose `blame` says whether the request, a run or something else is wrong.
pub fn compare(request: &Request) -> Result<Comparison, CompareError> {
    if request.by.is_some() && request.rows == Rows::Members {
        return Err(CompareError::ByMembers);
    }
    let (members, mut warnings) = gather::gather(&request.runs, request.all)?;
    let facts = Facts::of(&members)?;
    let chosen = Chosen::read(request, &members, &facts, &mut warnings)?;
    let note = chosen.note(&facts);
    let findings = match matches!(request.table.as_str(), "evaluation" | "groups") {
        true => findings::sentences(&members, &chosen.members)?,
        false => Vec::new(),
    };
    let mut result = match request.rows {
        Rows::Aggregate => averages::averages(chosen, request, &members, &facts.frame)?,
        Rows::Members => singles::singles(chosen, request, &facts.frame)?,
    };
    result.sort(&request.sort)?;
    result.select(&request.select)?;
    Ok(Comparison { frame: result.frame, keys: result.keys, shown: result.shown, note, findings, warnings })
}
