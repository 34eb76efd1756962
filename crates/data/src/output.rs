//! Where results that the user names (`--out`) may go: one rule for every command.
//!
//! A file is new, or replaces one that the same command wrote, which is told from its content; a text, which says nothing,
//! is replaced only on request. Nothing ever replaces a device, a FIFO, a socket, a link or a directory, and nothing is
//! put among the files of a run. The rule does not depend on permissions: it holds for root too.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::durable::atomic;
use crate::fault::{Blame, Fault};
use crate::parquet_file::open_parquet;

/// Which existing files a command may replace.
#[derive(Debug, Clone, Copy)]
pub enum Own<'a> {
    /// Parquet files with this key in their metadata.
    Parquet(&'a str),
    /// Parquet files that were written as a table of results.
    Table,
    /// Texts that begin like this.
    Marked(&'a str),
    /// Any text, if the user asked for it (`--force`).
    Text { force: bool },
}

/// Why a result cannot go where the user wants it.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("--out {}: {why}", path.display())]
    Refused { path: PathBuf, why: String },
    #[error("{}: cannot be written: {source}; check the free space and the permissions", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl Fault for OutputError {
    fn blame(&self) -> Blame {
        match self {
            Self::Refused { .. } => Blame::Pipeline,
            Self::Write { .. } => Blame::Run,
        }
    }
}

impl OutputError {
    /// For `map_err`: the file system refuses to write.
    pub fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}

/// A file that may be written.
#[derive(Debug, Clone, Copy)]
pub struct Output<'a> {
    path: &'a Path,
    own: Own<'a>,
}

impl<'a> Output<'a> {
    /// Checks the place. Call it before anything is computed.
    ///
    /// # Errors
    /// If something is in the way; the error names it and says what to do.
    pub fn new(path: &'a Path, own: Own<'a>) -> Result<Self, OutputError> {
        let output = Self { path, own };
        output.check()?;
        Ok(output)
    }

    /// An empty temporary file beside it.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn begin(&self) -> Result<NamedTempFile, OutputError> {
        atomic::begin(folder(self.path)).map_err(OutputError::write(self.path))
    }

    /// Gives a finished file its name.
    ///
    /// # Errors
    /// If something came in the way meanwhile; if the file system refuses.
    pub fn publish(&self, file: NamedTempFile) -> Result<(), OutputError> {
        self.check()?;
        atomic::publish(file, self.path).map_err(OutputError::write(self.path))
    }

    /// Writes the whole file, which appears atomically.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub fn write(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let file = atomic::stage(folder(self.path), bytes).map_err(OutputError::write(self.path))?;
        self.publish(file)
    }

    fn check(&self) -> Result<(), OutputError> {
        let path = self.path;
        if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return refused(path, "this names no file; give the name of a file");
        }
        let folder = folder(path);
        if !folder.is_dir() {
            let text = format!("there is no such directory ({}); create it first", folder.display());
            return refused(path, text);
        }
        if matches!(self.own, Own::Parquet(_) | Own::Table) && !is_parquet_name(path) {
            return refused(path, "this is written as Parquet only; give a name that ends in .parquet");
        }
        if folder.canonicalize().is_ok_and(|place| place.ancestors().skip(1).any(is_member)) {
            return refused(path, "this lies among the files of a run; give another place");
        }
        match fs::symlink_metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => refused(path, format!("cannot be looked at: {e}")),
            Ok(found) => match kind(found.file_type()) {
                Some(kind) => {
                    refused(path, format!("this is {kind}, not a regular file, and it stays; give another name"))
                }
                None => self.check_own(),
            },
        }
    }

    /// Whether the regular file that is there may be replaced.
    fn check_own(&self) -> Result<(), OutputError> {
        let path = self.path;
        let why = match self.own {
            Own::Parquet(key) if notes(path).is_some_and(|notes| notes.keys.iter().any(|own| own == key)) => {
                return Ok(());
            }
            Own::Table if is_own_table(path) => return Ok(()),
            Own::Marked(mark) if starts_with(path, mark.as_bytes()) => return Ok(()),
            Own::Text { force: true } if is_text(path) => return Ok(()),
            Own::Text { force: false } if is_text(path) => {
                "exists already; choose another --out, or overwrite it with --force".to_owned()
            }
            Own::Text { .. } => "there is a file that is no text, and it stays; choose another name".to_owned(),
            _ => "there is a file that this command did not write, and it stays; remove it first, or give another name"
                .to_owned(),
        };
        refused(path, why)
    }
}

/// Checks a directory that results go into: it is new, or a directory, and not that of a single finished or unfinished run.
///
/// # Errors
/// If it is something else.
pub fn check_directory(path: &Path) -> Result<(), OutputError> {
    if path.as_os_str().is_empty() {
        return refused(path, "this names no directory; give it a name");
    }
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => {
            let kind = kind(found.file_type()).unwrap_or("a file");
            refused(path, format!("this is {kind}, where a directory is needed, and it stays; give another name"))
        }
        Ok(_) if is_member(path) => refused(path, "this is the directory of a run; give another one"),
        Ok(_) => Ok(()),
        // A link that leads nowhere.
        Err(_) if fs::symlink_metadata(path).is_ok() => {
            refused(path, "this is a link that leads to no directory; give another name")
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => refused(path, format!("cannot be looked at: {e}")),
    }
}

fn refused<T>(path: &Path, why: impl Into<String>) -> Result<T, OutputError> {
    Err(OutputError::Refused { path: path.to_owned(), why: why.into() })
}

/// The directory that a file lies in.
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn is_parquet_name(path: &Path) -> bool {
    let known = |extension: &str| ["parquet", "parq", "pq"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    path.extension().is_none_or(|extension| extension.to_str().is_some_and(known))
}

/// What a thing is called that is no regular file.
fn kind(found: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if found.is_block_device() || found.is_char_device() {
            return Some("a device");
        }
        if found.is_fifo() {
            return Some("a FIFO");
        }
        if found.is_socket() {
            return Some("a socket");
        }
    }
    match (found.is_dir(), found.is_symlink(), found.is_file()) {
        (true, ..) => Some("a directory"),
        (_, true, _) => Some("a link"),
        (.., true) => None,
        _ => Some("something unknown"),
    }
}

/// Whether a directory is that of a member of a run.
fn is_member(directory: &Path) -> bool {
    let Ok(text) = fs::read(directory.join("manifest.json")) else { return false };
    let manifest = serde_json::from_slice::<serde_json::Value>(&text);
    manifest.is_ok_and(|manifest| manifest.get("run_id").is_some() && manifest.get("status").is_some())
}

/// What a Parquet file says about itself.
struct Notes {
    created_by: String,
    keys: Vec<String>,
}

fn notes(path: &Path) -> Option<Notes> {
    let opened = open_parquet(path).ok()?;
    let metadata = opened.metadata.metadata().file_metadata();
    let stored = metadata.key_value_metadata().into_iter().flatten().map(|note| note.key.clone());
    Some(Notes {
        created_by: metadata.created_by().unwrap_or_default().to_owned(),
        keys: stored.chain(opened.metadata.schema().metadata().keys().cloned()).collect(),
    })
}

/// Whether a file is a table of results that this program wrote.
pub fn is_own_table(path: &Path) -> bool {
    notes(path).is_some_and(|notes| notes.created_by.starts_with("semola-pipe"))
}

fn starts_with(path: &Path, mark: &[u8]) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(mark.len() as u64).read_to_end(&mut head));
    read.is_ok() && head == mark
}

/// Whether a file begins as text: valid UTF-8 without control characters but white space.
fn is_text(path: &Path) -> bool {
    let mut head = Vec::new();
    if File::open(path).and_then(|file| file.take(1 << 16).read_to_end(&mut head)).is_err() {
        return false;
    }
    let text = match std::str::from_utf8(&head) {
        Ok(text) => text,
        // Cut within a character.
        Err(e) if e.error_len().is_none() => {
            std::str::from_utf8(head.get(..e.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.starts_with("PAR1") && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::file::metadata::KeyValue;
    use parquet::file::properties::WriterProperties;

    use super::*;
    use crate::table::encode;

    fn batch() -> RecordBatch {
        RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1])) as _)]).unwrap()
    }

    fn parquet(key: &str) -> Vec<u8> {
        let notes = vec![KeyValue::new(key.to_owned(), String::new())];
        let properties = WriterProperties::builder().set_key_value_metadata(Some(notes)).build();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch().schema(), Some(properties)).unwrap();
        writer.write(&batch()).unwrap();
        writer.into_inner().unwrap()
    }

    fn why(path: &Path, own: Own) -> String {
        match Output::new(path, own) {
            Ok(_) => String::new(),
            Err(e) => {
                assert_eq!(e.blame(), Blame::Pipeline);
                e.to_string()
            }
        }
    }

    #[test]
    fn only_new_files_and_those_of_the_same_command_are_written() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("mine.parquet"), parquet("mine")).unwrap();
        fs::write(at("other.parquet"), parquet("other")).unwrap();
        fs::write(at("table.parquet"), encode("t", &batch()).unwrap()).unwrap();
        fs::write(at("notes.parquet"), "the only copy of my notes").unwrap();
        fs::write(at("notes.txt"), "# mark\nthe only copy of my notes").unwrap();
        fs::write(at("empty"), "").unwrap();
        for (name, own) in [
            ("new.parquet", Own::Parquet("mine")),
            ("new", Own::Parquet("mine")),
            ("NEW.PQ", Own::Table),
            ("mine.parquet", Own::Parquet("mine")),
            ("table.parquet", Own::Table),
            ("notes.txt", Own::Marked("# mark")),
            ("notes.txt", Own::Text { force: true }),
        ] {
            assert_eq!(why(&at(name), own), "", "{name}");
            let before = fs::read(at(name)).ok();
            let output = Output::new(&at(name), own).map(|output| output.write(&before.clone().unwrap_or_default()));
            output.unwrap().unwrap();
            assert_eq!(fs::read(at(name)).unwrap(), before.clone().unwrap_or_default());
            if before.is_none() {
                fs::remove_file(at(name)).unwrap();
            }
        }
        for (name, own, words) in [
            ("other.parquet", Own::Parquet("mine"), "did not write"),
            ("notes.parquet", Own::Parquet("mine"), "did not write"),
            ("mine.parquet", Own::Table, "did not write"),
            ("empty", Own::Parquet("mine"), "did not write"),
            ("notes.txt", Own::Parquet("mine"), "Parquet only"),
            ("new.txt", Own::Table, "Parquet only"),
            ("notes.txt", Own::Marked("# other"), "did not write"),
            ("notes.txt", Own::Text { force: false }, "--force"),
            ("mine.parquet", Own::Text { force: true }, "no text"),
            ("no/new.parquet", Own::Table, "no such directory"),
            ("new/", Own::Text { force: true }, "names no file"),
            ("..", Own::Text { force: true }, "names no file"),
            (".", Own::Text { force: true }, "a directory"),
        ] {
            assert!(why(&at(name), own).contains(words), "{name}: {}", why(&at(name), own));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 6);
    }

    #[cfg(unix)]
    #[test]
    fn devices_fifos_links_and_directories_stay_whatever_was_asked() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("directory")).unwrap();
        fs::write(at("text"), "x").unwrap();
        std::os::unix::fs::symlink(at("text"), at("link")).unwrap();
        std::os::unix::fs::symlink(at("nowhere"), at("dangling")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let all = [
            (at("directory"), "a directory"),
            (at("link"), "a link"),
            (at("dangling"), "a link"),
            (at("fifo"), "a FIFO"),
            (at("socket"), "a socket"),
            ("/dev/null".into(), "a device"),
            ("/dev/stdout".into(), "a link"),
        ];
        for (path, words) in &all {
            for own in [Own::Parquet("mine"), Own::Table, Own::Marked(""), Own::Text { force: true }] {
                assert!(why(path, own).contains(words), "{}: {}", path.display(), why(path, own));
            }
        }
        for (path, good) in [("directory", true), ("new", true), ("text", false), ("fifo", false), ("dangling", false)]
        {
            assert_eq!(check_directory(&at(path)).is_ok(), good, "{path}");
        }
        assert!(check_directory(Path::new("/dev/null")).unwrap_err().to_string().contains("a device"));
        // What comes in the way later stays too.
        let late = at("late");
        let output = Output::new(&late, Own::Text { force: true }).unwrap();
        fs::create_dir(&late).unwrap();
        assert!(output.write(b"x").is_err() && late.is_dir());
        assert!(
            fs::read_dir(dir.path()).unwrap().all(|e| !e
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with("unfinished"))
        );
    }

    #[test]
    fn nothing_is_put_among_the_files_of_a_run() {
        let dir = tempfile::tempdir().unwrap();
        let member = dir.path().join("member");
        fs::create_dir_all(member.join("tables")).unwrap();
        fs::write(member.join("manifest.json"), r#"{"status": "done", "run_id": "x"}"#).unwrap();
        assert!(why(&member.join("tables/new.parquet"), Own::Table).contains("among the files of a run"));
        assert_eq!(why(&member.join("new.parquet"), Own::Table), "");
        assert!(check_directory(&member).unwrap_err().to_string().contains("the directory of a run"));
    }
}
