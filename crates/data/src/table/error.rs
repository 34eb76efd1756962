//! What can go wrong with a result table.

use std::io;
use std::path::PathBuf;

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

/// Why a table could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file system operation failed.
    #[error("{}: the table cannot be written: {source}; check the free space and the permissions", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The rows do not form a table.
    #[error("table `{table}`: the rows do not form a table: {source}")]
    Build { table: String, source: ArrowError },
    /// Parquet could not encode the table.
    #[error("table `{table}` cannot be encoded as Parquet: {source}")]
    Encode { table: String, source: ParquetError },
    /// A matrix that cannot be part of a fixed-size list.
    #[error("table `{table}`, column `{column}`, row {row}: {problem}")]
    Matrix { table: String, column: &'static str, row: usize, problem: String },
    /// The file is missing or cannot be opened.
    #[error("{}: the table cannot be opened: {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    /// The file is not Parquet, or is damaged.
    #[error("{}: not a readable Parquet file: {problem}; run the pipeline again with --fresh", path.display())]
    Read { path: PathBuf, problem: String },
    /// The file lacks a column of this table, or has it with another type.
    #[error("{}: column `{column}` is missing or has another type than table `{table}` has in this version", path.display())]
    Column { path: PathBuf, table: &'static str, column: &'static str },
}
