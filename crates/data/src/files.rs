//! Which files a `path` means: a file, a glob, a directory with partitions, or a list of these.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::error::DataError;

/// How deep directories are searched; deeper ones are taken for a loop of links.
const MAX_DEPTH: usize = 32;

/// A file with the values of its hive partitions (`year=2024/part-0.parquet`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// `None` is the partition of nulls.
    pub partitions: BTreeMap<String, Option<String>>,
}

/// All files that `paths` mean, relative to `base`: list order, then path order.
///
/// # Errors
/// If a path means nothing, a pattern is malformed, a directory cannot be read, or a file is named twice.
pub fn find(paths: &[PathBuf], base: &Path) -> Result<Vec<Found>, DataError> {
    let mut found = Vec::new();
    for path in paths {
        let full = base.join(path);
        match full.metadata() {
            Ok(at) if at.is_file() => found.push(full),
            Ok(at) if at.is_dir() => found.extend(directory(&full)?),
            Ok(_) => return Err(not_regular(full)),
            Err(_) => found.extend(matches(path, base)?),
        }
    }
    if found.is_empty() {
        return Err(DataError::NotFound(base.to_path_buf()));
    }
    let mut seen = HashSet::new();
    for path in &found {
        if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
            return Err(DataError::Twice(path.clone()));
        }
    }
    Ok(found.into_iter().map(|path| Found { partitions: partitions(&path, base), path }).collect())
}

/// A pipe would block and a device may have no end; both are told rather than skipped, for somebody gave them this name.
fn not_regular(path: PathBuf) -> DataError {
    DataError::NotRegular { path, what: "this is a pipe, socket or device" }
}

/// Hidden files and those with a leading `_` are no data: markers, indexes, and leavings of editors and file managers.
fn is_hidden(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with(['.', '_'])
}

/// Whether a match below the base directory is hidden, itself or by a directory, where the pattern does not say so.
fn is_hidden_match(path: &Path, base: &Path, pattern: &Path) -> bool {
    let normal = |part: Component<'_>| if let Component::Normal(name) = part { Some(name.to_owned()) } else { None };
    let found: Vec<_> = path.strip_prefix(base).unwrap_or(path).components().filter_map(normal).collect();
    let asked: Vec<_> = pattern.strip_prefix(base).unwrap_or(pattern).components().filter_map(normal).collect();
    // What `**` stands for lies between what comes before it and what comes after.
    let many = asked.iter().position(|part| part == "**");
    let before = many.unwrap_or(asked.len());
    let after = many.map_or(0, |at| asked.len() - at - 1);
    let asked_for = |i: usize| match i {
        i if i < before => asked.get(i),
        i => (i + after).checked_sub(found.len()).and_then(|i| asked.get(asked.len() - after + i)),
    };
    let first = |name: &OsStr| name.to_string_lossy().chars().next();
    found.iter().enumerate().any(|(i, name)| is_hidden(name) && asked_for(i).and_then(|a| first(a)) != first(name))
}

/// The files that match a glob pattern; directories among the matches are searched.
fn matches(pattern: &Path, base: &Path) -> Result<Vec<PathBuf>, DataError> {
    let not_found = || DataError::NotFound(base.join(pattern));
    let text = pattern.to_str().ok_or_else(not_found)?;
    if !text.contains(['*', '?', '[']) {
        return Err(not_found());
    }
    // Characters of the base directory stand for themselves.
    let base_text = base.to_str().ok_or_else(not_found)?;
    let whole = Path::new(&glob::Pattern::escape(base_text)).join(pattern);
    let whole = whole.to_str().ok_or_else(not_found)?;
    let bad = |reason: String| DataError::Pattern { pattern: pattern.to_path_buf(), reason };
    let mut found = Vec::new();
    for entry in glob::glob(whole).map_err(|e| bad(e.to_string()))? {
        let path = entry.map_err(|e| DataError::Io { path: e.path().to_path_buf(), reason: e.error().to_string() })?;
        match path.metadata() {
            _ if is_hidden_match(&path, base, pattern) => {}
            Ok(at) if at.is_dir() => found.extend(directory(&path)?),
            Ok(at) if !at.is_file() => return Err(not_regular(path)),
            _ => found.push(path),
        }
    }
    if found.is_empty() {
        return Err(not_found());
    }
    found.sort();
    Ok(found)
}

/// All Parquet files below a directory, in path order; hidden files and those with a leading `_` are no data.
fn directory(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut found = Vec::new();
    walk(root, 0, &mut found)?;
    if found.is_empty() {
        return Err(DataError::EmptyDirectory(root.to_path_buf()));
    }
    found.sort();
    Ok(found)
}

fn walk(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), DataError> {
    let io = |e: std::io::Error| DataError::Io { path: dir.to_path_buf(), reason: e.to_string() };
    if depth > MAX_DEPTH {
        return Err(DataError::Io { path: dir.to_path_buf(), reason: "directories are nested too deeply".into() });
    }
    for entry in std::fs::read_dir(dir).map_err(io)? {
        let entry = entry.map_err(io)?;
        let path = entry.path();
        if is_hidden(&entry.file_name()) {
            continue;
        }
        let named = path.extension().is_some_and(|e| e == "parquet" || e == "parq" || e == "pq");
        match path.metadata() {
            Ok(at) if at.is_dir() => walk(&path, depth + 1, found)?,
            Ok(at) if named && !at.is_file() => return Err(not_regular(path)),
            _ if named => found.push(path),
            _ => {}
        }
    }
    Ok(())
}

/// The `key=value` directories of a path below the base directory.
pub fn partitions(path: &Path, base: &Path) -> BTreeMap<String, Option<String>> {
    let relative = path.strip_prefix(base).unwrap_or(path);
    let parents = relative.parent().into_iter().flat_map(Path::components);
    parents
        .filter_map(|part| {
            let (key, value) = part.as_os_str().to_str()?.split_once('=')?;
            let value = (value != "__HIVE_DEFAULT_PARTITION__").then(|| percent_decoded(value));
            (!key.is_empty()).then(|| (percent_decoded(key), value))
        })
        .collect()
}

/// `a%20b` → `a b`; what is no valid escape stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(root: &Path, name: &str) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"x").unwrap();
    }

    fn names(found: &[Found], root: &Path) -> Vec<String> {
        found.iter().map(|f| f.path.strip_prefix(root).unwrap().display().to_string()).collect()
    }

    #[test]
    fn globs_lists_and_directories_come_in_a_fixed_order() {
        let dir = tempfile::Builder::new().prefix("a[1]*b").tempdir().unwrap();
        let root = dir.path();
        for name in ["p-2.parquet", "p-1.parquet", "q.parquet", "h/k=b%20c/x.parquet", "h/k=a/y.pq", "h/_SUCCESS"] {
            touch(root, name);
        }
        let find = |p: &[&str]| find(&p.iter().map(PathBuf::from).collect::<Vec<_>>(), root);
        assert_eq!(names(&find(&["p-*.parquet"]).unwrap(), root), ["p-1.parquet", "p-2.parquet"]);
        assert_eq!(names(&find(&["p-[13].parquet"]).unwrap(), root), ["p-1.parquet"]);
        assert_eq!(names(&find(&["q.parquet", "p-?.parquet"]).unwrap(), root)[0], "q.parquet");
        let hive = find(&["h"]).unwrap();
        assert_eq!(names(&hive, root), ["h/k=a/y.pq", "h/k=b%20c/x.parquet"]);
        assert_eq!(hive[1].partitions["k"].as_deref(), Some("b c"));
    }

    #[test]
    fn hidden_files_are_skipped_unless_the_pattern_names_them() {
        let dir = tempfile::Builder::new().prefix(".hidden").tempdir().unwrap();
        let root = dir.path();
        let all =
            ["a.parquet", "._a.parquet", "_x.parquet", "k/b.parquet", ".c/d.parquet", "k/.e/f.parquet", "_g/h/i.pq"];
        all.iter().for_each(|name| touch(root, name));
        let find = |p: &str| find(&[PathBuf::from(p)], root).map(|found| names(&found, root));
        assert_eq!(find("*.parquet").unwrap(), ["a.parquet"]);
        assert_eq!(find("*").unwrap(), ["a.parquet", "k/b.parquet"]);
        assert_eq!(find("**/*.parquet").unwrap(), ["a.parquet", "k/b.parquet"]);
        assert_eq!(find("*/*.parquet").unwrap(), ["k/b.parquet"]);
        assert_eq!(find("_*/**/*.pq").unwrap(), ["_g/h/i.pq"]);
        assert_eq!(find("_*.parquet").unwrap(), ["_x.parquet"]);
        assert_eq!(find("._a.parquet").unwrap(), ["._a.parquet"]);
        assert_eq!(find(".*.parquet").unwrap(), ["._a.parquet"]);
        assert!(find("[._]*.pq").is_err());
        std::fs::remove_file(root.join("a.parquet")).unwrap();
        assert!(matches!(find("*.parquet"), Err(DataError::NotFound(_))));
    }

    #[test]
    fn pipes_and_devices_are_told_and_never_opened() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), "a.parquet");
        let pipe = dir.path().join("x.parquet");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in ["x.parquet", "*.parquet", "", "/dev/zero", "/dev/nul*"] {
            let error = find(&[path.into()], dir.path()).unwrap_err();
            assert!(matches!(&error, DataError::NotRegular { .. }), "{path}: {error}");
        }
        assert_eq!(find(&["a*".into()], dir.path()).unwrap().len(), 1);
    }

    #[test]
    fn nothing_found_and_doubles_are_errors() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), "a.parquet");
        std::fs::create_dir(dir.path().join("empty")).unwrap();
        let find = |p: &[&str]| find(&p.iter().map(PathBuf::from).collect::<Vec<_>>(), dir.path()).unwrap_err();
        assert!(find(&["b-*.parquet"]).to_string().contains("b-*.parquet: no such file"));
        assert!(find(&["b.parquet"]).to_string().contains("b.parquet: no such file"));
        assert!(matches!(find(&["a.parquet", "*.parquet"]), DataError::Twice(_)));
        assert!(matches!(find(&["empty"]), DataError::EmptyDirectory(_)));
        assert!(matches!(find(&["a[.parquet"]), DataError::Pattern { .. }));
        assert!(matches!(find(&[]), DataError::NotFound(_)));
    }
}
