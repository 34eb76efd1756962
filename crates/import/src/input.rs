//! Which files the command line means.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::error::ImportError;
use super::format::{Format, any_takes, name, takes};
use semola_data::hash::file_hash_unless;
use semola_data::{DataError, Watch};

/// How deep directories are searched; deeper ones are taken for a loop of links.
const MAX_DEPTH: usize = 32;

/// A file to import.
#[derive(Debug, Clone)]
pub struct Input {
    /// Where it lies.
    pub path: Arc<Path>,
    /// Its path below the directory that all inputs share.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// BLAKE3 of its bytes, hexadecimal.
    pub hash: String,
}

/// All files that the arguments mean: files, globs and directories, in the order of the arguments, each sorted.
///
/// # Errors
/// If an argument means nothing, a file is named twice (also as `x` and `x.gz`), is empty, no regular file or cannot be read,
/// or the watcher asks to stop.
pub fn find(arguments: &[PathBuf], format: Option<Format>, watch: &dyn Watch) -> Result<Vec<Input>, ImportError> {
    let mut paths = Vec::new();
    for argument in arguments {
        if argument.is_dir() {
            paths.extend(directory(argument, format)?);
        } else if argument.exists() {
            paths.push(argument.clone());
        } else {
            paths.extend(matches(argument, format)?);
        }
    }
    check_unique(&paths)?;
    let root = common_root(&paths);
    paths.par_iter().map(|path| input(path, &root, watch)).collect()
}

fn input(path: &Path, root: &Path, watch: &dyn Watch) -> Result<Input, ImportError> {
    let metadata = std::fs::metadata(path).map_err(ImportError::read(path))?;
    // Files are read twice, and a pipe without a writer would block for ever.
    if !metadata.is_file() {
        let what = "it is a pipe, a device or a directory, not a regular file; save its contents to a file first";
        return Err(ImportError::file(path, what));
    }
    let bytes = metadata.len();
    if bytes == 0 {
        return Err(ImportError::file(path, "the file is empty"));
    }
    let failed = |e: DataError| ImportError::Read { path: path.to_owned(), reason: e.to_string() };
    let hash = file_hash_unless(path, &|| watch.stop()).map_err(failed)?.ok_or(ImportError::Stopped)?;
    let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    Ok(Input { path: Arc::from(path), name, bytes, hash })
}

fn matches(pattern: &Path, format: Option<Format>) -> Result<Vec<PathBuf>, ImportError> {
    let not_found = || ImportError::NotFound(pattern.to_owned());
    let text = pattern.to_str().filter(|text| text.contains(['*', '?', '['])).ok_or_else(not_found)?;
    // As in directories, hidden files are left out.
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let entries = glob::glob_with(text, options)
        .map_err(|e| ImportError::Usage(format!("{}: not a usable glob pattern: {e}", pattern.display())))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| ImportError::Read { path: e.path().to_owned(), reason: e.error().to_string() })?;
        if path.is_dir() {
            found.extend(directory(&path, format)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    if found.is_empty() { Err(not_found()) } else { Ok(found) }
}

/// All files of the format below a directory, in path order; hidden ones are left out.
fn directory(root: &Path, format: Option<Format>) -> Result<Vec<PathBuf>, ImportError> {
    let mut found = Vec::new();
    walk(root, 0, &mut |path| {
        if format.map_or_else(|| any_takes(&path), |f| takes(f, &path)) {
            found.push(path);
        }
    })?;
    found.sort();
    if found.is_empty() {
        let what = format.map_or_else(
            || "no .parquet file and none of another known format".to_owned(),
            |f| format!("no file with the name of a {} file", name(f)),
        );
        return Err(ImportError::file(root, format!("the directory holds {what}")));
    }
    Ok(found)
}

fn walk(dir: &Path, depth: usize, take: &mut dyn FnMut(PathBuf)) -> Result<(), ImportError> {
    if depth > MAX_DEPTH {
        return Err(ImportError::Read { path: dir.to_owned(), reason: "directories are nested too deeply".to_owned() });
    }
    for entry in std::fs::read_dir(dir).map_err(ImportError::read(dir))? {
        let entry = entry.map_err(ImportError::read(dir))?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            walk(&path, depth + 1, take)?;
        } else {
            take(path);
        }
    }
    Ok(())
}

fn check_unique(paths: &[PathBuf]) -> Result<(), ImportError> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut seen = HashSet::new();
    for path in paths {
        if !seen.insert(real(path)) {
            return Err(ImportError::Usage(format!("{}: named twice; its rows would count double", path.display())));
        }
    }
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "gz")) {
        if seen.contains(&real(&path.with_extension(""))) {
            return Err(ImportError::Usage(format!(
                "{}: named both compressed and not; its rows would count double, name one of the two",
                path.display()
            )));
        }
    }
    Ok(())
}

/// The deepest directory that holds all files.
fn common_root(paths: &[PathBuf]) -> PathBuf {
    let mut parents = paths.iter().map(|path| path.parent().unwrap_or(Path::new("")));
    let Some(first) = parents.next() else { return PathBuf::new() };
    let mut common: Vec<Component> = first.components().collect();
    for parent in parents {
        let same = common.iter().zip(parent.components()).take_while(|(a, b)| **a == *b).count();
        common.truncate(same);
    }
    common.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_data::Unwatched;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b/2.off", "a/1.off", "a/.hidden.off", "a/readme.txt"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        dir
    }

    fn names(inputs: Vec<Input>) -> Vec<String> {
        inputs.into_iter().map(|i| i.name).collect()
    }

    #[test]
    fn files_globs_and_directories_are_found_in_sorted_order() {
        let dir = tree();
        let off = Some(Format::Off);
        assert_eq!(names(find(&[dir.path().to_owned()], off, &Unwatched).unwrap()), ["a/1.off", "b/2.off"]);
        assert_eq!(names(find(&[dir.path().join("*/*.off")], off, &Unwatched).unwrap()), ["a/1.off", "b/2.off"]);
        assert_eq!(names(find(&[dir.path().join("b/2.off")], off, &Unwatched).unwrap()), ["2.off"]);
        let hash = &find(&[dir.path().join("b/2.off")], off, &Unwatched).unwrap()[0].hash;
        assert_eq!(*hash, blake3::hash(b"b/2.off").to_hex().to_string());
    }

    #[test]
    fn nothing_empty_or_double_is_taken() {
        let dir = tree();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("empty.off"), "").unwrap();
        std::fs::write(path("a/1.off.gz"), "x").unwrap();
        let error = |paths: &[PathBuf]| find(paths, Some(Format::Off), &Unwatched).unwrap_err().to_string();
        assert!(error(&[path("none")]).contains("none: no such file"));
        assert!(error(&[path("*.xyz")]).contains("no such file"));
        assert!(error(&[path("empty.off")]).contains("the file is empty"));
        assert!(error(&[path("a/1.off"), path("a/../a/1.off")]).contains("twice"));
        assert!(error(&[path("a")]).contains("both compressed and not"));
        assert!(error(&["/dev/zero".into()]).contains("not a regular file"));
        assert!(find(&[path("b")], Some(Format::Ply), &Unwatched).unwrap_err().to_string().contains("holds no file"));
    }
}
