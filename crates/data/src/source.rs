//! The opened Parquet files of a data set: what they hold, before any value is decoded.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow::datatypes::{Field, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use rayon::prelude::*;
use semola_document::hint;

use super::error::DataError;
use super::files::{Found, find};
use super::guard::guarded;

/// One opened file.
#[derive(Debug)]
pub struct Part {
    pub path: PathBuf,
    pub metadata: ArrowReaderMetadata,
    /// Rows of each row group, counted through all files of the data set.
    pub groups: Vec<Range<u64>>,
    pub partitions: BTreeMap<String, Option<String>>,
}

/// All files of a data set, in order.
#[derive(Debug)]
pub struct Source {
    pub parts: Vec<Part>,
    pub rows: u64,
}

impl Part {
    /// The file's rows, counted through all files.
    pub fn rows(&self) -> Range<u64> {
        self.groups.first().map_or(0, |g| g.start)..self.groups.last().map_or(0, |g| g.end)
    }

    /// Arrow's view of the file's columns.
    pub fn schema(&self) -> &Schema {
        self.metadata.schema()
    }

    /// The column of that name, with its position.
    pub fn column(&self, name: &str) -> Option<(usize, &Field)> {
        self.schema().column_with_name(name)
    }

    /// Names of all columns and partition keys.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.schema().fields().iter().map(|f| f.name().as_str()).chain(self.partitions.keys().map(String::as_str))
    }

    /// Values that the file stores of a column, at the innermost level of its lists; nulls and empty lists count once.
    pub fn stored_values(&self, name: &str) -> Option<usize> {
        let of_group = |group: &parquet::file::metadata::RowGroupMetaData| {
            let own = |c: &&parquet::file::metadata::ColumnChunkMetaData| {
                c.column_path().parts().first().is_some_and(|first| first == name)
            };
            let values = group.columns().iter().filter(own).map(|c| c.num_values());
            values.map(|n| usize::try_from(n).unwrap_or(0)).fold(0, usize::saturating_add)
        };
        self.column(name)?;
        let groups = self.metadata.metadata().row_groups();
        Some(groups.iter().map(of_group).fold(0, usize::saturating_add))
    }

    /// The error for a column that is not there; `others` are computed columns.
    pub fn missing<'a>(&'a self, column: &str, others: impl Iterator<Item = &'a str>) -> DataError {
        let hint = hint(column, self.names().chain(others));
        DataError::MissingColumn { path: self.path.clone(), column: column.to_string(), hint }
    }
}

impl Source {
    /// Finds and opens the files and reads their footers, in parallel.
    ///
    /// # Errors
    /// If no file is found, or one is unreadable, not Parquet, or without rows.
    pub fn open(paths: &[PathBuf], base: &Path) -> Result<Self, DataError> {
        let opened: Vec<Result<Part, DataError>> = find(paths, base)?.into_par_iter().map(open).collect();
        let mut parts = Vec::with_capacity(opened.len());
        let mut rows = 0;
        for part in opened {
            let mut part = part?;
            for group in &mut part.groups {
                *group = group.start + rows..group.end + rows;
            }
            rows = part.rows().end;
            parts.push(part);
        }
        Ok(Self { parts, rows })
    }

    /// The file that a row id belongs to, and the row's number in it.
    pub fn locate(&self, row_id: u64) -> (PathBuf, u64) {
        let part = self.parts.iter().find(|p| p.rows().contains(&row_id)).or(self.parts.last());
        part.map_or((PathBuf::new(), row_id), |p| (p.path.clone(), row_id.saturating_sub(p.rows().start)))
    }
}

fn open(found: Found) -> Result<Part, DataError> {
    let Found { path, partitions } = found;
    let io = |e: std::io::Error| DataError::Io { path: path.clone(), reason: e.to_string() };
    let file = File::open(&path).map_err(io)?;
    if file.metadata().map_err(io)?.len() == 0 {
        return Err(DataError::Corrupt { path: path.clone(), reason: "the file is empty".into() });
    }
    let metadata = guarded(|| ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()))
        .map_err(|reason| DataError::Corrupt { path: path.clone(), reason })?;
    let mut groups = Vec::with_capacity(metadata.metadata().num_row_groups());
    let mut end = 0;
    for group in metadata.metadata().row_groups() {
        let rows = u64::try_from(group.num_rows()).map_err(|_| DataError::Corrupt {
            path: path.clone(),
            reason: "a row group has a negative length".into(),
        })?;
        groups.push(end..end + rows);
        end += rows;
    }
    if end == 0 {
        return Err(DataError::NoRows(path));
    }
    Ok(Part { path, metadata, groups, partitions })
}
