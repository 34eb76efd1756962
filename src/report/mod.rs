//! Self-contained HTML pages: of one member (the finding, pictures of it, accuracy, evidence, curves, settings), and of a run's
//! members together.

mod bars;
mod charts;
mod dots;
mod finite;
mod flow;
mod generators;
mod glossary;
mod heatmap;
mod lines;
mod load;
mod orbit;
mod predicted;
pub(crate) mod scale;
mod series;
mod sizes;
pub(crate) mod svg;
mod together;
mod view;
mod words;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::Environment;
use semola_data::{Blame, Fault};
use semola_document::visible_lines;

use crate::member::RunError;
use load::Results;
use semola_data::durable::atomic;
use semola_data::table::TableError;

const PAGE: &str = include_str!("page.html");
const TOGETHER: &str = include_str!("together.html");
const HEAD: &str = include_str!("head.html");
const STYLE: &str = include_str!("style.css");

/// Why the report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("{}: there is nothing to report: it holds no manifest.json; give the directory of one member", path.display())]
    Nothing { path: PathBuf },
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("the report's template failed: {0}")]
    Template(#[from] minijinja::Error),
    #[error("{}: the report cannot be written: {source}; check the free space and the permissions", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl Fault for ReportError {
    fn blame(&self) -> Blame {
        match self {
            Self::Run(e) => e.blame(),
            Self::Nothing { .. } => Blame::Pipeline,
            Self::Table(_) => Blame::Data,
            Self::Template(_) | Self::Write { .. } => Blame::Run,
        }
    }
}

/// Writes `report.html` into a member's directory, from its manifest and tables. Equal tables give equal bytes.
///
/// # Errors
/// If it holds no manifest, a table is damaged, or the page cannot be written.
pub fn write(member: &Path) -> Result<PathBuf, ReportError> {
    put(member, &render("page.html", view::page(&Results::load(member)?))?)
}

/// Writes `report.html` about the finished members of a run into its directory: what was found how often, and what it gained.
///
/// # Errors
/// If no member is finished, a table is damaged, or the page cannot be written.
pub fn write_together(run: &Path, members: &[PathBuf]) -> Result<PathBuf, ReportError> {
    let results = members.iter().map(|member| Results::load(member)).collect::<Result<Vec<_>, _>>()?;
    put(run, &render("together.html", together::page(run, &results))?)
}

fn put(directory: &Path, page: &str) -> Result<PathBuf, ReportError> {
    let path = directory.join("report.html");
    // Not the run's own staging directory: a report may be made while the run goes on.
    let staging = directory.join(".report");
    let outcome = atomic::write(&staging, &path, page.as_bytes());
    let _ = fs::remove_dir(&staging);
    outcome.map_err(|source| ReportError::Write { path: path.clone(), source })?;
    Ok(path)
}

fn render(name: &str, values: minijinja::Value) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    // The ending makes the engine escape everything that is not said to be safe.
    for (name, text) in [("page.html", PAGE), ("together.html", TOGETHER), ("head.html", HEAD), ("style.css", STYLE)] {
        environment.add_template(name, text)?;
    }
    // A browser ignores control characters, and somebody may look at the page in a terminal.
    Ok(visible_lines(&environment.get_template(name)?.render(values)?).into_owned())
}

#[cfg(test)]
mod tests;
