//! Columns of the files that stages need beyond fields: they have to be read too.

use std::collections::BTreeMap;

/// The `read` stages that data sets come from, and the columns requested from them.
#[derive(Debug, Default)]
pub struct Keys {
    origin: BTreeMap<String, usize>,
    /// Requested columns, with the number of the `read` stage.
    pub wanted: Vec<(usize, String)>,
}

impl Keys {
    /// Notes that a data set comes from the `read` stage with that number.
    pub fn comes_from(&mut self, data: &str, read: usize) {
        self.origin.insert(data.to_owned(), read);
    }

    /// Notes the parts of a split data set, with the column if one is named.
    pub fn is_split<'n>(&mut self, whole: &str, by: Option<&str>, parts: impl Iterator<Item = &'n str>) {
        let Some(source) = self.origin.get(whole).copied() else { return };
        self.wanted.extend(by.map(|by| (source, by.to_owned())));
        self.origin.extend(parts.map(|part| (part.to_owned(), source)));
    }
}
