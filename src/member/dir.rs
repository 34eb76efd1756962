//! A member's directory, held by this process.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use semola_data::Event;
use semola_data::event::Ending;

use super::error::RunError;
use super::events::Events;
use super::lock::{LOCK_FILE, Lock};
use super::manifest::{MANIFEST_FILE, Manifest, Status};
use super::resources::Resources;
use super::sums::{Sums, TABLES};
use semola_data::durable::checkpoint::{Checkpoint, CheckpointError, CheckpointStore, write_model};
use semola_data::durable::clock;
use semola_data::table::{Identity, TableWriter};

/// Name of the directory of finished models in a member's directory.
pub const MODELS: &str = "models";
const STAGING: &str = ".staging";
const DISCARDED: &str = ".discarded";

/// The directory of one member. While it lives, no other process can open the same directory.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
    events: Events,
    manifest: Option<Manifest>,
    /// When this attempt began, and what had been used by then.
    began: Instant,
    used: Resources,
    // Last, so that the lock is released after everything else was dropped.
    lock: Lock,
}

impl RunDir {
    /// Opens `out/member`, creating it if needed, and repairs what a killed process left behind.
    pub fn open(out: &Path, member: &str) -> Result<Self, RunError> {
        Self::open_as(out, member, false)
    }

    /// Like [`open`](Self::open), but removes everything that was there.
    pub fn open_fresh(out: &Path, member: &str) -> Result<Self, RunError> {
        Self::open_as(out, member, true)
    }

    fn open_as(out: &Path, member: &str, fresh: bool) -> Result<Self, RunError> {
        let path = out.join(member);
        fs::create_dir_all(&path).map_err(RunError::io(&path, "make the run directory"))?;
        let lock = Lock::take(&path)?;
        if fresh {
            discard(&path).map_err(RunError::io(&path, "move the old run aside"))?;
        }
        for leftover in [STAGING, DISCARDED] {
            remove(&path.join(leftover)).map_err(RunError::io(&path, "remove unfinished files"))?;
        }
        let mut events = Events::open(&path)?;
        if !lock.is_held() {
            let message = "this file system cannot lock: nothing keeps a second process out".to_owned();
            events.append(&Event::Warning { message }, None).map_err(RunError::io(&path, "write the event log"))?;
        }
        let manifest = Manifest::read(&path)?;
        Ok(Self { path, events, manifest, began: Instant::now(), used: Resources::now(), lock })
    }

    /// `DIR/<member>`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a second process is locked out: some network file systems cannot lock.
    pub fn is_locked(&self) -> bool {
        self.lock.is_held()
    }

    /// The manifest of this attempt, or of the one before as long as this one has not started.
    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.manifest.as_ref().is_some_and(|manifest| manifest.status == Status::Done)
    }

    /// Marks the start of the work: writes the manifest with status `running`. The resources used by earlier attempts
    /// are kept.
    pub fn start(&mut self, manifest: Manifest) -> Result<(), RunError> {
        let before = self.manifest.take().unwrap_or_default();
        let products = match before.products.as_str() {
            "" => manifest.products.clone(),
            same if same.split(", ").any(|one| one == manifest.products) => before.products.clone(),
            other => format!("{other}, {}", manifest.products),
        };
        let manifest = Manifest {
            products,
            status: Status::Running,
            error: None,
            started: before.started.or_else(|| Some(clock::now())),
            finished: None,
            attempts: before.attempts.saturating_add(1),
            seconds: before.seconds,
            cpu_seconds: before.cpu_seconds,
            peak_rss_bytes: before.peak_rss_bytes,
            ..manifest
        };
        let device = manifest.device.clone();
        self.event(&Event::Started { attempt: manifest.attempts, seed: manifest.seed, device })?;
        self.put(manifest)
    }

    /// Marks the end of the work, and writes the manifest with the times and the memory used.
    pub fn finish(&mut self, status: Status, error: Option<String>) -> Result<(), RunError> {
        let manifest = self.tally(status, error);
        let ending = Ending { seconds: manifest.seconds, error: manifest.error.clone() };
        let sums = (status == Status::Done).then(|| Sums::of(&self.path)).transpose()?;
        let manifest = Manifest { sums, ..manifest };
        self.event(&match status {
            Status::Done => Event::Done(ending),
            Status::Failed => Event::Failed(ending),
            // A member that is said to run while nobody works on it is taken for interrupted, too.
            Status::Interrupted | Status::Running => Event::Interrupted(ending),
        })?;
        self.put(manifest)
    }

    /// The manifest as it would be if the work ended now: for the `runs` table.
    pub fn tally(&self, status: Status, error: Option<String>) -> Manifest {
        let manifest = self.manifest.clone().unwrap_or_default();
        let now = Resources::now();
        let here = now.cpu_seconds.zip(self.used.cpu_seconds).map(|(now, before)| now - before);
        Manifest {
            status,
            error,
            finished: Some(clock::now()),
            seconds: manifest.seconds + self.began.elapsed().as_secs_f64(),
            cpu_seconds: here.map(|here| manifest.cpu_seconds.unwrap_or_default() + here),
            peak_rss_bytes: now.peak_rss_bytes.max(manifest.peak_rss_bytes),
            ..manifest
        }
    }

    fn put(&mut self, manifest: Manifest) -> Result<(), RunError> {
        manifest.write(&self.path, &self.staging())?;
        self.manifest = Some(manifest);
        Ok(())
    }

    /// Appends one event to the log.
    pub fn event(&mut self, event: &Event) -> Result<(), RunError> {
        self.event_with_cost(event, None)
    }

    /// Appends one event to the log, with the processor seconds that this process has used.
    pub fn event_with_cost(&mut self, event: &Event, cpu_seconds: Option<f64>) -> Result<(), RunError> {
        self.events.append(event, cpu_seconds).map_err(RunError::io(&self.path, "write the event log"))
    }

    /// Writes this member's tables.
    pub fn tables(&self, identity: Identity) -> TableWriter {
        TableWriter::new(self.path.join(TABLES), self.staging(), identity)
    }

    /// This member's checkpoints; those of another one are refused.
    pub fn checkpoints(&self) -> CheckpointStore {
        let owner = self.manifest.as_ref().map_or("", |manifest| manifest.run_id.as_str());
        CheckpointStore::new(self.path.join("checkpoints"), self.staging(), owner)
    }

    /// Writes a finished model of this member into `models/`.
    pub fn write_model(&self, name: &str, model: &Checkpoint) -> Result<PathBuf, CheckpointError> {
        write_model(&self.path.join(MODELS), &self.staging(), name, model)
    }

    /// Directory of unfinished files, which are kept apart from finished ones.
    fn staging(&self) -> PathBuf {
        self.path.join(STAGING)
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        // Tidy only: it holds nothing unless a write was refused, and `open` removes it too.
        let _ = fs::remove_dir(self.staging());
    }
}

/// Moves everything except the lock into `.discarded`. The manifest goes first: a kill in between cannot leave a
/// directory that looks done.
fn discard(path: &Path) -> io::Result<()> {
    let aside = path.join(DISCARDED);
    remove(&aside)?;
    fs::create_dir(&aside)?;
    let mut names: Vec<_> = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.retain(|name| name != LOCK_FILE && name != DISCARDED);
    names.sort_by_key(|name| name != MANIFEST_FILE);
    names.iter().try_for_each(|name| fs::rename(path.join(name), aside.join(name)))
}

fn remove(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::state::{State, state};

    #[test]
    fn a_member_is_resumed_then_skipped_then_made_anew() {
        let out = tempfile::tempdir().unwrap();
        let member = out.path().join("m");
        assert!(matches!(state(&member).unwrap(), State::Absent));

        let mut run = RunDir::open(out.path(), "m").unwrap();
        let first = Manifest { name: "demo".into(), seed: 3, products: "avx2+fma".into(), ..Manifest::default() };
        run.start(first).unwrap();
        assert!(matches!(state(&member).unwrap(), State::Running { .. }));
        let refused = RunDir::open(out.path(), "m").unwrap_err();
        assert!(matches!(refused, RunError::Locked { .. }));
        drop(run); // As a kill would: the manifest still says `running`.
        assert!(matches!(state(&member).unwrap(), State::Interrupted));

        fs::create_dir_all(member.join(STAGING)).unwrap();
        fs::write(member.join(STAGING).join("unfinished-x"), "x").unwrap();
        let mut run = RunDir::open(out.path(), "m").unwrap();
        assert!(!run.is_done() && !member.join(STAGING).exists());
        let again = Manifest { name: "demo".into(), products: "avx512f".into(), ..Manifest::default() };
        run.start(again).unwrap();
        run.finish(Status::Done, None).unwrap();
        drop(run);

        let run = RunDir::open(out.path(), "m").unwrap();
        assert!(run.is_done() && run.is_locked());
        let manifest = run.manifest().unwrap();
        assert_eq!((manifest.attempts, manifest.name.as_str()), (2, "demo"));
        assert_eq!(manifest.products, "avx2+fma, avx512f");
        assert!(manifest.seconds > 0.0 && manifest.finished.is_some());
        drop(run);

        fs::create_dir_all(member.join("tables")).unwrap();
        let run = RunDir::open_fresh(out.path(), "m").unwrap();
        assert!(run.manifest().is_none() && !member.join("tables").exists() && !member.join(DISCARDED).exists());
    }

    #[test]
    fn a_damaged_manifest_is_an_error_that_says_what_to_do() {
        let out = tempfile::tempdir().unwrap();
        fs::create_dir(out.path().join("m")).unwrap();
        fs::write(out.path().join("m").join(MANIFEST_FILE), "{\"status\": ").unwrap();
        let message = RunDir::open(out.path(), "m").unwrap_err().to_string();
        assert!(message.contains("manifest.json") && message.contains("--fresh"), "{message}");
        assert!(RunDir::open_fresh(out.path(), "m").is_ok());
    }
}
