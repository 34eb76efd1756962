//! `manifest.json`: what a member is, and its status.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::RunError;
use super::sums::Sums;
use semola_data::durable::atomic;

/// Name of the manifest in a member's directory.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The status of a member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Started. If nobody holds the lock, the process was killed.
    #[default]
    Running,
    Done,
    Failed,
    /// Stopped on request; the same command resumes it.
    Interrupted,
}

impl Status {
    /// The word in the manifest and in the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A data file that the result depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    pub path: String,
    /// BLAKE3 of its bytes, hexadecimal.
    pub hash: String,
    pub rows: u64,
}

/// The manifest of one member.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    pub status: Status,
    /// What went wrong, if it failed.
    pub error: Option<String>,
    pub run_id: String,
    /// The pipeline's name.
    pub name: String,
    pub seed: u64,
    pub pipeline_hash: String,
    pub data_hash: String,
    pub files: Vec<DataFile>,
    /// Versions of the program and its components, by name.
    pub versions: BTreeMap<String, String>,
    pub device: String,
    /// What computes matrix products, such as `avx512f`: others give other last bits. That of each attempt where they
    /// differ.
    pub products: String,
    pub threads: u32,
    /// RFC 3339, UTC; `started` is that of the first attempt.
    pub started: Option<String>,
    pub finished: Option<String>,
    /// How often the member was started.
    pub attempts: u32,
    /// Seconds and processor seconds, over all attempts that ended.
    pub seconds: f64,
    pub cpu_seconds: Option<f64>,
    /// Largest resident memory of any attempt.
    pub peak_rss_bytes: Option<u64>,
    /// Checksums of tables and models, once the member is done.
    pub sums: Option<Sums>,
    /// The resolved pipeline.
    pub pipeline: Value,
}

/// Number of hexadecimal digits of a member's id.
pub const ID_DIGITS: usize = 16;

/// Whether a text is the id of a member, which is also the name of its directory.
pub fn is_member_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

impl Manifest {
    /// The manifest in a member's directory, `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read, or the directory has the name of another member.
    pub fn read(member: &Path) -> Result<Option<Self>, RunError> {
        let path = member.join(MANIFEST_FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(RunError::io(&path, "read the manifest")(error)),
        };
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|source| RunError::Manifest { path: path.clone(), source })?;
        let whole = member.canonicalize().unwrap_or_else(|_| member.to_owned());
        match whole.file_name().and_then(|name| name.to_str()).filter(|name| is_member_id(name)) {
            Some(expected) if expected != manifest.run_id => {
                Err(RunError::Foreign { path, found: manifest.run_id, expected: expected.to_owned() })
            }
            _ => Ok(Some(manifest)),
        }
    }

    /// Writes it into a member's directory via `staging`.
    pub(super) fn write(&self, member: &Path, staging: &Path) -> Result<(), RunError> {
        let path = member.join(MANIFEST_FILE);
        let refused = RunError::io(&path, "write the manifest");
        let text = serde_json::to_string_pretty(self).map_err(io::Error::from);
        text.and_then(|text| atomic::write(staging, &path, format!("{text}\n").as_bytes())).map_err(refused)
    }
}
