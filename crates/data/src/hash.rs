//! Fingerprints of the files, so that a run recognises its data.

use std::io::Read;
use std::path::{Component, Path};

use super::dataset::SourceFile;
use super::error::DataError;
use super::regular::open_regular;

/// Bytes that are read and hashed at a time.
const PIECE: usize = 1 << 24;

/// BLAKE3 of a file's bytes, hexadecimal.
pub fn file_hash(path: &Path) -> Result<String, DataError> {
    file_hash_unless(path, &|| false).map(Option::unwrap_or_default)
}

/// As [`file_hash`], unless `stop` says so before the end: then `None`.
pub fn file_hash_unless(path: &Path, stop: &dyn Fn() -> bool) -> Result<Option<String>, DataError> {
    let io = |e: std::io::Error| DataError::Io { path: path.to_path_buf(), reason: e.to_string() };
    let mut file = open_regular(path).map_err(io)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = Vec::new();
    loop {
        piece.clear();
        if file.by_ref().take(PIECE as u64).read_to_end(&mut piece).map_err(io)? == 0 {
            return Ok(Some(hasher.finalize().to_hex().to_string()));
        }
        if stop() {
            return Ok(None);
        }
        hasher.update_rayon(&piece);
    }
}

/// One fingerprint of many files: of their bytes, their order and their `key=value` directories, not of their location.
pub fn data_hash(files: &[SourceFile]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"files v1\n");
    for file in files {
        for part in file.path.components() {
            if let Component::Normal(name) = part
                && let Some(name) = name.to_str().filter(|n| n.contains('='))
            {
                hasher.update(name.as_bytes());
                hasher.update(b"/");
            }
        }
        hasher.update(file.hash.as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_content_and_order_but_not_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"abc").unwrap();
        let hash = file_hash(&path).unwrap();
        assert_eq!(hash, blake3::hash(b"abc").to_hex().to_string());
        let file = |place: &str, hash: &str| SourceFile { path: place.into(), hash: hash.into(), rows: 1 };
        let one = data_hash(&[file("/x/a", &hash), file("/x/b", "ff")]);
        assert_eq!(one, data_hash(&[file("/y/c", &hash), file("/y/d", "ff")]));
        assert_ne!(one, data_hash(&[file("/x/b", "ff"), file("/x/a", &hash)]));
        assert_ne!(data_hash(&[file("/k=1/a", &hash)]), data_hash(&[file("/k=2/a", &hash)]));
        assert!(file_hash(&dir.path().join("none")).is_err());
        assert_eq!(file_hash_unless(&path, &|| true).unwrap(), None);
    }
}
