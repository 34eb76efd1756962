//! The columns of a data set by name, wherever they come from: the files, their directories, or an expression.

use std::collections::BTreeMap;

use super::error::{DataError, Purpose};
use super::load;
use super::numbers::Numbers;
use super::scalars::{Scalars, is_scalar};
use super::source::Source;

/// Where a column comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Every file has it.
    File,
    /// It is a key of the hive directories.
    Partition,
    /// It is computed by `select`.
    Computed,
}

/// Where the column of that name comes from; `computed` are the names under `select`.
///
/// # Errors
/// If a file does not have it.
pub fn origin<'a>(
    source: &'a Source,
    computed: impl Iterator<Item = &'a str> + Clone,
    name: &str,
) -> Result<Origin, DataError> {
    if computed.clone().any(|c| c == name) {
        return Ok(Origin::Computed);
    }
    let without_column = source.parts.iter().find(|p| p.column(name).is_none());
    let Some(part) = without_column else { return Ok(Origin::File) };
    if source.parts.iter().all(|p| p.partitions.contains_key(name)) {
        return Ok(Origin::Partition);
    }
    Err(part.missing(name, computed))
}

/// Checks that a column is one value per row, as labels, keys, groups and expressions need it.
///
/// # Errors
/// [`DataError::NotScalar`] with the type found.
pub fn check_scalar(source: &Source, name: &str, purpose: Purpose) -> Result<(), DataError> {
    for part in &source.parts {
        if let Some((_, field)) = part.column(name)
            && !is_scalar(field.data_type())
        {
            return Err(DataError::NotScalar {
                path: part.path.clone(),
                column: name.to_string(),
                found: field.data_type().to_string(),
                purpose,
            });
        }
    }
    Ok(())
}

/// The chosen rows of a data set's columns, loaded when asked for.
pub struct Columns<'a> {
    pub source: &'a Source,
    /// The chosen rows, ascending, counted through all files.
    pub ids: &'a [u64],
    /// The chosen rows of the computed columns.
    pub computed: &'a BTreeMap<String, Scalars>,
}

impl Columns<'_> {
    fn origin(&self, name: &str) -> Result<Origin, DataError> {
        origin(self.source, self.computed.keys().map(String::as_str), name)
    }

    /// A scalar column.
    ///
    /// # Errors
    /// If it is missing, not scalar, or cannot be decoded.
    pub fn scalars(&self, name: &str) -> Result<Scalars, DataError> {
        match self.origin(name)? {
            Origin::File => load::scalars(self.source, self.ids, name),
            Origin::Partition => Ok(self.partition(name)),
            Origin::Computed => Ok(self.computed.get(name).cloned().unwrap_or(Scalars::Text(Vec::new()))),
        }
    }

    /// A column of numbers.
    ///
    /// # Errors
    /// If it is missing, holds no numbers, or cannot be decoded.
    pub fn numbers(&self, name: &str) -> Result<Numbers, DataError> {
        if self.origin(name)? == Origin::File {
            return load::numbers(self.source, self.ids, name);
        }
        let scalars = self.scalars(name)?;
        scalars.numbers(name).ok_or_else(|| DataError::WrongType {
            path: self.source.locate(0).0,
            column: name.to_string(),
            found: scalars.kind().to_string(),
            wanted: "numbers are needed; for class names set `labels: true`".into(),
        })
    }

    fn partition(&self, name: &str) -> Scalars {
        let parts = &self.source.parts;
        let values = Scalars::from_texts(parts.iter().map(|p| p.partitions.get(name).cloned().flatten()).collect());
        let rows = parts.iter().enumerate().flat_map(|(i, part)| {
            let rows = part.rows();
            let count = |end: u64| self.ids.partition_point(|&id| id < end);
            std::iter::repeat_n(i, count(rows.end) - count(rows.start))
        });
        values.take(&rows.collect::<Vec<_>>())
    }
}
