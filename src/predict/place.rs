//! Where predictions may be written: never over an input, and never over a file that is not a prediction.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};

use semola_data::guard::caught;

use super::{Input, MODEL, PredictError};
use crate::member::Manifest;

/// Where predictions are to go.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The file; the directory of shards.
    pub out: &'a Path,
    /// The run that the model comes from.
    pub run: &'a Path,
    pub sharded: bool,
    /// A table of metrics goes beside the predictions.
    pub evaluate: bool,
}

impl Place<'_> {
    /// Checks the place before anything is computed.
    ///
    /// # Errors
    /// If something is in the way; the error names it.
    pub fn check(&self, input: &Input) -> Result<(), PredictError> {
        let out = self.out;
        if out.file_name().is_none() {
            return refused(out, "this names no file or directory; give it a name");
        }
        not_the_input(out, input)?;
        match self.sharded {
            true if out.is_file() => return refused(out, "this is a file; shards go into a directory"),
            true if self.is_run() => return refused(out, "this is the directory of a run; give another one"),
            true => {}
            false => self.check_file()?,
        }
        if self.evaluate {
            let table = evaluation_path(out);
            not_the_input(&table, input)?;
            check_replaceable(&table)?;
        }
        Ok(())
    }

    fn check_file(&self) -> Result<(), PredictError> {
        let out = self.out;
        if out.is_dir() {
            return refused(out, "this is a directory; give the name of a file, or --shards");
        }
        if !folder(out).is_dir() {
            return refused(out, "there is no such directory; create it first");
        }
        let is_parquet = |extension: &str| ["parquet", "pq"].iter().any(|known| extension.eq_ignore_ascii_case(known));
        if out.extension().is_some_and(|extension| !extension.to_str().is_some_and(is_parquet)) {
            return refused(out, "predictions are written as Parquet only; give a name that ends in .parquet");
        }
        match check_replaceable(out)? {
            Some(old) if !is_predictions(&old) && self.is_in_run() => {
                refused(out, "this file belongs to a run and holds no predictions of this command; give another name")
            }
            _ => Ok(()),
        }
    }

    /// Whether it is inside the given run, or a member of any.
    fn is_in_run(&self) -> bool {
        let (Ok(place), Ok(run)) = (folder(self.out).canonicalize(), self.run.canonicalize()) else { return false };
        place.starts_with(run) || place.ancestors().any(is_member)
    }

    /// Whether it is the directory of the given run, or of a member of any.
    fn is_run(&self) -> bool {
        let (Ok(dir), Ok(run)) = (self.out.canonicalize(), self.run.canonicalize()) else { return false };
        dir == run || is_member(&dir)
    }
}

/// The directory that a file lies in.
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Name, without its extension, of the table of metrics beside the predictions.
pub fn evaluation_name(out: &Path) -> String {
    format!("{}.evaluation", out.file_stem().unwrap_or_default().to_string_lossy())
}

fn evaluation_path(out: &Path) -> PathBuf {
    out.with_file_name(format!("{}.parquet", evaluation_name(out)))
}

/// No file that is read may be overwritten.
fn not_the_input(path: &Path, input: &Input) -> Result<(), PredictError> {
    let canonical = |path: &Path| path.canonicalize().ok();
    let Some(own) = canonical(path) else { return Ok(()) };
    match input.stream().files().iter().any(|file| canonical(&file.path).is_some_and(|file| file.starts_with(&own))) {
        true => refused(path, "the input is there; give another place"),
        false => Ok(()),
    }
}

/// A file may be replaced by a Parquet file if it is one; returns its metadata, `None` if nothing is there.
fn check_replaceable(path: &Path) -> Result<Option<ParquetMetaData>, PredictError> {
    let Ok(found) = path.metadata() else { return Ok(None) };
    if !found.is_file() {
        return refused(path, "this is not a regular file; give another name");
    }
    let read = || File::open(path).ok().and_then(|file| SerializedFileReader::new(file).ok());
    match caught(read).flatten() {
        Some(reader) => Ok(Some(reader.metadata().clone())),
        None => {
            refused(path, "there is a file that is not Parquet, and it stays; remove it first, or give another name")
        }
    }
}

/// Whether this command wrote the file.
fn is_predictions(file: &ParquetMetaData) -> bool {
    file.file_metadata().key_value_metadata().is_some_and(|notes| notes.iter().any(|note| note.key == MODEL))
}

fn is_member(dir: &Path) -> bool {
    matches!(Manifest::read(dir), Ok(Some(_)))
}

fn refused<T>(path: &Path, why: &str) -> Result<T, PredictError> {
    Err(PredictError::Usage(format!("--out {}: {why}", path.display())))
}
