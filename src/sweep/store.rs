//! Where a sweep keeps its files.
//!
//! ```text
//! OUT/<member>/                       finished members, as `run` makes them; nothing else appears here while a sweep runs
//! OUT/tables/                         what `sweep merge` writes
//! OUT.work/sweep.json, pipeline.yaml  the plan
//! OUT.work/attempts/<member>/<attempt>/
//! OUT.work/records/<member>.json      who won, with checksums
//! OUT.work/duplicates/, logs/, beats/, jobs/
//! ```
//!
//! Readers of a directory of Parquet (DuckDB, polars, pyarrow) read whatever they find: so what is unfinished lies beside the
//! results, on the same file system.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ClusterError;
use super::members::Sweep;
use super::slurm::SlurmOptions;
use crate::member::{Holder, Lock, Manifest, RunError, Status};
use semola_data::durable::{atomic, work_dir};
use semola_data::output::check_directory;

const PLAN: &str = "sweep.json";
const PIPELINE: &str = "pipeline.yaml";
const OPTIONS: &str = "slurm.json";
/// What tells that a directory of unfinished work is this program's: a sweep's parts, or a plan of shards.
const OWN: [&str; 5] = [PLAN, "attempts", "records", "jobs", "plan.json"];

/// The files of one sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    out: PathBuf,
    work: PathBuf,
}

impl Store {
    /// The store of the sweep whose results are in `out`.
    pub fn at(out: &Path) -> Self {
        Self { out: out.to_owned(), work: work_dir(out) }
    }

    /// Makes the directories.
    ///
    /// # Errors
    /// If that fails, or results could not be moved from one to the other.
    pub fn create(&self) -> Result<(), ClusterError> {
        check_directory(&self.out)?;
        check_directory(&self.work)?;
        self.check_work()?;
        let parts =
            [self.records(), self.duplicates(), self.logs(), self.beats(), self.jobs(), self.work.join("attempts")];
        for path in [&self.out].into_iter().chain(&parts) {
            fs::create_dir_all(path).map_err(ClusterError::io(path, "make the directory"))?;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let device =
                |p: &Path| fs::metadata(p).map(|m| m.dev()).map_err(ClusterError::io(p, "look at the directory"));
            if device(&self.out)? != device(&self.work)? {
                return Err(ClusterError::FileSystems { out: self.out.clone(), work: self.work.clone() });
            }
        }
        Ok(())
    }

    /// A directory that happens to be called `OUT.work` is not taken for one of this program.
    fn check_work(&self) -> Result<(), ClusterError> {
        let names: Vec<_> = fs::read_dir(&self.work).into_iter().flatten().flatten().map(|e| e.file_name()).collect();
        let own = |name: &OsString| OWN.iter().any(|own| name == own);
        if names.is_empty() || names.iter().any(own) {
            return Ok(());
        }
        Err(ClusterError::Wrong(format!(
            "{}: this directory is needed for unfinished work, but holds other files; give another --out",
            self.work.display()
        )))
    }

    /// Holds the sweep, so that one local runner or submission at a time works on it.
    pub fn lock(&self) -> Result<Lock, ClusterError> {
        Ok(Lock::take(&self.work)?)
    }

    /// Who holds the sweep, if anyone does.
    pub fn holder(&self) -> Option<Holder> {
        crate::member::holder(&self.work)
    }

    /// Writes the plan and the pipeline's text.
    pub fn save(&self, sweep: &Sweep, pipeline: &str) -> Result<(), ClusterError> {
        let ids = |s: &Sweep| s.members.iter().map(|m| m.id.clone()).collect::<Vec<_>>();
        if self.sweep().is_ok_and(|before| ids(&before) != ids(sweep)) {
            // What was merged does not hold all members any more.
            super::merge::take_back(self)?;
        }
        let path = self.work.join(PIPELINE);
        atomic::write(&self.staging(), &path, pipeline.as_bytes())
            .map_err(ClusterError::io(&path, "write the pipeline"))?;
        self.write_json(&self.work.join(PLAN), sweep)
    }

    /// The plan, checked.
    pub fn sweep(&self) -> Result<Sweep, ClusterError> {
        let plan = self.work.join(PLAN);
        let Some(sweep) = read_json::<Sweep>(&plan)? else {
            return Err(ClusterError::NoSweep { out: self.out.clone(), plan });
        };
        match sweep.check() {
            Ok(()) => Ok(sweep),
            Err(problem) => Err(ClusterError::Altered { path: plan, problem }),
        }
    }

    /// The pipeline's text as it was planned.
    pub fn pipeline(&self) -> Result<String, ClusterError> {
        let path = self.work.join(PIPELINE);
        fs::read_to_string(&path).map_err(ClusterError::io(&path, "read the pipeline"))
    }

    /// Writes a value as JSON, atomically.
    pub(super) fn write_json(&self, path: &Path, value: &impl Serialize) -> Result<(), ClusterError> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::from);
        text.and_then(|t| atomic::write(&self.staging(), path, format!("{t}\n").as_bytes()))
            .map_err(ClusterError::io(path, "write the file"))
    }

    /// Saves the options of a submission, for the next one.
    pub fn save_options(&self, options: &SlurmOptions) -> Result<(), ClusterError> {
        self.write_json(&self.work.join(OPTIONS), options)
    }

    /// The options of the last submission.
    pub fn options(&self) -> Result<SlurmOptions, ClusterError> {
        Ok(read_json(&self.work.join(OPTIONS))?.unwrap_or_default())
    }

    /// Removes everything of a sweep's members, results first.
    pub fn discard(&self, sweep: &Sweep) -> Result<(), ClusterError> {
        for member in &sweep.members {
            for path in [self.member(&member.id), self.record(&member.id), self.attempts_of(&member.id)] {
                let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                match removed {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(ClusterError::io(&path, "remove")(e)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Removes unfinished files of killed processes, if nothing is in progress.
    pub fn tidy(&self) {
        let idle = fs::read_dir(self.work.join("attempts")).is_ok_and(|mut d| d.next().is_none());
        let jobs = fs::read_dir(self.jobs()).is_ok_and(|mut d| d.next().is_some());
        if idle && !jobs {
            let _ = fs::remove_dir_all(self.staging());
        }
    }

    pub fn out(&self) -> &Path {
        &self.out
    }

    pub fn work(&self) -> &Path {
        &self.work
    }

    /// Where a finished member lies.
    pub fn member(&self, id: &str) -> PathBuf {
        self.out.join(id)
    }

    /// Whether the member is in the results, and done.
    ///
    /// # Errors
    /// If its directory holds another member.
    pub fn is_published(&self, id: &str) -> Result<bool, ClusterError> {
        match Manifest::read(&self.member(id)) {
            Ok(manifest) => Ok(manifest.is_some_and(|manifest| manifest.status == Status::Done)),
            Err(foreign @ RunError::Foreign { .. }) => Err(foreign.into()),
            Err(_) => Ok(false),
        }
    }

    /// Whether the member has a result or an attempt.
    pub fn holds(&self, id: &str) -> bool {
        [self.member(id), self.record(id), self.attempts_of(id)].iter().any(|path| path.exists())
    }

    pub(super) fn attempts_of(&self, id: &str) -> PathBuf {
        self.work.join("attempts").join(id)
    }

    pub(super) fn attempt(&self, id: &str, attempt: &str) -> PathBuf {
        self.attempts_of(id).join(attempt)
    }

    pub(super) fn records(&self) -> PathBuf {
        self.work.join("records")
    }

    pub(super) fn record(&self, id: &str) -> PathBuf {
        self.records().join(format!("{id}.json"))
    }

    pub(super) fn duplicates(&self) -> PathBuf {
        self.work.join("duplicates")
    }

    /// The logs of attempts.
    pub fn logs(&self) -> PathBuf {
        self.work.join("logs")
    }

    pub(super) fn beats(&self) -> PathBuf {
        self.work.join("beats")
    }

    pub(super) fn jobs(&self) -> PathBuf {
        self.work.join("jobs")
    }

    pub(super) fn staging(&self) -> PathBuf {
        self.work.join("staging")
    }
}

/// A JSON file, `None` if there is none.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ClusterError> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|source| ClusterError::Damaged { path: path.to_owned(), source }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(ClusterError::io(path, "read the file")(e)),
    }
}
