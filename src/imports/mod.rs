//! Files in other formats as data of a pipeline: imported when they are first opened, and kept as Parquet files that later
//! commands take again.
//!
//! An imported file is named by everything that it depends on: the bytes and names of the files, how they are read, and
//! the program. What a run says about its data (paths, fingerprints) is about the files that the user named.

mod record;
mod room;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use semola_data::durable::locked;
use semola_data::foreign::{Foreign, How, StandIn};
use semola_data::hash::file_hash;
use semola_data::{Blame, DataError, Fault, SourceFile, Unwatched, Watch};
use semola_import::format::{self, Format};
use semola_import::input::{self, Input};
use semola_import::{ImportError, Request, import_found};

use record::Record;
pub use room::Room;

/// Hears of imports, and can stop them.
pub trait OnImport: Watch + Send {
    /// Files were imported, or taken from an earlier import.
    fn imported(&self, what: &Imported);
}

/// What was imported.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// In a line.
    pub line: String,
    /// What the user should know of the columns, and what was left out.
    pub warnings: Vec<String>,
}

impl OnImport for Unwatched {
    fn imported(&self, _: &Imported) {}
}

/// Imports files, each once.
pub struct Imports {
    room: Room,
    /// How invalid rows can be left out.
    remedy: &'static str,
    listener: Arc<dyn OnImport>,
    made: Mutex<Vec<Made>>,
}

struct Made {
    files: Vec<PathBuf>,
    how: How,
    stand_in: StandIn,
}

impl Imports {
    /// Imports are kept there; nobody hears of them.
    pub fn new(room: Room) -> Self {
        let remedy = "`on_invalid: drop` in the `read` stage";
        Self { room, remedy, listener: Arc::new(Unwatched), made: Mutex::default() }
    }

    /// The same, with a listener.
    #[must_use]
    pub fn telling(self, listener: Arc<dyn OnImport>) -> Self {
        Self { listener, ..self }
    }

    /// The same, where invalid rows are left out by an option of the command line.
    #[must_use]
    pub fn for_options(self) -> Self {
        Self { remedy: "--on-invalid drop", ..self }
    }

    fn import(&self, files: &[PathBuf], how: How) -> Result<StandIn, ImportError> {
        let inputs = input::find(files, how.import.format, &*self.listener)?;
        let format = format_of(&inputs, how)?;
        let key = key(&inputs, how);
        let name = format!("{}-{}.parquet", stem(&inputs), key.get(..12).unwrap_or(&key));
        if let Some((parquet, record)) = self.room.looked().find_map(|place| {
            let parquet = place.join(&name);
            Record::read(&parquet, &key).map(|record| (parquet, record))
        }) {
            let kept = format!("as imported before ({})", parquet.display());
            return Ok(self.told(parquet, &inputs, record, &kept));
        }
        let place = self.room.open().map_err(|source| ImportError::Write { path: name.clone().into(), source })?;
        let out = place.directory.join(&name);
        // What is there under this name is not what was written.
        let _ = std::fs::remove_file(&out);
        let request = Request {
            format: Some(format),
            inputs: files.to_vec(),
            out: out.clone(),
            on_invalid: how.on_invalid,
            units: Vec::new(),
            header: how.import.header.filter(|_| matches!(format, Format::Csv | Format::Sdf)),
            remedy: self.remedy,
        };
        let report = import_found(&request, &inputs, &*self.listener).inspect_err(|_| place.give_up())?;
        let blake3 = file_hash(&out).map_err(|e| ImportError::Read { path: out.clone(), reason: e.to_string() })?;
        let record = Record::of(&report, &key, blake3);
        record.write(&out).map_err(|source| ImportError::Write { path: out.clone(), source })?;
        let kept = match place.passing {
            true => "imported for this command only".to_owned(),
            false => format!("imported to {}", out.display()),
        };
        Ok(self.told(out, &inputs, record, &kept))
    }

    /// The stand-in for these files, after its listener was told.
    fn told(&self, parquet: PathBuf, inputs: &[Input], record: Record, kept: &str) -> StandIn {
        let original =
            |input: &Input| SourceFile { path: Path::to_owned(&input.path), hash: input.hash.clone(), rows: 0 };
        let originals = inputs.iter().map(original).collect();
        let stand_in = StandIn { parquet, originals, dropped: record.dropped };
        let line = format!("{}: {} rows ({}), {kept}", stand_in.label().display(), record.rows, record.format);
        self.listener.imported(&Imported { line, warnings: record.warnings });
        stand_in
    }
}

impl Foreign for Imports {
    fn stand_in(&self, files: &[PathBuf], how: How) -> Result<StandIn, DataError> {
        let mut made = locked(&self.made);
        if let Some(known) = made.iter().find(|m| m.how == how && m.files == files) {
            return Ok(known.stand_in.clone());
        }
        let stand_in = self.import(files, how).map_err(refused)?;
        made.push(Made { files: files.to_vec(), how, stand_in: stand_in.clone() });
        Ok(stand_in)
    }
}

/// The one format of all files, if it is known.
fn format_of(inputs: &[Input], how: How) -> Result<Format, ImportError> {
    if let Some(format) = how.import.format {
        return Ok(format);
    }
    if let Some(input) = inputs.iter().find(|input| matches!(format::of(&input.path), Err(ImportError::Usage(_)))) {
        let what = format!(
            "it is not Parquet, and neither its name nor its first bytes tell another format; these are read: Parquet, {}. \
             Name the format: `import: {{format: csv}}` in the `read` stage, --format csv on the command line",
            format::all()
        );
        return Err(ImportError::file(&input.path, what));
    }
    semola_import::common_format(inputs)
}

/// Everything that an imported file depends on, as a hash.
fn key(inputs: &[Input], how: How) -> String {
    let files: Vec<(&str, &str)> = inputs.iter().map(|input| (input.name.as_str(), input.hash.as_str())).collect();
    let all = serde_json::json!([crate::VERSION, how.import, how.on_invalid, files]);
    blake3::hash(all.to_string().as_bytes()).to_hex().to_string()
}

/// The name of the first file without its extensions, in characters that every file system has.
fn stem(inputs: &[Input]) -> String {
    let name = inputs.first().and_then(|input| input.path.file_name()).unwrap_or_default().to_string_lossy();
    let stem = name.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    stem.chars().take(64).map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn refused(error: ImportError) -> DataError {
    let rows = matches!(error, ImportError::Bad { .. });
    let message = error.to_string();
    match error {
        ImportError::Stopped => DataError::Foreign {
            message: "interrupted while files were imported; the same command imports them again".to_owned(),
            blame: Blame::Interrupted,
            rows,
        },
        other => DataError::Foreign { message, blame: other.blame(), rows },
    }
}

#[cfg(test)]
mod tests;
