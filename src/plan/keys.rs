//! Columns of the files that stages need for more than fields: they have to be read along.

use std::collections::BTreeMap;

/// The `read` stages that data sets come from, and the columns that are wanted of them.
#[derive(Debug, Default)]
pub struct Keys {
    origin: BTreeMap<String, usize>,
    /// Columns that are wanted, with the number of the `read` stage.
    pub wanted: Vec<(usize, String)>,
}

impl Keys {
    /// A data set comes from the `read` stage of that number.
    pub fn comes_from(&mut self, data: &str, read: usize) {
        self.origin.insert(data.to_owned(), read);
    }

    /// The parts of a data set that is split, by a column if it is named.
    pub fn is_split<'n>(&mut self, whole: &str, by: Option<&str>, parts: impl Iterator<Item = &'n str>) {
        let Some(source) = self.origin.get(whole).copied() else { return };
        self.wanted.extend(by.map(|by| (source, by.to_owned())));
        self.origin.extend(parts.map(|part| (part.to_owned(), source)));
    }
}
