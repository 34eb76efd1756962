//! What can be wrong with data, each with its location and a remedy.

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why data could not be found, read or used.
#[derive(Debug, Error)]
pub enum DataError {
    #[error("{}: {}", .0.display(), not_found(.0, "; paths are relative to the pipeline file"))]
    NotFound(PathBuf),
    #[error("{}: not a usable glob pattern: {reason}", pattern.display())]
    Pattern { pattern: PathBuf, reason: String },
    #[error("{}: the directory holds no .parquet file", .0.display())]
    EmptyDirectory(PathBuf),
    #[error("{}: named twice by `path`; its rows would count double", .0.display())]
    Twice(PathBuf),
    #[error("{}: cannot be read: {reason}", path.display())]
    Io { path: PathBuf, reason: String },
    #[error("{}: not a readable Parquet file (truncated, corrupt or another format): {reason}", path.display())]
    Corrupt { path: PathBuf, reason: String },
    #[error("{}: there are no rows in it", .0.display())]
    NoRows(PathBuf),
    #[error("data set `{name}`: no row is left {why}")]
    NothingLeft { name: String, why: String },
    #[error("{}: no column `{column}`{hint}", path.display())]
    MissingColumn { path: PathBuf, column: String, hint: String },
    #[error("{}: column `{column}` is {found}, but {wanted}", path.display())]
    WrongType { path: PathBuf, column: String, found: String, wanted: String },
    #[error(
        "{}: column `{column}` is of type {found}, but {purpose} needs one number, truth value or string a row",
        path.display()
    )]
    NotScalar { path: PathBuf, column: String, found: String, purpose: Purpose },
    #[error("{}: column `{column}`: {reason}", path.display())]
    Shape { path: PathBuf, column: String, reason: String },
    #[error(
        "{}: column `{column}`, row {row} (counted from 0 in this file): {what}; mend the row, or set `on_invalid: drop`",
        path.display()
    )]
    Invalid { path: PathBuf, column: String, row: u64, what: String },
    #[error(
        "{}: column `{column}`, row {row} (counted from 0 in this file): label `{label}` is out of range, the training \
         data has only: {known}; mend the row, or set `on_invalid: drop`",
        path.display()
    )]
    UnknownLabel { path: PathBuf, column: String, row: u64, label: String, known: String },
    #[error(
        "{}: column `{column}` says that the points lie in a periodic cell; periodic cells are not supported (no neighbours \
         across the boundary are seen); say `cell: ignore` in the `read` stage if the cell plays no part",
        path.display()
    )]
    Periodic { path: PathBuf, column: String },
    #[error("mixed units: {0}; convert the values, or correct the `unit`")]
    MixedUnits(String),
    #[error("field `{field}`: {reason}")]
    Field { field: String, reason: String },
    #[error("{place}, field `{field}`: {reason}")]
    Row { place: String, field: String, reason: String },
    #[error("no field `{field}`{hint}")]
    UnknownField { field: String, hint: String },
    #[error("the expression `{expression}`: {reason}")]
    Expression { expression: String, reason: String },
}

/// Why there is nothing at a path.
pub fn not_found(path: &Path, hint: &str) -> String {
    match path.to_string_lossy().split_once(":/") {
        Some((before, _)) if before.rsplit(['/', '\\']).next().is_some_and(is_scheme) => {
            "data are read from files of this machine, not from an address; download them first".to_owned()
        }
        _ => format!("no such file, directory or match{hint}"),
    }
}

/// `s3`, `hf`, `https`.
fn is_scheme(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// What one value per row is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Label,
    Group,
    GroupBy,
    Split,
    /// `group`, `group_by`, or a column that is needed beside the fields.
    Key,
    /// An expression of `select` or `where`.
    Expression,
    /// To go along with predictions.
    Copy,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Label => "a label",
            Self::Group => "`group`",
            Self::GroupBy => "`group_by`",
            Self::Split => "`split`",
            Self::Key => "a key",
            Self::Expression => "an expression",
            Self::Copy => "a column that is copied",
        })
    }
}
