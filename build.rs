//! Hashes the sources that results depend on, for the version: two builds from different sources never share a member by accident.
//!
//! Neither git nor the time counts: the same files give the same hash on every machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a result depends on, beside what is in `src` and the crates.
const FILES: [&str; 3] = ["Cargo.lock", "Cargo.toml", "build.rs"];
const SOURCES: &str = "src";
/// What no result depends on: the commands only parse and print. A change there rebuilds nothing else.
const PROGRAM: [&str; 2] = ["cli", "main.rs"];
/// Folders of texts that tests compare with.
const SNAPSHOTS: &str = "snapshots";
const CRATES: &str = "crates";
/// The parts of a crate that count: what its tests and benches are does not.
const OF_CRATE: [&str; 2] = ["Cargo.toml", "src"];
/// Hexadecimal digits of the hash.
const DIGITS: usize = 12;

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    let counts = |path: &PathBuf| !PROGRAM.iter().any(|part| path.ends_with(part));
    let sources = FILES.iter().map(PathBuf::from).chain(entries(Path::new(SOURCES))?.into_iter().filter(counts));
    for source in sources {
        println!("cargo::rerun-if-changed={}", source.display());
        collect(&source, &mut files)?;
    }
    println!("cargo::rerun-if-changed={CRATES}");
    for of_crate in entries(Path::new(CRATES))? {
        for part in OF_CRATE {
            collect(&of_crate.join(part), &mut files)?;
        }
    }
    let mut named: Vec<(String, PathBuf)> = files.into_iter().map(|path| (name(&path), path)).collect();
    named.sort();
    let mut hash = Fnv::new();
    for (name, path) in named {
        let content = fs::read(path)?;
        hash.add(name.as_bytes());
        hash.add(&[0]);
        hash.add(&(content.len() as u64).to_le_bytes());
        hash.add(&content);
    }
    let digits: String = format!("{:016x}", hash.0).chars().take(DIGITS).collect();
    println!("cargo::rustc-env=SEMOLA_SOURCES={digits}");
    Ok(())
}

/// All files at or below a path, without hidden ones (editors keep copies in those). None if there is nothing.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() && !path.ends_with(SNAPSHOTS) {
        for entry in entries(path)? {
            collect(&entry, files)?;
        }
    } else if path.is_file() {
        files.push(path.to_owned());
    }
    Ok(())
}

/// What is in a directory, and not hidden; nothing where there is none (a package has no other crates).
fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let all: Vec<fs::DirEntry> = fs::read_dir(directory)?.collect::<io::Result<_>>()?;
    let shown = all.iter().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    Ok(shown.map(fs::DirEntry::path).collect())
}

/// A path with the same separators on every system.
fn name(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The hash FNV-1a of 64 bits: it guards against accidents only, and keeps the build free of dependencies.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
