//! Decoding one column of one row group.

use std::ops::Range;

use arrow::array::ArrayRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection};

use super::error::DataError;
use super::guard::guarded;
use super::regular::open_regular;
use super::source::{Part, Source};

/// Rows that are decoded at a time.
const BATCH: usize = 8192;

/// The selected rows of one row group.
pub struct Unit<'a> {
    pub part: &'a Part,
    /// The file's position in the data set.
    pub index: usize,
    pub group: usize,
    /// The row group's rows, counted through all files.
    pub rows: Range<u64>,
    /// Those of them that are wanted, ascending.
    pub ids: &'a [u64],
}

/// The row groups that hold wanted rows, in order; `ids` ascends.
pub fn units<'a>(source: &'a Source, ids: &'a [u64]) -> Vec<Unit<'a>> {
    let (first, end) = (ids.first().copied().unwrap_or(0), ids.last().map_or(0, |last| last + 1));
    let held = |part: &&Part| part.rows().start < end && first < part.rows().end;
    let parts = source.parts.iter().enumerate();
    parts
        .filter(|(_, part)| held(part))
        .flat_map(|(index, part)| part.groups.iter().cloned().enumerate().map(move |(g, rows)| (index, part, g, rows)))
        .map(|(index, part, group, rows)| {
            let (from, to) = (ids.partition_point(|&i| i < rows.start), ids.partition_point(|&i| i < rows.end));
            Unit { part, index, group, rows, ids: ids.get(from..to).unwrap_or(&[]) }
        })
        .filter(|unit| !unit.ids.is_empty())
        .collect()
}

/// The wanted rows (at most `limit`) of one column of a row group, batch by batch; other columns are not decoded, and
/// neither are other rows as far as the pages allow.
///
/// # Errors
/// If the column is not there, or the file cannot be decoded.
pub fn batches(unit: &Unit, column: &str, limit: Option<usize>) -> Result<Vec<ArrayRef>, DataError> {
    let part = unit.part;
    let (index, _) = part.column(column).ok_or_else(|| part.missing(column, std::iter::empty()))?;
    let io = |e: std::io::Error| DataError::Io { path: part.path.clone(), reason: e.to_string() };
    let file = open_regular(&part.stored).map_err(io)?;
    let total = (unit.rows.end - unit.rows.start) as usize;
    let read = guarded(|| -> Result<Vec<ArrayRef>, String> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, part.metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), [index]);
        let mut builder = builder.with_row_groups(vec![unit.group]).with_projection(mask).with_batch_size(BATCH);
        if unit.ids.len() < total {
            let runs = runs(unit.ids, unit.rows.start);
            builder = builder.with_row_selection(RowSelection::from_consecutive_ranges(runs.into_iter(), total));
        }
        if let Some(limit) = limit {
            builder = builder.with_limit(limit);
        }
        let reader = builder.build().map_err(|e| e.to_string())?;
        let arrays: Result<Vec<ArrayRef>, String> = reader
            .map(|batch| batch.map(|b| b.columns().first().cloned()).map_err(|e| e.to_string()))
            .filter_map(Result::transpose)
            .collect();
        let (arrays, wanted) = (arrays?, limit.unwrap_or(usize::MAX).min(unit.ids.len()));
        match arrays.iter().map(|a| a.len()).sum::<usize>() {
            rows if rows == wanted => Ok(arrays),
            rows => Err(format!("column `{column}` has {rows} rows where {wanted} were expected")),
        }
    });
    read.map_err(|reason| DataError::Corrupt { path: part.path.clone(), reason })
}

/// Ascending row ids as ranges of consecutive rows, counted from `start`.
fn runs(ids: &[u64], start: u64) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for id in ids {
        let row = (id - start) as usize;
        match runs.last_mut() {
            Some(run) if run.end == row => run.end += 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_rows_form_runs() {
        assert_eq!(runs(&[10, 11, 14, 15, 16], 10), [0..2, 4..7]);
        assert!(runs(&[], 3).is_empty());
    }
}
