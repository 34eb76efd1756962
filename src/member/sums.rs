//! Checksums of what a finished member holds, in its manifest: whatever reads a table or a model checks it against them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::dir::MODELS;
use super::error::RunError;
use super::manifest::{Manifest, Status};
use semola_data::hash::file_hash;
use semola_data::table::file_of;

/// Name of the directory of tables in a member's directory.
pub const TABLES: &str = "tables";

/// BLAKE3 of each file, hexadecimal, by file name.
pub type FileSums = BTreeMap<String, String>;

/// The files of a finished member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    pub tables: FileSums,
    pub models: FileSums,
}

impl Sums {
    /// The sums of the files that lie in a member's directory.
    pub(super) fn of(member: &Path) -> Result<Self, RunError> {
        Ok(Self { tables: sums(&member.join(TABLES))?, models: sums(&member.join(MODELS))? })
    }
}

/// The sums of the files in a directory, which need not exist.
pub fn sums(directory: &Path) -> Result<FileSums, RunError> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileSums::new()),
        entries => entries.map_err(RunError::io(directory, "list the directory"))?,
    };
    let mut sums = FileSums::new();
    for entry in entries {
        let path = entry.map_err(RunError::io(directory, "list the directory"))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sums.insert(name, sum(&path)?);
    }
    Ok(sums)
}

fn sum(path: &Path) -> Result<String, RunError> {
    file_hash(path).map_err(|error| RunError::io(path, "read the file")(io::Error::other(error.to_string())))
}

/// Checks that a directory holds the listed files and no others, with these sums.
///
/// # Errors
/// The first file that is missing, changed, or not listed.
pub fn check_all(directory: &Path, expected: &FileSums) -> Result<(), RunError> {
    for name in expected.keys() {
        check_one(directory, name, expected)?;
    }
    match sums(directory)?.into_keys().find(|name| !expected.contains_key(name)) {
        Some(name) => Err(RunError::changed(&directory.join(name), NOT_LISTED)),
        None => Ok(()),
    }
}

const NOT_LISTED: &str = "is not among the files that the run wrote";

/// Checks one file.
fn check_one(directory: &Path, name: &str, expected: &FileSums) -> Result<(), RunError> {
    let path = directory.join(name);
    let Some(wanted) = expected.get(name) else { return Err(RunError::changed(&path, NOT_LISTED)) };
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(RunError::changed(&path, "is missing: the run wrote this file"))
        }
        Ok(found) if !found.is_file() => Err(RunError::changed(&path, "is not a regular file")),
        _ if sum(&path)? != *wanted => {
            Err(RunError::changed(&path, "does not have the checksum of what the run wrote"))
        }
        _ => Ok(()),
    }
}

impl Manifest {
    /// The file of a table of this manifest's member, checked; `None` if it has no such table. Members that are not done,
    /// and those of early builds, have no checksums.
    ///
    /// # Errors
    /// If the file is missing, or is not what the run wrote.
    pub fn table_file(&self, member: &Path, table: &str) -> Result<Option<PathBuf>, RunError> {
        let path = file_of(&member.join(TABLES), table);
        let there = fs::symlink_metadata(&path).is_ok();
        if let Some(sums) = self.known_sums(member)? {
            let name = format!("{table}.parquet");
            if there || sums.tables.contains_key(&name) {
                check_one(&member.join(TABLES), &name, &sums.tables)?;
            }
        }
        Ok(there.then_some(path))
    }

    /// Checks all tables.
    ///
    /// # Errors
    /// The first file that is missing, changed, or not listed.
    pub fn check_tables(&self, member: &Path) -> Result<(), RunError> {
        self.known_sums(member)?.map_or(Ok(()), |sums| check_all(&member.join(TABLES), &sums.tables))
    }

    /// Checks the file of a model, which need not exist.
    ///
    /// # Errors
    /// If it is not what the run wrote.
    pub fn check_model(&self, member: &Path, file: &Path) -> Result<(), RunError> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match self.known_sums(member)? {
            Some(sums) if sums.models.contains_key(&*name) || file.exists() => {
                check_one(&member.join(MODELS), &name, &sums.models)
            }
            _ => Ok(()),
        }
    }

    /// Whether it is done and has no checksums, as those of early builds.
    pub fn lacks_sums(&self) -> bool {
        self.status == Status::Done && self.sums.is_none()
    }

    /// The sums, if the member is done; this build always writes them.
    fn known_sums(&self, member: &Path) -> Result<Option<&Sums>, RunError> {
        let own = self.versions.get("semola-pipe").is_some_and(|version| version == crate::VERSION);
        if own && self.lacks_sums() {
            return Err(RunError::changed(&member.join(super::manifest::MANIFEST_FILE), "has lost its checksums"));
        }
        Ok(self.sums.as_ref().filter(|_| self.status == Status::Done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::RunDir;

    /// A finished member with a table and a model.
    fn member(out: &Path) -> PathBuf {
        let mut run = RunDir::open(out, "m").unwrap();
        run.start(Manifest::default()).unwrap();
        let path = run.path().to_owned();
        for (folder, name) in [(TABLES, "runs.parquet"), (MODELS, "m.safetensors")] {
            fs::create_dir_all(path.join(folder)).unwrap();
            fs::write(path.join(folder).join(name), "made by the run").unwrap();
        }
        run.finish(Status::Done, None).unwrap();
        path
    }

    fn message(outcome: Result<impl std::fmt::Debug, RunError>) -> String {
        outcome.unwrap_err().to_string()
    }

    #[test]
    fn what_was_written_passes_and_what_was_changed_added_or_removed_does_not() {
        let out = tempfile::tempdir().unwrap();
        let path = member(out.path());
        let manifest = Manifest::read(&path).unwrap().unwrap();
        let (table, model) = (path.join("tables/runs.parquet"), path.join("models/m.safetensors"));
        manifest.check_tables(&path).unwrap();
        manifest.check_model(&path, &model).unwrap();
        assert_eq!(manifest.table_file(&path, "runs").unwrap(), Some(table.clone()));
        assert_eq!(manifest.table_file(&path, "groups").unwrap(), None);

        fs::write(path.join("tables/groups.parquet"), "from elsewhere").unwrap();
        assert!(message(manifest.table_file(&path, "groups")).contains("not among the files"));
        assert!(message(manifest.check_tables(&path)).contains("groups.parquet"));
        fs::remove_file(path.join("tables/groups.parquet")).unwrap();
        for file in [&table, &model] {
            fs::write(file, "made by somebody").unwrap();
        }
        assert!(message(manifest.check_tables(&path)).contains("checksum"));
        assert!(message(manifest.check_model(&path, &model)).contains("checksum"));
        fs::remove_file(&table).unwrap();
        assert!(message(manifest.table_file(&path, "runs")).contains("missing"));
        fs::create_dir(&table).unwrap();
        assert!(message(manifest.table_file(&path, "runs")).contains("not a regular file"));
    }

    #[test]
    fn only_early_builds_may_lack_sums() {
        let out = tempfile::tempdir().unwrap();
        let path = member(out.path());
        let versions = |version: &str| BTreeMap::from([("semola-pipe".to_owned(), version.to_owned())]);
        let read = Manifest { sums: None, ..Manifest::read(&path).unwrap().unwrap() };
        Manifest { versions: versions("0.0.1+abc"), ..read.clone() }.check_tables(&path).unwrap();
        let own = Manifest { versions: versions(crate::VERSION), ..read };
        assert!(message(own.check_tables(&path)).contains("lost its checksums"));
    }
}
