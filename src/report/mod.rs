//! One self-contained HTML page about one member: verdict, evidence, accuracy, curves, settings.

mod bars;
mod charts;
mod finite;
mod heatmap;
mod lines;
mod load;
mod scale;
mod series;
mod svg;
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
pub fn write(member: &Path) -> Result<PathBuf, ReportError> {
    let page = render(&Results::load(member)?)?;
    let path = member.join("report.html");
    // Not the run's own staging directory: a report may be made while the run goes on.
    let staging = member.join(".report");
    let outcome = atomic::write(&staging, &path, page.as_bytes());
    let _ = fs::remove_dir(&staging);
    outcome.map_err(|source| ReportError::Write { path: path.clone(), source })?;
    Ok(path)
}

fn render(results: &Results) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    // The ending makes the engine escape everything that is not said to be safe.
    environment.add_template("page.html", PAGE)?;
    // A browser ignores control characters, and somebody may look at the page in a terminal.
    Ok(visible_lines(&environment.get_template("page.html")?.render(view::page(results))?).into_owned())
}

#[cfg(test)]
mod tests;
