//! Writing tables: identity columns in front, Parquet, in place only when complete.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config;
use super::error::TableError;
use super::row::{Columns, Row, with_unit};
use super::rows::{MatrixRow, RunRow};
use crate::durable::atomic;

/// Stated in every file; it holds no time and no path, so that equal rows give equal bytes.
const CREATED_BY: &str = concat!("semola-pipe version ", env!("CARGO_PKG_VERSION"));

/// The columns that every table starts with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub run_id: String,
    pub pipeline_hash: String,
    pub data_hash: String,
    pub code_version: String,
    pub seed: u64,
}

impl Identity {
    /// Their names.
    pub const COLUMNS: [&'static str; 5] = ["run_id", "pipeline_hash", "data_hash", "code_version", "seed"];

    fn columns(&self, rows: usize) -> Vec<(Field, ArrayRef)> {
        let text = |name: &str, value: &str| {
            let array: ArrayRef = Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows)));
            (Field::new(name, array.data_type().clone(), false), array)
        };
        let seeds: ArrayRef = Arc::new(UInt64Array::from(vec![self.seed; rows]));
        let [run_id, pipeline_hash, data_hash, code_version, seed] = Self::COLUMNS;
        vec![
            text(run_id, &self.run_id),
            text(pipeline_hash, &self.pipeline_hash),
            text(data_hash, &self.data_hash),
            text(code_version, &self.code_version),
            (Field::new(seed, seeds.data_type().clone(), false), seeds),
        ]
    }
}

/// Writes the tables of one member.
#[derive(Debug, Clone)]
pub struct TableWriter {
    tables: PathBuf,
    staging: PathBuf,
    identity: Identity,
}

impl TableWriter {
    /// Writes into `tables`; unfinished files lie in `staging`, another directory of the same file system.
    /// Both are made when they are needed.
    pub fn new(tables: PathBuf, staging: PathBuf, identity: Identity) -> Self {
        Self { tables, staging, identity }
    }

    /// Writes the whole table, in place of one that was there. No rows give a file with the schema.
    pub fn write<R: Row>(&self, rows: &[R]) -> Result<PathBuf, TableError> {
        self.write_with_units(rows, &BTreeMap::new())
    }

    /// The same, into a file of another name than the table's.
    pub fn write_as<R: Row>(&self, name: &str, rows: &[R]) -> Result<PathBuf, TableError> {
        self.write_columns(name, rows.len(), R::columns(rows)?)
    }

    /// Like [`write`](Self::write), with the units of columns whose unit depends on the data, by column name.
    pub fn write_with_units<R: Row>(&self, rows: &[R], units: &BTreeMap<&str, String>) -> Result<PathBuf, TableError> {
        let mut columns = R::columns(rows)?;
        for (field, _) in &mut columns {
            if let Some(unit) = units.get(field.name().as_str()) {
                *field = with_unit(field.clone(), Some(unit));
            }
        }
        self.write_columns(R::TABLE, rows.len(), columns)
    }

    /// Writes the `runs` table: one row, with every setting of the resolved pipeline as a column.
    pub fn write_run(&self, row: &RunRow, pipeline: &Value) -> Result<PathBuf, TableError> {
        let mut columns = RunRow::columns(std::slice::from_ref(row))?;
        columns.extend(config::columns(pipeline));
        self.write_columns(RunRow::TABLE, 1, columns)
    }

    /// Writes the matrices as fixed-size lists, one file `matrices_<rows>x<columns>` a shape, and removes the files of
    /// shapes that are not among the rows.
    pub fn write_matrices(&self, rows: &[MatrixRow]) -> Result<Vec<PathBuf>, TableError> {
        let shapes: BTreeSet<[i64; 2]> = rows.iter().map(|row| row.shape).collect();
        let mut written = Vec::new();
        for shape in shapes {
            let table = format!("{}_{}x{}", MatrixRow::TABLE, shape[0], shape[1]);
            let rows: Vec<MatrixRow> = rows.iter().filter(|row| row.shape == shape).cloned().collect();
            check_sizes(&table, shape, &rows)?;
            written.push(self.write_columns(&table, rows.len(), MatrixRow::columns(&rows)?)?);
        }
        self.remove_other_shapes(&written)?;
        Ok(written)
    }

    fn remove_other_shapes(&self, keep: &[PathBuf]) -> Result<(), TableError> {
        for path in matrix_files(&self.tables).into_iter().filter(|path| !keep.contains(path)) {
            fs::remove_file(&path).map_err(|source| TableError::Write { path, source })?;
        }
        Ok(())
    }

    fn write_columns(&self, table: &str, rows: usize, columns: Vec<(Field, ArrayRef)>) -> Result<PathBuf, TableError> {
        let (fields, arrays): (Vec<_>, Vec<_>) = self.identity.columns(rows).into_iter().chain(columns).unzip();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .map_err(|source| TableError::Build { table: table.to_owned(), source })?;
        let bytes = encode(table, &batch)?;
        let path = file_of(&self.tables, table);
        place(&self.tables, &self.staging, &path, &bytes)?;
        Ok(path)
    }
}

/// The file of a table with one file in a directory `tables`; it need not exist.
pub fn file_of(tables: &Path, table: &str) -> PathBuf {
    tables.join(format!("{table}.parquet"))
}

/// The files of matrices in a directory `tables`, by name.
pub(super) fn matrix_files(tables: &Path) -> Vec<PathBuf> {
    let prefix = format!("{}_", MatrixRow::TABLE);
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && name.ends_with(".parquet")
    };
    let entries = fs::read_dir(tables).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_one).collect();
    files.sort();
    files
}

/// The matrices' lengths against their shape.
fn check_sizes(table: &str, shape: [i64; 2], rows: &[MatrixRow]) -> Result<(), TableError> {
    let size = usize::try_from(shape[0]).ok().zip(usize::try_from(shape[1]).ok()).and_then(|(a, b)| a.checked_mul(b));
    match rows.iter().position(|row| Some(row.matrix.0.len()) != size || size == Some(0)) {
        None => Ok(()),
        Some(row) => Err(TableError::Matrix {
            table: table.to_owned(),
            column: "matrix",
            row,
            problem: "its number of values is not that of its shape".to_owned(),
        }),
    }
}

/// The Parquet file of a batch. Tables are small enough to be encoded in memory.
pub fn encode(table: &str, batch: &RecordBatch) -> Result<Vec<u8>, TableError> {
    let refused = |source| TableError::Encode { table: table.to_owned(), source };
    let properties = properties().map_err(refused)?.build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).map_err(refused)?;
    writer.write(batch).map_err(refused)?;
    writer.close().map_err(refused)?;
    Ok(bytes)
}

/// How tables are written.
///
/// # Errors
/// Not in practice.
pub fn properties() -> Result<WriterPropertiesBuilder, ParquetError> {
    let level = ZstdLevel::try_new(3)?;
    Ok(WriterProperties::builder().set_compression(Compression::ZSTD(level)).set_created_by(CREATED_BY.to_owned()))
}

fn place(tables: &Path, staging: &Path, path: &Path, bytes: &[u8]) -> Result<(), TableError> {
    fs::create_dir_all(tables)
        .and_then(|()| atomic::write(staging, path, bytes))
        .map_err(|source| TableError::Write { path: path.to_owned(), source })
}
