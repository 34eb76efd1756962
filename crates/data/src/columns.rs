//! The columns of a data set by name, wherever they come from: the files, their directories, or an expression.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use super::error::{DataError, Purpose};
use super::load;
use super::numbers::Numbers;
use super::scalars::{Scalars, is_label, is_scalar};
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
/// If a file does not have it, or has several of that name.
pub fn origin<'a>(
    source: &'a Source,
    computed: impl Iterator<Item = &'a str> + Clone,
    name: &str,
) -> Result<Origin, DataError> {
    if computed.clone().any(|c| c == name) {
        return Ok(Origin::Computed);
    }
    if let Some(part) = source.parts.iter().find(|p| p.count(name) > 1) {
        return Err(DataError::ColumnTwice { path: part.path.clone(), column: name.to_string() });
    }
    let without_column = source.parts.iter().find(|p| p.column(name).is_none());
    let Some(part) = without_column else { return Ok(Origin::File) };
    if source.parts.iter().all(|p| p.partitions.contains_key(name)) {
        return Ok(Origin::Partition);
    }
    match source.parts.iter().find(|p| p.column(name).is_some()) {
        Some(other) if !part.unreadable.contains_key(name) => Err(DataError::MissingInPart {
            path: part.path.clone(),
            column: name.to_string(),
            other: other.path.clone(),
        }),
        _ => Err(part.missing(name, computed)),
    }
}

/// Checks that a column is one value per row, as labels, keys, groups and expressions need it.
///
/// # Errors
/// [`DataError::NotScalar`] with the type found.
pub fn check_scalar(source: &Source, name: &str, purpose: Purpose) -> Result<(), DataError> {
    let fits = if purpose == Purpose::Label { is_label } else { is_scalar };
    for part in &source.parts {
        if let Some((_, field)) = part.column(name)
            && !fits(field.data_type())
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

/// Checks that labels are of one kind in all files: truth values and whole numbers agree (0 and 1), and so do whole
/// numbers and text, but fractions are no labels, and the text of truth values is not known.
///
/// # Errors
/// [`DataError::Kinds`] with the two files; [`DataError::WrongType`] for a file with fractions.
pub fn check_labels(source: &Source, name: &str) -> Result<(), DataError> {
    let kinds = || source.parts.iter().filter_map(|part| Some((part, label_kind(part.column(name)?.1.data_type())?)));
    let floats = kinds().find(|(_, kind)| *kind == LabelKind::Fraction);
    if let Some((part, kind)) = floats {
        return Err(DataError::WrongType {
            path: part.path.clone(),
            column: name.to_string(),
            found: kind.to_string(),
            wanted: "labels are integers, truth values or strings; CAST it to one under `select`".into(),
        });
    }
    let (truth, text) = (kinds().find(|(_, k)| *k == LabelKind::Truth), kinds().find(|(_, k)| *k == LabelKind::Text));
    match (truth, text) {
        (Some((one, a)), Some((other, b))) => {
            Err(DataError::differing(name, other.path.clone(), b.to_string(), one.path.clone(), a.to_string()))
        }
        _ => Ok(()),
    }
}

/// What labels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LabelKind {
    Truth,
    Whole,
    Fraction,
    Text,
}

impl std::fmt::Display for LabelKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Truth => "truth values",
            Self::Whole => "integers",
            Self::Fraction => "floating-point numbers",
            Self::Text => "strings",
        })
    }
}

fn label_kind(data_type: &DataType) -> Option<LabelKind> {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            label_kind(item.data_type())
        }
        DataType::Dictionary(_, value) => label_kind(value),
        DataType::Boolean => Some(LabelKind::Truth),
        other if other.is_integer() => Some(LabelKind::Whole),
        other if other.is_numeric() => Some(LabelKind::Fraction),
        other => is_scalar(other).then_some(LabelKind::Text),
    }
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
