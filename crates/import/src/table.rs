//! Rows of cells, one builder per column, and the faults met on the way.

use std::path::Path;
use std::sync::Arc;

use arrow::array::ArrayRef;

use super::cell::{Builder, Cell};
use super::column::Column;
use super::error::{ImportError, Place, RowFault};

/// A fault and the file it is in.
#[derive(Debug, Clone)]
pub struct Found {
    /// The file.
    pub path: Arc<Path>,
    /// What is wrong.
    pub fault: RowFault,
    /// The row is written, with a null in the fault's column.
    pub kept: bool,
}

/// The rows of one row group.
#[derive(Debug, Default)]
pub struct Decoded {
    /// One array per column.
    pub arrays: Vec<ArrayRef>,
    /// Rows in each.
    pub rows: usize,
    /// What is wrong, in the order of the file.
    pub faults: Vec<Found>,
}

/// A parsed row.
#[derive(Debug, Default)]
pub struct Row {
    /// One cell per column.
    pub cells: Vec<Cell>,
    /// Columns that have no value in this row although others do.
    pub missing: Vec<RowFault>,
}

/// Gathers rows.
pub struct Table<'a> {
    columns: &'a [Column],
    builders: Vec<Builder<'a>>,
    rows: usize,
    faults: Vec<Found>,
}

impl<'a> Table<'a> {
    /// No rows yet.
    pub fn new(columns: &'a [Column]) -> Self {
        Self { columns, builders: columns.iter().map(Builder::new).collect(), rows: 0, faults: Vec::new() }
    }

    /// Appends a row, or notes why it is left out; `place` is that of the row. Says whether it was appended.
    pub fn push(&mut self, path: &Arc<Path>, place: Place, row: Result<Row, RowFault>) -> bool {
        let row = row.and_then(|row| self.checked(place, row));
        match row {
            Ok(row) => {
                self.faults.extend(row.missing.into_iter().map(|fault| Found {
                    path: path.clone(),
                    fault,
                    kept: true,
                }));
                self.builders.iter_mut().zip(row.cells).for_each(|(builder, cell)| builder.push(cell));
                self.rows += 1;
                true
            }
            Err(fault) => {
                self.faults.push(Found { path: path.clone(), fault, kept: false });
                false
            }
        }
    }

    fn checked(&self, place: Place, row: Row) -> Result<Row, RowFault> {
        for ((builder, cell), column) in self.builders.iter().zip(&row.cells).zip(self.columns) {
            builder.check(cell).map_err(|what| RowFault {
                place: place.clone(),
                column: column.name.clone(),
                what: format!("`{}`: {what}", column.name),
            })?;
        }
        Ok(row)
    }

    /// The arrays of all rows.
    ///
    /// # Errors
    /// If the values do not fit into Arrow's types; `path` is a file that they are from.
    pub fn finish(self, path: &Path) -> Result<Decoded, ImportError> {
        let arrays: Result<Vec<ArrayRef>, _> = self.builders.into_iter().map(Builder::finish).collect();
        let arrays = arrays.map_err(|e| ImportError::file(path, e.to_string()))?;
        Ok(Decoded { arrays, rows: self.rows, faults: self.faults })
    }
}
