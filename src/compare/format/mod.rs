//! A comparison as text, Markdown, LaTeX, CSV, JSON, Parquet, or as a picture.

mod csv;
mod json;
mod latex;
mod markdown;
mod parquet;
mod svg;
mod text;

use std::path::Path;

use serde_json::{Map, Value};

use super::Comparison;
use super::error::CompareError;
use super::frame::values;
use semola_data::output::{Output, Own};

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
    /// A `tabular` for booktabs.
    Latex,
    /// A picture of averages.
    Svg,
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
            "tex" => Self::Latex,
            "svg" => Self::Svg,
            "txt" => Self::Table,
            _ => return Err(CompareError::NoFormat { path: path.to_owned() }),
        })
    }
}

/// A file for a comparison: new, a Parquet file of this command, or with `force` another text.
///
/// # Errors
/// If something is in the way.
pub fn place(path: &Path, format: Format, force: bool) -> Result<Output<'_>, CompareError> {
    let own = if format == Format::Parquet { Own::Parquet(parquet::KEY) } else { Own::Text { force } };
    Ok(Output::new(path, own)?)
}

impl Comparison {
    /// As text; Parquet is none.
    pub fn text(&self, format: Format) -> Result<String, CompareError> {
        match format {
            Format::Table => Ok(text::text(self)),
            Format::Markdown => Ok(markdown::markdown(self)),
            Format::Latex => Ok(latex::latex(self)),
            Format::Svg => svg::svg(self),
            Format::Csv => csv::csv(&self.frame),
            Format::Json => json::json(&self.frame),
            Format::Parquet => Err(CompareError::ParquetToStdout),
        }
    }

    /// Writes a file that appears atomically, where [`place`] allows it.
    pub fn write(&self, path: &Path, format: Format, force: bool) -> Result<(), CompareError> {
        let bytes = match format {
            Format::Parquet => parquet::parquet(&self.frame)?,
            other => self.text(other)?.into_bytes(),
        };
        Ok(place(path, format, force)?.write(&bytes)?)
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
