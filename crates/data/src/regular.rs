//! Opening files that may be anything: a pipe or a device would block, or be read without end.

use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// Opens a regular file for reading.
///
/// # Errors
/// If it cannot be opened, or is a directory, a pipe, a socket or a device; these are not even opened.
pub fn open_regular(path: &Path) -> Result<File, Error> {
    check(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    // It may have been replaced since.
    check(&file.metadata()?)?;
    Ok(file)
}

/// The bytes of a regular file that has at most `most` of them.
///
/// # Errors
/// As [`open_regular`]; if the file is larger, or cannot be read.
pub fn read_regular(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let too_large =
        |bytes| Error::new(ErrorKind::FileTooLarge, format!("it has {bytes} bytes, and at most {most} are read"));
    let file = open_regular(path)?;
    let bytes = file.metadata()?.len();
    if bytes > most {
        return Err(too_large(bytes));
    }
    let mut all = Vec::new();
    file.take(most + 1).read_to_end(&mut all)?;
    // A file may grow while it is read.
    if all.len() as u64 > most { Err(too_large(all.len() as u64)) } else { Ok(all) }
}

fn check(metadata: &Metadata) -> Result<(), Error> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = if metadata.is_dir() { "a directory" } else { "a pipe, socket or device" };
    Err(Error::new(ErrorKind::InvalidInput, format!("it is {what}, not a regular file")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_read_up_to_a_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"abc").unwrap();
        assert_eq!(read_regular(&path, 3).unwrap(), b"abc");
        assert!(read_regular(&path, 2).unwrap_err().to_string().contains("3 bytes, and at most 2"));
        assert!(open_regular(dir.path()).unwrap_err().to_string().contains("a directory, not a regular file"));
        assert!(read_regular(Path::new("/dev/zero"), 9).unwrap_err().to_string().contains("device"));
        assert_eq!(open_regular(&dir.path().join("b")).unwrap_err().kind(), ErrorKind::NotFound);
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(open_regular(&pipe).unwrap_err().to_string().contains("a pipe"));
    }
}
