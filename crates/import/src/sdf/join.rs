//! Properties in CSV files, joined to molecules by title or by number.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use arrow::compute::{cast, take};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::record::title;
use crate::column::{Column, free_name};
use crate::csv;
use crate::error::{ImportError, RowFault};
use crate::input::Input;
use crate::records::Record;
use crate::{Ask, OnInvalid};

/// A table in memory, one row a molecule.
pub struct Properties {
    /// Its columns.
    pub columns: Vec<Column>,
    arrays: Vec<ArrayRef>,
    /// Rows by the molecule's title; `None`: rows are in the order of the molecules.
    by_title: Option<HashMap<String, u64>>,
    table: String,
}

impl Properties {
    /// Reads the tables. If a column without repetitions holds the `first` molecule's title, it is the key; otherwise there
    /// must be as many rows as `records`.
    ///
    /// # Errors
    /// If a file cannot be read, or there is no key and the number of rows differs.
    pub fn load(tables: &[Input], first: &str, records: u64, others: &[Column], ask: Ask) -> Result<Self, ImportError> {
        let source = csv::source(tables, Ask { on_invalid: OnInvalid::Error, ..ask })?;
        let (arrays, rows) = source.load()?;
        let path = tables.first().map(|t| t.path.clone()).unwrap_or_else(|| std::path::Path::new("").into());
        let error = |what: String| ImportError::file(&path, what);
        let by_title = by_title(&arrays, first).map_err(|e| error(e.to_string()))?;
        if by_title.is_none() && rows as u64 != records {
            return Err(error(format!(
                "no column holds every title of a molecule once (the first is `{first}`), and {rows} rows do not match \
                 {records} molecules one by one"
            )));
        }
        let columns = crate::source::Source::columns(&source);
        let taken = |name: &str| others.iter().any(|c| c.name == name);
        let renamed = |c: &Column| Column { name: free_name(&c.name, "csv_", &taken), ..c.clone() };
        let table = path.display().to_string();
        Ok(Self { columns: columns.iter().map(renamed).collect(), arrays, by_title, table })
    }

    /// The row that belongs to a record.
    ///
    /// # Errors
    /// If there is none.
    pub fn find(&self, record: &Record) -> Result<u64, RowFault> {
        let Some(rows) = &self.by_title else { return Ok(record.index) };
        let title = title(record.text()?);
        rows.get(title).copied().ok_or_else(|| {
            RowFault::line(record.line, "record", format!("{} has no row for the molecule `{title}`", self.table))
        })
    }

    /// These rows.
    ///
    /// # Errors
    /// If one does not exist.
    pub fn take(&self, rows: &[u64]) -> Result<Vec<ArrayRef>, ArrowError> {
        let rows = UInt64Array::from(rows.to_vec());
        self.arrays.iter().map(|array| take(array, &rows, None)).collect()
    }
}

/// Rows by the values of the first column that holds the title and no value twice; the order of the rows does not matter.
fn by_title(arrays: &[ArrayRef], title: &str) -> Result<Option<HashMap<String, u64>>, ArrowError> {
    for array in arrays.iter().filter(|a| a.data_type() == &DataType::Utf8 || a.data_type() == &DataType::Int64) {
        let texts = cast(array, &DataType::Utf8)?;
        let rows = index(&texts);
        if rows.contains_key(title) && rows.len() == texts.len() - texts.null_count() {
            return Ok(Some(rows));
        }
    }
    Ok(None)
}

fn index(keys: &ArrayRef) -> HashMap<String, u64> {
    let keys = keys.as_string::<i32>().iter();
    (0_u64..).zip(keys).filter_map(|(row, key)| Some((key?.trim().to_owned(), row))).collect()
}
