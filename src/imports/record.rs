//! What is kept with an imported file, so that it can be taken again in place of importing once more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use semola_data::durable::atomic;
use semola_data::hash::file_hash;
use semola_import::Report;
use serde::{Deserialize, Serialize};

/// What an import gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Everything that the file depends on.
    pub key: String,
    /// BLAKE3 of the Parquet file, hexadecimal.
    pub blake3: String,
    pub format: String,
    pub rows: usize,
    pub dropped: BTreeMap<String, usize>,
    /// What the user should know of the columns.
    pub warnings: Vec<String>,
}

impl Record {
    /// What is to be kept of an import.
    pub fn of(report: &Report, key: &str, blake3: String) -> Self {
        Self {
            key: key.to_owned(),
            blake3,
            format: report.format.to_owned(),
            rows: report.rows as usize,
            dropped: report.dropped.iter().map(|(column, n)| (column.clone(), *n as usize)).collect(),
            warnings: report.warnings.iter().cloned().chain(report.losses()).collect(),
        }
    }

    /// The record of a Parquet file, if both are there and belong together.
    pub fn read(parquet: &Path, key: &str) -> Option<Self> {
        let text = std::fs::read(place(parquet)).ok()?;
        let record: Self = serde_json::from_slice(&text).ok()?;
        (record.key == key && file_hash(parquet).ok()? == record.blake3).then_some(record)
    }

    /// Puts it beside its Parquet file.
    ///
    /// # Errors
    /// If the file system refuses.
    pub fn write(&self, parquet: &Path) -> std::io::Result<()> {
        let folder = semola_data::output::folder(parquet);
        atomic::write(folder, &place(parquet), serde_json::to_string_pretty(self)?.as_bytes())
    }
}

fn place(parquet: &Path) -> PathBuf {
    parquet.with_extension("json")
}
