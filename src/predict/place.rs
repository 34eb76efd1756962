//! Where predictions may be written: by the rule of every `--out`, and never over an input.

use std::path::{Path, PathBuf};

use semola_data::output::{Output, Own, check_directory};

pub use semola_data::output::folder;

use super::{Input, MODEL, PredictError};
use crate::member::members;

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
            true if self.is_run() => return refused(out, "this is the directory of a run; give another one"),
            true => check_directory(out)?,
            false => drop(predictions(out)?),
        }
        if self.evaluate {
            let table = evaluation_path(out);
            not_the_input(&table, input)?;
            Output::new(&table, Own::Table)?;
        }
        Ok(())
    }

    /// Whether it is the directory of the given run, or of any other.
    fn is_run(&self) -> bool {
        let (Ok(dir), Ok(run)) = (self.out.canonicalize(), self.run.canonicalize()) else { return false };
        dir == run || members(&dir).is_ok()
    }
}

/// A file of predictions: new, or in place of one.
///
/// # Errors
/// If something is in the way.
pub fn predictions(out: &Path) -> Result<Output<'_>, PredictError> {
    Ok(Output::new(out, Own::Parquet(MODEL))?)
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

fn refused<T>(path: &Path, why: &str) -> Result<T, PredictError> {
    Err(PredictError::Usage(format!("--out {}: {why}", path.display())))
}
