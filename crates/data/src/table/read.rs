//! Reading tables back.

use std::fs::File;
use std::path::Path;

use arrow::array::{RecordBatch, RecordBatchReader};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use super::error::TableError;
use super::row::Row;
use super::rows::MatrixRow;
use super::write::{file_of, matrix_files};
use crate::footer;
use crate::guard::guarded;
use crate::regular::open_regular;

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 1 << 16;

/// All rows of a table's file. Columns that the row type does not have are left out.
pub fn read_rows<R: Row>(path: &Path) -> Result<Vec<R>, TableError> {
    let mut rows = Vec::new();
    for batch in &read_batches(path, |_| true)? {
        rows.extend(R::from_batch(batch, path)?);
    }
    Ok(rows)
}

/// The rows of a table with one file; none if it is not there.
pub(super) fn read_table<R: Row>(tables: &Path) -> Result<Vec<R>, TableError> {
    let path = file_of(tables, R::TABLE);
    if path.exists() { read_rows(&path) } else { Ok(Vec::new()) }
}

/// The matrices of all shapes, smaller ones first.
pub(super) fn read_shapes(tables: &Path) -> Result<Vec<MatrixRow>, TableError> {
    let mut matrices = Vec::new();
    for path in matrix_files(tables) {
        matrices.extend(read_rows::<MatrixRow>(&path)?);
    }
    matrices.sort_by_key(|row| row.shape);
    Ok(matrices)
}

/// The wanted columns of a table's file, whatever they are. A table without rows gives one empty batch, so that its
/// columns are known.
pub fn read_batches(path: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<RecordBatch>, TableError> {
    read(path, |file| {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let fields = builder.schema().fields().iter().enumerate();
        let columns: Vec<usize> = fields.filter(|(_, field)| wanted(field.name())).map(|(at, _)| at).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()?;
        let schema = reader.schema();
        let mut batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>()?;
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(schema));
        }
        Ok(batches)
    })
}

/// How many rows a table has, from the file's footer.
pub fn count_rows(path: &Path) -> Result<u64, TableError> {
    let rows =
        read(path, |file| Ok(ParquetRecordBatchReaderBuilder::try_new(file)?.metadata().file_metadata().num_rows()))?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

fn read<T>(path: &Path, step: impl FnOnce(File) -> Result<T, ParquetError>) -> Result<T, TableError> {
    let file = open_regular(path).map_err(|source| TableError::Open { path: path.to_owned(), source })?;
    let checked = footer::check(&file).and_then(|()| guarded(|| step(file)));
    checked.map_err(|problem| TableError::Read { path: path.to_owned(), problem })
}
