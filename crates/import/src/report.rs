//! The report of an import.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::column::Column;
use super::input::Input;

/// Names on one line at most.
const LISTED: usize = 50;

/// The first of the words, and how many more there are.
fn listed(words: impl ExactSizeIterator<Item = String>) -> String {
    let more = words.len().saturating_sub(LISTED);
    let text = words.take(LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{text} and {more} more") } else { text }
}

/// What was written, and what was not.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file.
    pub out: PathBuf,
    /// The name of the format.
    pub format: &'static str,
    /// Rows written.
    pub rows: u64,
    /// Row groups written.
    pub row_groups: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// The columns.
    pub columns: Vec<Column>,
    /// The files that were read.
    pub inputs: Vec<Input>,
    /// Rows left out, by the column to blame (or `frame`, `record`, `row`, `file`).
    pub dropped: BTreeMap<String, u64>,
    /// Nulls written where a row lacks a value that others have, by column.
    pub nulls: BTreeMap<String, u64>,
    /// The first of the rows that were left out, in words.
    pub examples: Vec<String>,
    /// What the user should know of the columns.
    pub warnings: Vec<String>,
}

impl Report {
    /// As JSON.
    pub fn json(&self) -> Value {
        let column = |c: &Column| json!({"name": c.name, "type": c.data_type().to_string(), "unit": c.unit});
        let file = |i: &Input| json!({"name": i.name, "bytes": i.bytes, "blake3": i.hash});
        json!({
            "out": self.out.display().to_string(),
            "format": self.format,
            "rows": self.rows,
            "row_groups": self.row_groups,
            "bytes": self.bytes,
            "columns": self.columns.iter().map(column).collect::<Vec<_>>(),
            "files": self.inputs.iter().map(file).collect::<Vec<_>>(),
            "dropped": self.dropped,
            "nulls": self.nulls,
            "warnings": self.warnings,
        })
    }

    /// A one-line summary.
    pub fn summary(&self) -> String {
        let plural = if self.inputs.len() == 1 { "" } else { "s" };
        let columns = listed(self.columns.iter().map(|c| c.name.clone()));
        format!("{} rows from {} {} file{plural}; columns {}", self.rows, self.inputs.len(), self.format, columns)
    }

    /// What was left out, in words: one line each.
    pub fn losses(&self) -> Vec<String> {
        let list = |counts: &BTreeMap<String, u64>| listed(counts.iter().map(|(name, n)| format!("{name} {n}")));
        let mut parts = Vec::new();
        if !self.dropped.is_empty() {
            let total: u64 = self.dropped.values().sum();
            parts.push(format!("left out {total} invalid rows ({})", list(&self.dropped)));
        }
        if !self.nulls.is_empty() {
            parts.push(format!("wrote nulls for values that are missing ({})", list(&self.nulls)));
        }
        parts.extend(self.examples.iter().map(|example| format!("  {example}")));
        parts
    }
}
