//! A comparison as text, Markdown, CSV, JSON or Parquet.

mod csv;
mod json;
mod markdown;
mod parquet;
mod text;

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::Comparison;
use super::error::CompareError;
use super::frame::values;
use semola_data::durable::atomic;

/// How a comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns, for a terminal.
    Table,
    Csv,
    Parquet,
    Markdown,
    /// An array of objects.
    Json,
}

impl Format {
    /// The format that a file's ending stands for.
    pub fn of_file(path: &Path) -> Result<Self, CompareError> {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        Ok(match ending.as_str() {
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            "md" | "markdown" => Self::Markdown,
            "json" => Self::Json,
            "txt" => Self::Table,
            _ => return Err(CompareError::NoFormat { path: path.to_owned() }),
        })
    }
}

impl Comparison {
    /// As text; Parquet is none.
    pub fn text(&self, format: Format) -> Result<String, CompareError> {
        match format {
            Format::Table => Ok(text::text(self)),
            Format::Markdown => Ok(markdown::markdown(self)),
            Format::Csv => csv::csv(&self.frame),
            Format::Json => json::json(&self.frame),
            Format::Parquet => Err(CompareError::ParquetToStdout),
        }
    }

    /// Writes a file that appears atomically.
    pub fn write(&self, path: &Path, format: Format) -> Result<(), CompareError> {
        let bytes = match format {
            Format::Parquet => parquet::parquet(&self.frame)?,
            other => self.text(other)?.into_bytes(),
        };
        let refused = |source| CompareError::Write { path: path.to_owned(), source };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Staging makes missing directories; a misspelt path is not to become one.
        fs::metadata(parent).map_err(refused)?;
        atomic::write(parent, path, &bytes).map_err(refused)
    }
}

/// The rows of a frame as objects.
fn records(frame: &polars::prelude::DataFrame) -> Vec<Map<String, Value>> {
    let mut rows = vec![Map::new(); frame.height()];
    for column in frame.columns() {
        for (row, value) in rows.iter_mut().zip(values(column)) {
            row.insert(column.name().to_string(), value);
        }
    }
    rows
}
