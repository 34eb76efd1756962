//! Commit of a member: the first attempt wins, whatever the others do.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::store::{Store, read_json};
use crate::run::{atomic, clock};

/// Where an attempt's own record lies in its directory.
pub(super) const RECORD_FILE: &str = "result.json";
/// The one table that differs between attempts: times and memory.
const OWN_TABLE: &str = "runs";

/// What an attempt made.
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

/// How a commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// This attempt's result is the member's.
    Won,
    /// Another attempt was first.
    Lost {
        winner: String,
        /// Tables that differ from the winner's; none where the program is deterministic.
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
            let bytes = fs::read(&path).map_err(ClusterError::io(&path, "read the table"))?;
            hashes.insert(name, blake3::hash(&bytes).to_hex().to_string());
        }
        Ok(Self {
            member: member.to_owned(),
            attempt: attempt.to_owned(),
            host: super::store::host(),
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
        let refused = || ClusterError::io(&own, "write the record");
        let text = serde_json::to_vec_pretty(&record).map_err(|e| refused()(e.into()))?;
        atomic::write(&self.staging(), &own, &text).map_err(refused())?;
        let name = self.record(member);
        match fs::hard_link(&own, &name) {
            Ok(()) => {
                sync(&self.records()).map_err(ClusterError::io(&name, "write the record"))?;
                self.publish(&record)?;
                self.forget(member, attempt);
                Ok(Committed::Won)
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                let winner: Record = read_json(&name)?.unwrap_or_default();
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

    /// Records a duplicate. Where it differs it is kept to be looked at.
    fn lost(&self, record: &Record, winner: &Record) -> Result<Committed, ClusterError> {
        let differing = record.differing(winner);
        let path = self.duplicates().join(format!("{}.{}.json", record.member, record.attempt));
        let note = serde_json::json!({ "record": record, "winner": winner.attempt, "differing": differing });
        let text = serde_json::to_vec_pretty(&note).unwrap_or_default();
        atomic::write(&self.staging(), &path, &text).map_err(ClusterError::io(&path, "record the duplicate"))?;
        if differing.is_empty() {
            let directory = self.attempt(&record.member, &record.attempt);
            fs::remove_dir_all(&directory).map_err(ClusterError::io(&directory, "remove the duplicate"))?;
        }
        Ok(Committed::Lost { winner: winner.attempt.clone(), differing })
    }

    /// Finishes what a kill between commit and publication left undone. Whether the member is in the results then.
    pub fn settle(&self, member: &str) -> Result<bool, ClusterError> {
        if self.is_published(member) {
            return Ok(true);
        }
        match read_json::<Record>(&self.record(member))? {
            Some(record) => self.publish(&record).map(|()| true),
            None => Ok(false),
        }
    }

    /// Renames the attempt's directory into the results: readers see it whole or not at all.
    fn publish(&self, record: &Record) -> Result<(), ClusterError> {
        let (from, to) = (self.attempt(&record.member, &record.attempt), self.member(&record.member));
        match fs::rename(&from, &to) {
            Ok(()) => sync(self.out()).map_err(ClusterError::io(self.out(), "publish a member")),
            // Another process settled it.
            Err(_) if self.is_published(&record.member) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Err(ClusterError::Lost { member: record.member.clone(), record: self.record(&record.member) })
            }
            Err(_) if to.exists() => Err(ClusterError::Occupied { path: to }),
            Err(e) => Err(ClusterError::io(&to, "publish a member")(e)),
        }
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}
