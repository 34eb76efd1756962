//! Meshes and point clouds: one file is one row.

mod faces;
pub mod off;
mod off_file;
pub mod ply;
mod ply_binary;
mod ply_file;
mod ply_text;

#[cfg(test)]
mod tests;

use arrow::datatypes::DataType;

use super::cell::Cell;
use super::column::Column;
use super::error::{ImportError, RowFault};
use super::input::Input;
use super::open::Lines;
use super::records::{MAX_RECORD, Split};

/// Takes whole files as records.
struct Whole;

impl Split for Whole {
    fn next(&self, _: usize, lines: &mut Lines, into: &mut Vec<u8>) -> Result<Result<bool, RowFault>, ImportError> {
        lines.rest(MAX_RECORD as u64 + 1, into)?;
        if into.len() > MAX_RECORD {
            return Ok(Err(RowFault::file(
                "the file is larger than 64 MiB, too large for one row; sample or simplify it",
            )));
        }
        Ok(Ok(!into.is_empty()))
    }
}

/// The first columns: each file's path below the directory that all share, and the first directory of it, which is the
/// class in collections such as ModelNet.
struct Names {
    labels: bool,
}

impl Names {
    fn new(inputs: &[Input]) -> Self {
        Self { labels: !inputs.is_empty() && inputs.iter().all(|input| input.name.contains('/')) }
    }

    fn columns(&self) -> Vec<Column> {
        let names: &[&str] = if self.labels { &["file", "label"] } else { &["file"] };
        names.iter().map(|name| Column::scalar(*name, DataType::Utf8)).collect()
    }

    fn cells(&self, input: Option<&Input>) -> Vec<Cell> {
        let name = input.map_or("", |input| &input.name);
        let mut cells = vec![Cell::Text(name.to_owned())];
        if self.labels {
            cells.push(Cell::Text(name.split_once('/').map_or("", |(first, _)| first).to_owned()));
        }
        cells
    }
}
