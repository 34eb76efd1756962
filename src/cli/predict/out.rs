//! Where predictions may go: over nothing that is read, and over no file that is not theirs.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::cli::args::PredictArgs;
use crate::cli::error::CliError;
use crate::data::guard::caught;
use crate::predict::{Input, MODEL, folder};
use crate::run::Manifest;

/// Checks the place to write to before anything is computed.
///
/// # Errors
/// Says what is in the way.
pub fn check_out(args: &PredictArgs, input: &Input) -> Result<(), CliError> {
    let out = &args.out;
    if out.file_name().is_none() {
        return refused(out, "this names no file or directory; give it a name");
    }
    not_the_input(out, input)?;
    match args.shards {
        Some(_) if out.is_file() => return refused(out, "this is a file; shards go into a directory"),
        Some(_) if is_run(out, args) => return refused(out, "this is the directory of a run; give another one"),
        Some(_) => {}
        None => check_file(args)?,
    }
    if args.evaluate {
        let table = evaluation_path(out);
        not_the_input(&table, input)?;
        check_replaceable(&table)?;
    }
    Ok(())
}

/// Name, without its extension, of the table of metrics beside the predictions.
pub fn evaluation_name(out: &Path) -> String {
    format!("{}.evaluation", out.file_stem().unwrap_or_default().to_string_lossy())
}

fn evaluation_path(out: &Path) -> PathBuf {
    out.with_file_name(format!("{}.parquet", evaluation_name(out)))
}

fn check_file(args: &PredictArgs) -> Result<(), CliError> {
    let out = &args.out;
    if out.is_dir() {
        return refused(out, "this is a directory; give the name of a file, or --shards");
    }
    if !folder(out).is_dir() {
        return refused(out, "there is no such directory; make it first");
    }
    let is_parquet = |extension: &str| ["parquet", "pq"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    if out.extension().is_some_and(|extension| !extension.to_str().is_some_and(is_parquet)) {
        return refused(out, "predictions are written as Parquet only; give a name that ends in .parquet");
    }
    match check_replaceable(out)? {
        Some(old) if !is_predictions(&old) && is_in_run(out, args) => {
            refused(out, "this file belongs to a run and holds no predictions of this command; give another name")
        }
        _ => Ok(()),
    }
}

/// No file that is read may be overwritten.
fn not_the_input(path: &Path, input: &Input) -> Result<(), CliError> {
    let canonical = |path: &Path| path.canonicalize().ok();
    let Some(own) = canonical(path) else { return Ok(()) };
    match input.stream().files().iter().any(|file| canonical(&file.path).is_some_and(|file| file.starts_with(&own))) {
        true => refused(path, "the input is there; give another place"),
        false => Ok(()),
    }
}

/// A file may be replaced by a Parquet file if it is one; gives what it says about itself, `None` where nothing is there.
fn check_replaceable(path: &Path) -> Result<Option<ParquetMetaData>, CliError> {
    let Ok(found) = path.metadata() else { return Ok(None) };
    if !found.is_file() {
        return refused(path, "this is no ordinary file, and Parquet goes into one; give another name");
    }
    let read = || File::open(path).ok().and_then(|file| SerializedFileReader::new(file).ok());
    match caught(read).flatten() {
        Some(reader) => Ok(Some(reader.metadata().clone())),
        None => {
            refused(path, "there is a file that is not Parquet, and it stays; remove it first, or give another name")
        }
    }
}

/// Did this command write the file?
fn is_predictions(file: &ParquetMetaData) -> bool {
    file.file_metadata().key_value_metadata().is_some_and(|notes| notes.iter().any(|note| note.key == MODEL))
}

/// Does a path lie in the given run, or in a member of any?
fn is_in_run(path: &Path, args: &PredictArgs) -> bool {
    let (Ok(place), Ok(run)) = (folder(path).canonicalize(), args.run.canonicalize()) else { return false };
    place.starts_with(run) || place.ancestors().any(is_member)
}

/// Is a directory the given run, or a member of any?
fn is_run(dir: &Path, args: &PredictArgs) -> bool {
    let (Ok(dir), Ok(run)) = (dir.canonicalize(), args.run.canonicalize()) else { return false };
    dir == run || is_member(&dir)
}

fn is_member(dir: &Path) -> bool {
    matches!(Manifest::read(dir), Ok(Some(_)))
}

fn refused<T>(path: &Path, why: &str) -> Result<T, CliError> {
    Err(CliError::usage(format!("--out {}: {why}", path.display())))
}
