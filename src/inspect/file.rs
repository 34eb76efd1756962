//! A Parquet file: counts, types, units, nulls, ranges and list lengths, from one pass over the data.

use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use semola_data::guard::guarded;
use semola_data::{ParquetFile, open_parquet};
use serde_json::{Value, json};

use super::InspectError;
use super::column::Column;

/// Rows in memory at a time.
const BATCH: usize = 1024;

pub(super) fn inspect_file(path: &Path) -> Result<Value, InspectError> {
    let opened = open_parquet(path)?;
    guarded(|| measure(path, opened)).map_err(|problem| InspectError::Damaged { path: path.to_owned(), problem })
}

fn measure(path: &Path, opened: ParquetFile) -> Result<Value, ParquetError> {
    let ParquetFile { file, metadata, unreadable } = opened;
    let bytes = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
    let metadata = reader.metadata();
    let (rows, row_groups) = (metadata.file_metadata().num_rows(), metadata.num_row_groups());
    let created_by = metadata.file_metadata().created_by().map(str::to_owned);
    let mut columns: Vec<Column> = reader.schema().fields().iter().map(|field| Column::new(field)).collect();
    for batch in reader.with_batch_size(BATCH).build()? {
        columns.iter_mut().zip(batch?.columns()).for_each(|(column, array)| column.add(array));
    }
    Ok(json!({
        "kind": "file",
        "path": path.display().to_string(),
        "bytes": bytes,
        "rows": rows,
        "row_groups": row_groups,
        "created_by": created_by,
        "columns": columns.into_iter().flat_map(Column::into_json).collect::<Vec<_>>(),
        "unreadable": unreadable,
    }))
}
