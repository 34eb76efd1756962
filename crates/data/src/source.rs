//! The opened Parquet files of a data set: what they hold, before any value is decoded.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use arrow::datatypes::{Field, Schema};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use rayon::prelude::*;
use semola_document::hint;

use super::dataset::SourceFile;
use super::error::DataError;
use super::files::{Found, find};
use super::foreign::{Base, How, StandIn, is_foreign};
use super::parquet_file::open_parquet;
use crate::settings::{PicturePaths, Read};

/// One opened file.
#[derive(Debug)]
pub struct Part {
    /// What messages call it.
    pub path: PathBuf,
    /// The Parquet file: another one where that is in another format.
    pub stored: PathBuf,
    /// What it stands in for; empty where it stands for itself.
    pub originals: Vec<SourceFile>,
    /// Rows left out when it was made, by column.
    pub dropped: BTreeMap<String, usize>,
    pub metadata: ArrowReaderMetadata,
    /// Rows of each row group, counted through all files of the data set.
    pub groups: Vec<Range<u64>>,
    pub partitions: BTreeMap<String, Option<String>>,
    /// Columns of types that are unknown here, and why.
    pub unreadable: BTreeMap<String, String>,
    /// Which files its rows may name as pictures.
    pub pictures: PicturePaths,
}

/// All files of a data set, in order.
#[derive(Debug)]
pub struct Source {
    pub parts: Vec<Part>,
    pub rows: u64,
}

impl Part {
    /// The files that were named, without hashes where they have to be computed.
    pub fn files(&self) -> Vec<SourceFile> {
        let rows = (self.rows().end - self.rows().start) as usize;
        match self.originals.as_slice() {
            [] => vec![SourceFile { path: self.path.clone(), hash: String::new(), rows }],
            // Rows are not counted by file: where one comes from, the first file stands for all.
            all => all
                .iter()
                .enumerate()
                .map(|(i, f)| SourceFile { rows: if i == 0 { rows } else { 0 }, ..f.clone() })
                .collect(),
        }
    }

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

    /// How many columns have that name.
    pub fn count(&self, name: &str) -> usize {
        self.schema().fields().iter().filter(|field| field.name() == name).count()
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

    /// The error for a column that is not there or cannot be read; `others` are computed columns.
    pub fn missing<'a>(&'a self, column: &str, others: impl Iterator<Item = &'a str>) -> DataError {
        if let Some(reason) = self.unreadable.get(column) {
            let found = format!("of a type that is not known here ({reason})");
            let wanted = "numbers, truth values, text or lists of these are needed".into();
            return DataError::WrongType { path: self.path.clone(), column: column.to_string(), found, wanted };
        }
        let hint = hint(column, self.names().chain(others));
        DataError::MissingColumn { path: self.path.clone(), column: column.to_string(), hint }
    }
}

impl Source {
    /// Finds and opens the files and reads their footers, in parallel. Files without rows are left out.
    ///
    /// # Errors
    /// If no file is found, or one is unreadable, or in another format that nobody reads, or none has rows.
    pub fn open(paths: &[PathBuf], base: Base<'_>, how: How) -> Result<Self, DataError> {
        let found = match find(paths, base.directory) {
            // Where there are only files of another format.
            Err(DataError::EmptyDirectory(_)) if base.foreign.is_some() => {
                return stand_in(paths.iter().map(|path| base.directory.join(path)).collect(), base, how);
            }
            found => found?,
        };
        if base.foreign.is_some() && found.iter().all(|f| is_foreign(&f.path)) {
            return stand_in(found.into_iter().map(|f| f.path).collect(), base, how);
        }
        Self::of_parts(found.into_par_iter().map(open).collect())
    }

    fn of_parts(opened: Vec<Result<Part, DataError>>) -> Result<Self, DataError> {
        let mut parts = Vec::with_capacity(opened.len());
        let (mut rows, mut empty) = (0, None);
        for part in opened {
            let mut part = part?;
            let length = part.rows().end;
            if length == 0 {
                empty.get_or_insert(part.path);
                continue;
            }
            for group in &mut part.groups {
                *group = group.start + rows..group.end + rows;
            }
            rows += length;
            parts.push(part);
        }
        match empty {
            Some(path) if parts.is_empty() => Err(DataError::NoRows(path)),
            _ => Ok(Self { parts, rows }),
        }
    }

    /// Opens the files of a `read` stage.
    ///
    /// # Errors
    /// As [`Source::open`].
    pub fn of(read: &Read, base: Base<'_>) -> Result<Self, DataError> {
        let how = How { import: read.import, on_invalid: read.on_invalid };
        let mut source = Self::open(read.path.as_slice(), base, how)?;
        source.parts.iter_mut().for_each(|part| part.pictures = read.pictures);
        Ok(source)
    }

    /// Numbers of rows, all or some; they take memory that may not be there.
    ///
    /// # Errors
    /// If there are too many.
    pub fn row_ids(&self, rows: Range<u64>) -> Result<Vec<u64>, DataError> {
        let mut ids = Vec::new();
        let count = usize::try_from(rows.end.saturating_sub(rows.start)).unwrap_or(usize::MAX);
        let path = || self.parts.first().map(|p| p.path.clone()).unwrap_or_default();
        ids.try_reserve_exact(count).map_err(|_| DataError::TooLarge { path: path(), rows: count })?;
        ids.extend(rows);
        Ok(ids)
    }

    /// The file that a row id belongs to, and the row's number in it.
    pub fn locate(&self, row_id: u64) -> (PathBuf, u64) {
        let part = self.parts.iter().find(|p| p.rows().contains(&row_id)).or(self.parts.last());
        part.map_or((PathBuf::new(), row_id), |p| (p.path.clone(), row_id.saturating_sub(p.rows().start)))
    }
}

/// The data set of files in another format, which are read through a Parquet file.
fn stand_in(files: Vec<PathBuf>, base: Base<'_>, how: How) -> Result<Source, DataError> {
    let Some(foreign) = base.foreign else { return Err(DataError::NotFound(base.directory.to_path_buf())) };
    let made = foreign.stand_in(&files, how)?;
    let path = made.label();
    let StandIn { parquet, originals, dropped } = made;
    let part = open(Found { path: parquet, partitions: BTreeMap::new() })?;
    Source::of_parts(vec![Ok(Part { path, originals, dropped, ..part })])
}

fn open(found: Found) -> Result<Part, DataError> {
    let Found { path, partitions } = found;
    let opened = open_parquet(&path)?;
    let mut groups = Vec::with_capacity(opened.metadata.metadata().num_row_groups());
    let mut end = 0;
    for group in opened.metadata.metadata().row_groups() {
        let rows = u64::try_from(group.num_rows()).unwrap_or(0);
        groups.push(end..end + rows);
        end += rows;
    }
    let (metadata, unreadable) = (opened.metadata, opened.unreadable);
    Ok(Part {
        stored: path.clone(),
        path,
        originals: Vec::new(),
        dropped: BTreeMap::new(),
        metadata,
        groups,
        partitions,
        unreadable,
        pictures: PicturePaths::default(),
    })
}
