//! Files of other formats to Parquet.
//!
//! Every format is a [`source::Source`]: its files are read one after the other in pieces of about 8 MiB, a bounded
//! window of pieces is decoded and encoded in parallel, and each piece becomes one row group, in order. Text formats
//! are read twice: once to type their columns, once for the values. The output appears atomically.
//!
//! Heavy dependencies of single formats belong here and nowhere else. It does not interpret data (which columns are inputs,
//! how a group acts on them): that is for the pipeline, or for `init`, to say.

// Only the program prints.
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod arrays;
pub mod cell;
pub mod column;
pub mod csv;
pub mod elements;
pub mod error;
pub mod format;
mod infer;
pub mod input;
pub mod mesh;
mod number;
mod open;
mod provenance;
mod records;
pub mod report;
pub mod sdf;
pub mod source;
pub mod table;
mod write;
pub mod xyz;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod testing;

use std::path::PathBuf;

pub use error::ImportError;
pub use format::Format;
pub use report::Report;

use input::Input;
use provenance::KEY;
use semola_data::Watch;
use semola_data::output::{Output, Own};
pub use semola_data::settings::OnInvalid;
use write::Job;

/// Bytes of a piece, before it is decoded.
const PIECE: usize = 8 << 20;

/// Pieces in flight for each thread.
const ON_A_THREAD: usize = 2;

/// The request for an import.
#[derive(Debug, Clone)]
pub struct Request {
    /// The format; `None`: told by the files.
    pub format: Option<Format>,
    /// Files, globs and directories.
    pub inputs: Vec<PathBuf>,
    /// The Parquet file to write.
    pub out: PathBuf,
    /// How to handle invalid rows.
    pub on_invalid: OnInvalid,
    /// Units by column, in place of those of the format.
    pub units: Vec<(String, String)>,
    /// Whether the first row of a CSV file names the columns; `None`: told by the file.
    pub header: Option<bool>,
    /// How the user leaves invalid rows out, for messages: [`OPTION`], or a setting.
    pub remedy: &'static str,
}

/// The option of the command line that leaves invalid rows out.
pub const OPTION: &str = "--on-invalid drop";

/// The options passed to sources.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// How to handle invalid rows.
    pub on_invalid: OnInvalid,
    /// Whether the first row of a CSV file names the columns, where the user says so.
    pub header: Option<bool>,
    /// The watcher.
    pub watch: &'a dyn Watch,
}

/// Imports files and says what was written.
///
/// # Errors
/// If the request is impossible, a file cannot be read, a row is invalid (unless such rows are to be dropped), or the
/// output cannot be written; nothing is then left behind.
pub fn import(request: &Request, watch: &dyn Watch) -> Result<Report, ImportError> {
    import_found(request, &input::find(&request.inputs, request.format, watch)?, watch)
}

/// The same, of files that were [found](input::find) already.
///
/// # Errors
/// As [`import`].
pub fn import_found(request: &Request, inputs: &[Input], watch: &dyn Watch) -> Result<Report, ImportError> {
    let same = |input: &Input| input.path.canonicalize().ok() == request.out.canonicalize().ok();
    if request.out.exists() && inputs.iter().any(same) {
        return Err(ImportError::Usage(format!("{}: is both input and output", request.out.display())));
    }
    let output = Output::new(&request.out, Own::Parquet(KEY))?;
    let format = request.format.map_or_else(|| common_format(inputs), Ok)?;
    if request.header.is_some() && !matches!(format, Format::Csv | Format::Sdf) {
        let what = format!("--header and --no-header are for CSV, but this is {}", format::name(format));
        return Err(ImportError::Usage(what));
    }
    let ask = Ask { on_invalid: request.on_invalid, header: request.header, watch };
    let job = Job { request, output, format, inputs, watch };
    match format {
        Format::Idx => job.write(&arrays::idx::source(inputs)?),
        Format::Npy => job.write(&arrays::npy::source(inputs, watch)?),
        Format::Npz => job.write(&arrays::npz::source(inputs, &request.out, watch)?),
        Format::Extxyz => job.write(&xyz::source(inputs, true, ask)?),
        Format::Xyz => job.write(&xyz::source(inputs, false, ask)?),
        Format::Sdf => job.write(&sdf::source(inputs, ask)?),
        Format::Off => job.write(&mesh::off::source(inputs, ask)?),
        Format::Ply => job.write(&mesh::ply::source(inputs, ask)?),
        Format::Csv => job.write(&csv::source(inputs, ask)?),
        Format::Hdf5 => hdf5(&job, inputs),
    }
}

#[cfg(feature = "hdf5")]
fn hdf5(job: &Job, inputs: &[Input]) -> Result<Report, ImportError> {
    job.write(&arrays::hdf5::source(inputs)?)
}

#[cfg(not(feature = "hdf5"))]
fn hdf5(_: &Job, _: &[Input]) -> Result<Report, ImportError> {
    let how = "build it with `cargo build --release --features hdf5` (needs libhdf5-dev)";
    Err(ImportError::Usage(format!("this program was built without the feature `hdf5`; {how}")))
}

/// The one format of all files; CSV files beside SDF files hold their properties.
///
/// # Errors
/// If a file cannot be read, its format is not known, or there are several.
pub fn common_format(inputs: &[Input]) -> Result<Format, ImportError> {
    let formats: Vec<Format> = inputs.iter().map(|input| format::of(&input.path)).collect::<Result<_, _>>()?;
    let first = formats.iter().find(|f| **f != Format::Csv).or(formats.first());
    let first = *first.ok_or_else(|| ImportError::Usage("no input is given".to_owned()))?;
    let other = |f: &Format| *f != first && !(first == Format::Sdf && *f == Format::Csv);
    match inputs.iter().zip(&formats).find(|(_, f)| other(f)) {
        None => Ok(first),
        Some((input, found)) => Err(ImportError::Usage(format!(
            "{} is of format {}, others are {}; import one format at a time",
            input.path.display(),
            format::name(*found),
            format::name(first)
        ))),
    }
}
