//! What can be wrong with data, each with its location and a remedy.

use std::fmt;
use std::path::{Path, PathBuf};

use semola_document::cut;
use thiserror::Error;

use crate::fault::Blame;

/// Characters of an expression that a message shows.
const SHOWN: usize = 200;

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
    #[error("{}: a data set of {rows} rows does not fit into memory; read fewer (`limit`, `where`, or fewer files)", path.display())]
    TooLarge { path: PathBuf, rows: usize },
    #[error(
        "{}: not a readable Parquet file, and not one that is damaged: it is in another format; `semola-pipe import` \
         makes Parquet files of CSV, NumPy, XYZ, SDF, mesh and other files",
        path.display()
    )]
    NotParquet { path: PathBuf },
    /// Files in another format cannot be read as what they are.
    #[error("{message}")]
    Foreign {
        /// What is wrong, with its place and a remedy.
        message: String,
        blame: Blame,
        /// It is about single rows, which could be left out.
        rows: bool,
    },
    #[error("{}: {what}, not a regular file; data is read from regular files only", path.display())]
    NotRegular { path: PathBuf, what: &'static str },
    #[error(
        "{}: column `{column}` is there more than once, so that it is not known which one is meant; rename all but one",
        path.display()
    )]
    ColumnTwice { path: PathBuf, column: String },
    #[error("{}: there are no rows in it", .0.display())]
    NoRows(PathBuf),
    #[error("data set `{name}`: no row is left {why}")]
    NothingLeft { name: String, why: String },
    #[error("{}: no column `{column}`{hint}", path.display())]
    MissingColumn { path: PathBuf, column: String, hint: String },
    #[error(
        "{}: no column `{column}`, which {} has; all files of a data set need the columns that are read: leave a file out, \
         or give the column to all",
        path.display(),
        other.display()
    )]
    MissingInPart { path: PathBuf, column: String, other: PathBuf },
    #[error("{}: column `{column}` is {found}, but {wanted}", path.display())]
    WrongType { path: PathBuf, column: String, found: String, wanted: String },
    #[error(
        "{}: column `{column}` holds {}, but in {} it holds {}; give both files one kind of values",
        path.display(),
        kinds.here,
        kinds.first.display(),
        kinds.there
    )]
    Kinds { path: PathBuf, column: String, kinds: Box<Kinds> },
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
    #[error("the expression `{}`: {reason}", cut(expression, SHOWN))]
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

/// What a column holds in two files that should agree.
#[derive(Debug)]
pub struct Kinds {
    pub here: String,
    /// The other file, and what the column holds there.
    pub first: PathBuf,
    pub there: String,
}

impl DataError {
    /// Two files differ in what a column holds.
    pub fn differing(column: &str, path: PathBuf, here: String, first: PathBuf, there: String) -> Self {
        Self::Kinds { path, column: column.to_owned(), kinds: Box::new(Kinds { here, first, there }) }
    }
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
