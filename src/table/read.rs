//! Reading tables back.

use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use super::error::TableError;
use super::guard::guarded;
use super::row::Row;

/// All rows of a table's file. Columns that the row type does not have are left out.
pub fn read_rows<R: Row>(path: &Path) -> Result<Vec<R>, TableError> {
    let batches: Vec<RecordBatch> = read(path, |file| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)?.build()?;
        Ok(reader.collect::<Result<_, _>>()?)
    })?;
    let mut rows = Vec::new();
    for batch in &batches {
        rows.extend(R::from_batch(batch, path)?);
    }
    Ok(rows)
}

/// How many rows a table has, from the file's footer.
pub fn count_rows(path: &Path) -> Result<u64, TableError> {
    let rows =
        read(path, |file| Ok(ParquetRecordBatchReaderBuilder::try_new(file)?.metadata().file_metadata().num_rows()))?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

fn read<T>(path: &Path, step: impl FnOnce(File) -> Result<T, ParquetError>) -> Result<T, TableError> {
    let file = File::open(path).map_err(|source| TableError::Open { path: path.to_owned(), source })?;
    guarded(|| step(file)).map_err(|problem| TableError::Read { path: path.to_owned(), problem })
}
