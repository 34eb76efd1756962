//! A Parquet file: counts, types, units, nulls, ranges and list lengths, from one pass over the data.

use std::fs::File;
use std::path::Path;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use semola_data::guard::guarded;
use serde_json::{Value, json};

use super::InspectError;
use super::column::Column;

/// Rows in memory at a time.
const BATCH: usize = 1024;

pub(super) fn inspect_file(path: &Path) -> Result<Value, InspectError> {
    let file = File::open(path).map_err(|source| InspectError::Open { path: path.to_owned(), source })?;
    guarded(|| measure(path, file)).map_err(|problem| InspectError::Damaged { path: path.to_owned(), problem })
}

fn measure(path: &Path, file: File) -> Result<Value, ParquetError> {
    let bytes = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?;
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
    }))
}
