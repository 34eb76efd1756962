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
    /// Rows that it stands for: of those that are kept, only the first of a column is told.
    pub count: u64,
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
    pub missing: Vec<Missing>,
}

/// A value that a row lacks.
#[derive(Debug)]
pub struct Missing {
    /// The place of its column among all.
    pub column: usize,
    /// The line where it should be.
    pub line: u64,
    /// The word for nothing that stands there.
    pub word: Option<String>,
    /// What rows are called: `frames`, `records`.
    pub rows: &'static str,
}

impl Missing {
    /// In words.
    fn fault(&self, column: &str) -> RowFault {
        let rows = self.rows;
        let what = match &self.word {
            Some(word) => format!("`{column}`: `{word}` stands for no value, and other {rows} have one"),
            None => format!("there is no `{column}`, which other {rows} have"),
        };
        RowFault::line(self.line, column, what)
    }
}

/// Gathers rows.
pub struct Table<'a> {
    columns: &'a [Column],
    builders: Vec<Builder<'a>>,
    rows: usize,
    faults: Vec<Found>,
    /// Where the fault of each column is that lacks values.
    told: Vec<Option<usize>>,
}

impl<'a> Table<'a> {
    /// No rows yet.
    pub fn new(columns: &'a [Column]) -> Self {
        Self {
            columns,
            builders: columns.iter().map(Builder::new).collect(),
            rows: 0,
            faults: Vec::new(),
            told: vec![None; columns.len()],
        }
    }

    /// Appends a row, or notes why it is left out; `place` is that of the row. Says whether it was appended.
    pub fn push(&mut self, path: &Arc<Path>, place: Place, row: Result<Row, RowFault>) -> bool {
        let row = row.and_then(|row| self.checked(place, row));
        match row {
            Ok(row) => {
                row.missing.iter().for_each(|missing| self.tell(path, missing));
                self.builders.iter_mut().zip(row.cells).for_each(|(builder, cell)| builder.push(cell));
                self.rows += 1;
                true
            }
            Err(fault) => {
                self.faults.push(Found { path: path.clone(), fault, kept: false, count: 1 });
                false
            }
        }
    }

    fn tell(&mut self, path: &Arc<Path>, missing: &Missing) {
        let (Some(told), Some(column)) = (self.told.get_mut(missing.column), self.columns.get(missing.column)) else {
            return;
        };
        match told.and_then(|at| self.faults.get_mut(at)) {
            Some(found) => found.count += 1,
            None => {
                *told = Some(self.faults.len());
                let fault = missing.fault(&column.name);
                self.faults.push(Found { path: path.clone(), fault, kept: true, count: 1 });
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
