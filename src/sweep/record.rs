//! Commit of a member: the first attempt wins, regardless of the others.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::store::{Store, read_json};
use semola_data::durable::{atomic, clock};
use semola_data::hash::file_hash;

/// The attempt's own record in its directory.
pub(super) const RECORD_FILE: &str = "result.json";
/// The one table that differs between attempts: times and memory.
const OWN_TABLE: &str = "runs";

/// The result of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub member: String,
    pub attempt: String,
    pub host: String,
    /// RFC 3339, UTC.
    pub finished: String,
    /// BLAKE3 of each table, by file name.
    pub tables: BTreeMap<String, String>,
}

/// Whether it is one name in a directory, and not hidden.
pub(super) fn is_attempt_name(name: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "-_.:".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

/// How a commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// This attempt's result is the member's.
    Won,
    /// Another attempt was first.
    Lost {
        winner: String,
        /// Tables that differ from the winner's; none if the program is deterministic.
        differing: Vec<String>,
    },
}

impl Record {
    /// The record of a finished attempt: its tables, hashed.
    pub fn of(directory: &Path, member: &str, attempt: &str) -> Result<Self, ClusterError> {
        let tables = directory.join("tables");
        let mut hashes = BTreeMap::new();
        for entry in fs::read_dir(&tables).map_err(ClusterError::io(&tables, "list the tables"))? {
            let path = entry.map_err(ClusterError::io(&tables, "list the tables"))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            hashes.insert(name, file_hash(&path).map_err(|e| ClusterError::Refused(e.to_string()))?);
        }
        Ok(Self {
            member: member.to_owned(),
            attempt: attempt.to_owned(),
            host: semola_data::durable::host(),
            finished: clock::now(),
            tables: hashes,
        })
    }

    /// Tables that two attempts made differently.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        let own = format!("{OWN_TABLE}.parquet");
        let names = self.tables.keys().chain(other.tables.keys()).filter(|n| **n != own);
        let mut names: Vec<String> = names.filter(|n| self.tables.get(*n) != other.tables.get(*n)).cloned().collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Store {
    /// Makes a finished attempt the member's result, or records that another one was first.
    pub fn commit(&self, member: &str, attempt: &str) -> Result<Committed, ClusterError> {
        let directory = self.attempt(member, attempt);
        let record = Record::of(&directory, member, attempt)?;
        let own = directory.join(RECORD_FILE);
        self.write_json(&own, &record)?;
        let name = self.record(member);
        match fs::hard_link(&own, &name) {
            Ok(()) => {
                atomic::sync_parent(&name).map_err(ClusterError::io(&name, "write the record"))?;
                self.publish(&record)?;
                self.forget(member, attempt);
                Ok(Committed::Won)
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                let winner = self.recorded(member)?.unwrap_or_default();
                if winner.attempt == attempt {
                    // A kill between the link and the rename, and the same attempt again.
                    self.publish(&record)?;
                    return Ok(Committed::Won);
                }
                self.settle(member)?;
                self.lost(&record, &winner)
            }
            Err(e) => Err(ClusterError::io(&name, "link the record (the file system needs hard links)")(e)),
        }
    }

    /// Records a duplicate. If it differs, it is kept for inspection.
    fn lost(&self, record: &Record, winner: &Record) -> Result<Committed, ClusterError> {
        let differing = record.differing(winner);
        let path = self.duplicates().join(format!("{}.{}.json", record.member, record.attempt));
        let note = serde_json::json!({ "record": record, "winner": winner.attempt, "differing": differing });
        self.write_json(&path, &note)?;
        if differing.is_empty() {
            let directory = self.attempt(&record.member, &record.attempt);
            fs::remove_dir_all(&directory).map_err(ClusterError::io(&directory, "remove the duplicate"))?;
        }
        self.still(&record.member, &record.attempt);
        let _ = fs::remove_dir(self.attempts_of(&record.member));
        Ok(Committed::Lost { winner: winner.attempt.clone(), differing })
    }

    /// Finishes what a kill between commit and publication left undone. Returns whether the member is then in the
    /// results.
    pub fn settle(&self, member: &str) -> Result<bool, ClusterError> {
        if self.is_published(member)? {
            return Ok(true);
        }
        match self.recorded(member)? {
            Some(record) => self.publish(&record).map(|()| true),
            None => Ok(false),
        }
    }

    /// The record of a member, if an attempt won.
    ///
    /// # Errors
    /// If it is not one that this program wrote for this member: the name of its attempt becomes a path.
    pub(super) fn recorded(&self, member: &str) -> Result<Option<Record>, ClusterError> {
        let path = self.record(member);
        let Some(record) = read_json::<Record>(&path)? else { return Ok(None) };
        let problem = if record.member != member {
            format!("this is the record of member {:?}", record.member)
        } else if !is_attempt_name(&record.attempt) {
            format!("{:?} is not the name of an attempt", record.attempt)
        } else {
            return Ok(Some(record));
        };
        Err(ClusterError::Altered { path, problem })
    }

    /// Renames the attempt's directory into the results: readers see it atomically.
    fn publish(&self, record: &Record) -> Result<(), ClusterError> {
        let (from, to) = (self.attempt(&record.member, &record.attempt), self.member(&record.member));
        match fs::rename(&from, &to) {
            Ok(()) => atomic::sync_parent(&to).map_err(ClusterError::io(self.out(), "publish a member")),
            // Another process settled it.
            Err(_) if self.is_published(&record.member)? => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Err(ClusterError::Lost { member: record.member.clone(), record: self.record(&record.member) })
            }
            Err(_) if to.exists() => Err(ClusterError::Occupied { path: to }),
            Err(e) => Err(ClusterError::io(&to, "publish a member")(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use semola_data::Fault;

    use super::*;
    use crate::member::{Manifest, RunDir, Status};

    /// A finished attempt whose only table holds these bytes.
    fn attempt(store: &Store, name: &str, table: &str) {
        let mut dir = RunDir::open(&store.attempts_of("m"), name).unwrap();
        dir.start(Manifest::default()).unwrap();
        fs::create_dir_all(dir.path().join("tables")).unwrap();
        fs::write(dir.path().join("tables/metrics.parquet"), table).unwrap();
        fs::write(dir.path().join("tables/runs.parquet"), name).unwrap();
        dir.finish(Status::Done, None).unwrap();
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(&dir.path().join("out"));
        store.create().unwrap();
        (dir, store)
    }

    #[test]
    fn the_first_wins_and_what_differs_is_told_and_kept() {
        let (_dir, store) = store();
        for (name, table) in [("a", "1"), ("b", "1"), ("c", "2")] {
            attempt(&store, name, table);
        }
        // The winner clears away attempts that nobody works on; these two are made again as late ones.
        assert_eq!(store.commit("m", "b").unwrap(), Committed::Won);
        assert_eq!(fs::read_to_string(store.member("m").join("tables/runs.parquet")).unwrap(), "b");
        assert!(store.attempts("m").is_empty());
        attempt(&store, "a", "1");
        attempt(&store, "c", "2");
        assert_eq!(store.commit("m", "a").unwrap(), Committed::Lost { winner: "b".into(), differing: vec![] });
        let late = store.commit("m", "c").unwrap();
        assert_eq!(late, Committed::Lost { winner: "b".into(), differing: vec!["metrics.parquet".into()] });
        assert!(!store.attempt("m", "a").exists() && store.attempt("m", "c").exists());
        assert_eq!(fs::read_dir(store.duplicates()).unwrap().count(), 2);
        assert_eq!(fs::read_to_string(store.member("m").join("tables/metrics.parquet")).unwrap(), "1");
    }

    #[test]
    fn a_kill_between_commit_and_publication_is_made_good_by_whoever_looks_next() {
        let (_dir, store) = store();
        assert!(!store.settle("m").unwrap());
        attempt(&store, "a", "1");
        let record = Record::of(&store.attempt("m", "a"), "m", "a").unwrap();
        store.write_json(&store.record("m"), &record).unwrap();
        assert!(!store.is_published("m").unwrap());
        assert!(store.settle("m").unwrap() && store.settle("m").unwrap());
        assert!(store.is_published("m").unwrap());
        // Results that somebody removed are not taken for finished.
        fs::remove_dir_all(store.member("m")).unwrap();
        let message = store.settle("m").unwrap_err().to_string();
        assert!(message.contains("its directory is gone") && message.contains("m.json"), "{message}");
    }

    #[test]
    fn a_record_of_another_member_or_with_a_path_for_an_attempt_is_refused() {
        let (dir, store) = store();
        attempt(&store, "a", "1");
        let victim = dir.path().join("victim");
        fs::create_dir(&victim).unwrap();
        for (member, name) in
            [("other", "a"), ("m", "../../../victim"), ("m", ".."), ("m", ""), ("m", "a/../a"), ("m", "/tmp")]
        {
            let record = Record { member: member.into(), attempt: name.into(), ..Record::default() };
            store.write_json(&store.record("m"), &record).unwrap();
            let refused = store.settle("m").unwrap_err();
            assert!(refused.to_string().contains("this file was altered"), "{refused}");
            assert_eq!(refused.blame(), semola_data::Blame::Data);
        }
        assert!(victim.is_dir() && store.attempt("m", "a").is_dir() && !store.member("m").exists());
    }

    #[test]
    fn a_new_attempt_begins_with_the_newest_checkpoints_and_shares_no_file_that_is_written_to() {
        use super::super::attempts::{Begun, Others};
        let (_dir, store) = store();
        for (name, age) in [("old", "1"), ("new", "2")] {
            let mut dir = RunDir::open(&store.attempts_of("m"), name).unwrap();
            dir.start(Manifest { seed: 5, ..Manifest::default() }).unwrap();
            fs::create_dir_all(dir.path().join("checkpoints")).unwrap();
            fs::write(dir.path().join("checkpoints/x.safetensors"), age).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let Begun::Open(mut dir) = store.begin("m", "third", Others::Wait, &|| false).unwrap() else {
            panic!("not done")
        };
        assert_eq!(fs::read_to_string(dir.path().join("checkpoints/x.safetensors")).unwrap(), "2");
        assert_eq!(dir.manifest().unwrap().seed, 5);
        let before = fs::read_to_string(store.attempt("m", "new").join("events.jsonl")).unwrap();
        dir.event(&semola_data::Event::Warning { message: "more".to_owned() }).unwrap();
        assert_eq!(fs::read_to_string(store.attempt("m", "new").join("events.jsonl")).unwrap(), before);
        // While it is at work, one that waits can be stopped, and one that does not begins.
        assert!(matches!(store.begin("m", "fourth", Others::Wait, &|| true).unwrap(), Begun::Interrupted));
        assert!(matches!(store.begin("m", "fifth", Others::Race, &|| false).unwrap(), Begun::Open(_)));
    }
}
