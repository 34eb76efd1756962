//! Why a file cannot be imported, and where in it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use semola_data::output::OutputError;
use semola_data::{Blame, Fault, Watch};

/// Where in a file something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line of a text file, counted from 1.
    Line(u64),
    /// A byte of a binary file, counted from 0.
    Byte(u64),
    /// An array of a file of arrays, and a row of it, counted from 0.
    Array(String, Option<u64>),
}

/// Something wrong with one row (frame, record, file): it can be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Where.
    pub place: Place,
    /// The column to blame, or `frame`, `record`, `row`, `file`: what counts are kept by.
    pub column: String,
    /// What is wrong and, where it helps, what to do.
    pub what: String,
}

impl RowFault {
    /// A fault at a line of a text file.
    pub fn line(line: u64, column: &str, what: impl Into<String>) -> Self {
        Self { place: Place::Line(line), column: column.to_owned(), what: what.into() }
    }

    /// A fault of a whole file.
    pub fn file(what: impl Into<String>) -> Self {
        Self { place: Place::File, column: "file".to_owned(), what: what.into() }
    }

    /// The error that this fault is if faults are not to be dropped.
    pub fn into_error(self, path: &Path) -> ImportError {
        ImportError::Bad { path: path.to_owned(), place: self.place, what: self.what }
    }
}

/// Why an import ended without a file.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The command line asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// Nothing exists under that name.
    #[error("{}: no such file, directory or match", .0.display())]
    NotFound(PathBuf),
    /// A file holds something that cannot be imported.
    #[error("{}{place}: {what}", path.display())]
    Bad { path: PathBuf, place: Place, what: String },
    /// A file cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Read { path: PathBuf, reason: String },
    /// There are too many columns.
    #[error("{0}")]
    TooWide(String),
    /// No valid row is left to be written.
    #[error("no row is left: {0}")]
    NoRows(String),
    /// The output cannot go there.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The output cannot be written.
    #[error("cannot write {}: {source}; check that the folder exists, is writable and has space", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The rows cannot be encoded.
    #[error("cannot encode {} as Parquet: {source}", path.display())]
    Parquet { path: PathBuf, source: ParquetError },
    /// A signal asked to stop; nothing was written.
    #[error("stopped by a signal: nothing was written; start the import again")]
    Stopped,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, ":{line}"),
            Self::Byte(byte) => write!(f, ": byte {byte}"),
            Self::Array(name, None) => write!(f, ": array `{name}`"),
            Self::Array(name, Some(row)) => write!(f, ": array `{name}`, row {row} (counted from 0)"),
        }
    }
}

impl ImportError {
    /// An error of a whole file.
    pub fn file(path: &Path, what: impl Into<String>) -> Self {
        Self::Bad { path: path.to_owned(), place: Place::File, what: what.into() }
    }

    /// An error at an array of a file.
    pub fn array(path: &Path, name: &str, what: impl Into<String>) -> Self {
        Self::Bad { path: path.to_owned(), place: Place::Array(name.to_owned(), None), what: what.into() }
    }

    /// For `map_err`: the file cannot be read.
    pub fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |e| Self::Read { path, reason: e.to_string() }
    }
}

/// An error if the watcher asks to stop.
///
/// # Errors
/// [`ImportError::Stopped`].
pub fn stopped(watch: &dyn Watch) -> Result<(), ImportError> {
    if watch.stop() { Err(ImportError::Stopped) } else { Ok(()) }
}

impl Fault for ImportError {
    fn blame(&self) -> Blame {
        match self {
            Self::Usage(_) => Blame::Pipeline,
            Self::Output(e) => e.blame(),
            Self::NotFound(_) | Self::Bad { .. } | Self::Read { .. } | Self::TooWide(_) | Self::NoRows(_) => {
                Blame::Data
            }
            // Nothing is kept that could be continued, so that a stop is no interruption.
            Self::Write { .. } | Self::Parquet { .. } | Self::Stopped => Blame::Run,
        }
    }
}
