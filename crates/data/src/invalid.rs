//! What happens to invalid rows: an error for the first, or leaving them out and counting.

use std::collections::BTreeMap;

use super::error::DataError;
use super::problem::Bad;
use super::source::Source;
use crate::settings::OnInvalid;

/// Collects the invalid rows of a data set.
pub struct Invalid<'a> {
    source: &'a Source,
    on_invalid: OnInvalid,
    bad: Vec<Bad>,
}

/// The outcome for the rows.
pub struct Resolved {
    /// The rows to keep; `None`: all.
    pub kept: Option<Vec<usize>>,
    /// How many are dropped, each counted once, under the first column to blame.
    pub dropped: BTreeMap<String, usize>,
}

impl<'a> Invalid<'a> {
    /// None found yet.
    pub fn new(source: &'a Source, on_invalid: OnInvalid) -> Self {
        Self { source, on_invalid, bad: Vec::new() }
    }

    /// Adds marks of rows.
    pub fn add(&mut self, bad: Vec<Bad>) {
        self.bad.extend(bad);
    }

    /// Looks at marks that are not added; `ids` are the rows' numbers in the files.
    ///
    /// # Errors
    /// The first of them, unless invalid rows are to be dropped.
    pub fn check<'b>(&self, bad: impl Iterator<Item = &'b Bad>, ids: &[u64]) -> Result<(), DataError> {
        match (self.on_invalid, bad.min_by_key(|b| b.row)) {
            (OnInvalid::Error, Some(bad)) => Err(self.error(bad, ids)),
            _ => Ok(()),
        }
    }

    /// Decides which rows are kept.
    ///
    /// # Errors
    /// The first invalid row, unless invalid rows are to be dropped.
    pub fn resolve(mut self, ids: &[u64]) -> Result<Resolved, DataError> {
        self.check(self.bad.iter(), ids)?;
        let mut dropped = BTreeMap::new();
        if self.bad.is_empty() {
            return Ok(Resolved { kept: None, dropped });
        }
        self.bad.sort_by_key(|b| b.row);
        self.bad.dedup_by_key(|b| b.row);
        for bad in &self.bad {
            *dropped.entry(bad.column.to_string()).or_insert(0) += 1;
        }
        let mut bad = self.bad.iter().map(|b| b.row).peekable();
        let kept = (0..ids.len()).filter(|row| bad.next_if_eq(row).is_none()).collect();
        Ok(Resolved { kept: Some(kept), dropped })
    }

    fn error(&self, bad: &Bad, ids: &[u64]) -> DataError {
        let (path, row) = self.source.locate(ids.get(bad.row).copied().unwrap_or(0));
        DataError::Invalid { path, column: bad.column.to_string(), row, what: bad.problem.to_string() }
    }
}
