//! A rough estimate of the memory of stages, accumulated over a walk along them.

use std::collections::BTreeMap;

/// While a data set is read, its columns exist both decoded and joined.
const READING: usize = 2;

/// The data sets along the stages.
#[derive(Debug)]
pub struct Walk<'a> {
    /// Bytes of all data as it was read.
    pub read: Option<usize>,
    pub peak: Option<usize>,
    /// The largest training stage.
    pub training: Option<usize>,
    now: BTreeMap<&'a str, Option<usize>>,
}

impl Default for Walk<'_> {
    fn default() -> Self {
        Self { read: Some(0), peak: Some(0), training: Some(0), now: BTreeMap::new() }
    }
}

impl<'a> Walk<'a> {
    /// Bytes of the largest data set at this point; 0 if one is unknown.
    pub fn largest(&self) -> usize {
        self.now.values().copied().max().flatten().unwrap_or(0)
    }

    /// Bytes of all data sets at this point.
    pub fn total(&self) -> Option<usize> {
        self.now.values().try_fold(0, |sum: usize, bytes| Some(sum.saturating_add((*bytes)?)))
    }

    /// A data set of this many bytes is read.
    pub fn read(&mut self, name: &'a str, bytes: Option<usize>) {
        let reading = self.read.zip(bytes).map(|(before, b)| before.saturating_add(b.saturating_mul(READING)));
        self.at_most(reading);
        self.read = self.read.zip(bytes).map(|(a, b)| a.saturating_add(b));
        self.now.insert(name, bytes);
    }

    /// All data sets together temporarily take this much.
    pub fn at_most(&mut self, bytes: Option<usize>) {
        self.peak = self.peak.zip(bytes).map(|(a, b)| a.max(b));
    }

    /// Data sets are replaced by others.
    pub fn replace(&mut self, gone: &[String], new: impl Iterator<Item = (&'a str, Option<usize>)>) {
        for name in gone {
            self.now.remove(name.as_str());
        }
        self.now.extend(new);
    }

    /// A model is trained in this many bytes.
    pub fn train(&mut self, bytes: Option<usize>) {
        self.training = self.training.zip(bytes).map(|(a, b)| a.max(b));
    }
}

/// What a stage needs besides the data sets.
#[derive(Debug, Clone)]
pub struct Need {
    /// The work, as the start of a sentence.
    pub what: String,
    /// `None` if unknown.
    pub bytes: Option<usize>,
    /// What to do if it is too much.
    pub help: &'static str,
}
