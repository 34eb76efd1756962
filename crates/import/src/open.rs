//! Opening files, compressed by gzip or not, and reading them line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::error::ImportError;

/// Bytes read at a time.
const BUFFER: usize = 1 << 18;

/// Bytes of a line at most; a longer one is not text, and is split into unparsable pieces.
const MAX_LINE: u64 = 64 << 20;

/// A reader of the file's contents, unpacked if it is compressed by gzip.
///
/// # Errors
/// If the file cannot be opened or read.
pub fn reader(path: &Path) -> Result<Box<dyn BufRead + Send>, ImportError> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path).map_err(ImportError::read(path))?);
    let head = file.fill_buf().map_err(ImportError::read(path))?;
    if let Some(what) = foreign(head) {
        return Err(ImportError::file(path, what));
    }
    if is_gzip(head) {
        return Ok(Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))));
    }
    Ok(Box::new(file))
}

/// What to do with a file that begins like one of another kind; no text begins so.
fn foreign(head: &[u8]) -> Option<String> {
    let unpack = |name: &str, how: &str| {
        Some(format!("it is compressed by {name}; unpack it first: `{how}` (only gzip is read)"))
    };
    match head {
        [b'P', b'K', 3, 4, ..] => Some(
            "it is a ZIP archive (or a spreadsheet); unpack it, or save the table as CSV, and import that".to_owned(),
        ),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => unpack("Zstandard", "unzstd FILE"),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => unpack("bzip2", "bunzip2 FILE"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => unpack("xz", "unxz FILE"),
        [b'7', b'z', 0xbc, 0xaf, ..] => unpack("7-Zip", "7z x FILE"),
        [0x04, 0x22, 0x4d, 0x18, ..] => unpack("LZ4", "unlz4 FILE"),
        [b'P', b'A', b'R', b'1', ..] => Some("it is a Parquet file already: a pipeline reads it as it is".to_owned()),
        [0x89, b'H', b'D', b'F', ..] => Some("it is an HDF5 file; import it as `hdf5`".to_owned()),
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some("it is a NumPy array; import it as `npy`".to_owned()),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            Some("it is text in UTF-16; save it as UTF-8, for example with `iconv -f utf16 -t utf8`".to_owned())
        }
        _ => None,
    }
}

/// Do these first bytes belong to a gzip file?
pub fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// The lines of a file, counted.
pub struct Lines {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    /// Number of the line that was read last, from 1.
    line: u64,
}

impl Lines {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be opened or read.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let mut reader = reader(path)?;
        // A byte-order mark is no text.
        if reader.fill_buf().map_err(broken(path))?.starts_with(b"\xef\xbb\xbf") {
            reader.consume(3);
        }
        Ok(Self { path: path.to_owned(), reader, line: 0 })
    }

    /// Appends the next line with its end; false at the end of the file.
    ///
    /// # Errors
    /// If the file cannot be read or unpacked.
    pub fn next(&mut self, into: &mut Vec<u8>) -> Result<bool, ImportError> {
        let read = self.reader.by_ref().take(MAX_LINE).read_until(b'\n', into).map_err(broken(&self.path))?;
        self.line += u64::from(read > 0);
        Ok(read > 0)
    }

    /// Number of the line that was read last, from 1; 0 before the first.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Appends at most `limit` bytes of what is left of the file.
    ///
    /// # Errors
    /// If the file cannot be read or unpacked.
    pub fn rest(&mut self, limit: u64, into: &mut Vec<u8>) -> Result<(), ImportError> {
        self.reader.by_ref().take(limit).read_to_end(into).map_err(broken(&self.path))?;
        Ok(())
    }

    /// What was read but not yet taken; empty at the end of the file.
    ///
    /// # Errors
    /// If the file cannot be read or unpacked.
    pub fn buffer(&mut self) -> Result<&[u8], ImportError> {
        self.reader.fill_buf().map_err(broken(&self.path))
    }

    /// Takes `count` bytes of the buffer, in which `lines` lines end.
    pub fn consume(&mut self, count: usize, lines: u64) {
        self.reader.consume(count);
        self.line += lines;
    }
}

/// For `map_err`: the file breaks off or is corrupt, in words for users of gzip too.
pub fn broken(path: &Path) -> impl FnOnce(std::io::Error) -> ImportError {
    let path = path.to_owned();
    move |e| match e.kind() {
        std::io::ErrorKind::UnexpectedEof => {
            ImportError::file(&path, "the file is cut off (its compressed data ends early)")
        }
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => {
            ImportError::file(&path, format!("the compressed data is corrupt: {e}"))
        }
        _ => ImportError::Read { path, reason: e.to_string() },
    }
}
