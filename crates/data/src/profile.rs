//! A profile of the columns of a data set, with a sample of their values: for writing a pipeline.

use std::collections::BTreeSet;
use std::path::PathBuf;

use arrow::datatypes::{DataType, Metadata};

use super::check_action::RowShape;
use super::error::DataError;
use super::fields::metadata_shape;
use super::foreign::{Base, How};
use super::load;
use super::numbers::Numbers;
use super::picture::Header;
use super::pictures::{Encoded, holds_pictures};
use super::row_group::{batches, units};
use super::scalars::{Scalars, is_scalar};
use super::source::Source;
use super::stated_shape::is_permuted;
use super::unit::stated;

/// Rows of the sample from the start of the data set, where rows that belong together are seen together.
const HEAD: u64 = 1024;

/// Stretches of rows after it, evenly spread to the end, and their rows: data may be sorted by what is to be learned.
const STRETCHES: u64 = 16;
const STRETCH: u64 = 64;

/// Pictures of the sample from each end; they are large.
const PICTURES: usize = 64;

/// The profile of a data set.
#[derive(Debug)]
pub struct Profile {
    pub files: Vec<PathBuf>,
    pub rows: u64,
    /// In the order of the first file.
    pub columns: Vec<ColumnProfile>,
}

/// The profile of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnProfile {
    pub name: String,
    pub kind: Kind,
    /// Shape of a row in the sample.
    pub shape: RowShape,
    pub unit: Option<String>,
    /// The shape that metadata gives a flat column.
    pub stated: Option<Vec<usize>>,
    /// Names of the classes that integers stand for, from the metadata of Hugging Face.
    pub classes: Option<Vec<String>>,
    pub sample: Sample,
}

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Float,
    Integer,
    Truth,
    Text,
    Picture,
    /// Nothing that a field can be made of.
    Other,
    /// Several columns have that name.
    Twice,
    /// Numbers by its type, but no row of the sample has any that could be used: nulls, NaN or empty lists only.
    Empty,
}

/// Some rows of a column, from its start and all over the data set; the same rows for all columns (but pictures).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    /// Numbers of all rows, end to end; nulls are 0 or NaN.
    pub values: Vec<f64>,
    /// Points in each row, where rows are lists of any length.
    pub lengths: Option<Vec<usize>>,
    pub texts: Vec<Option<String>>,
    pub pictures: Vec<Header>,
}

impl Kind {
    /// Numbers, as fields need them.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Float | Self::Integer | Self::Truth)
    }
}

/// Looks at files: their schema, and some rows of every column.
///
/// # Errors
/// If files are not found or cannot be decoded. A column that cannot be used is of kind [`Kind::Other`].
pub fn profile<'a>(paths: &[PathBuf], base: impl Into<Base<'a>>, how: How) -> Result<Profile, DataError> {
    let base = base.into();
    let source = Source::open(paths, base, how)?;
    let ids = sampled(source.rows);
    let Some(part) = source.parts.first() else { return Err(DataError::NoRows(base.directory.to_path_buf())) };
    let classes = class_names(part.schema().metadata());
    let mut columns: Vec<ColumnProfile> = Vec::with_capacity(part.schema().fields().len());
    for field in part.schema().fields() {
        let name = field.name();
        if source.parts.iter().any(|p| p.column(name).is_none()) || columns.iter().any(|c| c.name == *name) {
            continue;
        }
        let twice = source.parts.iter().any(|p| p.count(name) > 1);
        let permuted = source.parts.iter().any(|p| p.column(name).is_some_and(|(_, f)| is_permuted(f.metadata())));
        let kind = match holds_pictures(&source, name) {
            _ if twice => Kind::Twice,
            Ok(true) => Kind::Picture,
            Ok(false) if !permuted => kind(field.data_type()),
            _ => Kind::Other,
        };
        let (kind, shape, sample) = sample(&source, &ids, name, kind)?;
        columns.push(ColumnProfile {
            name: name.clone(),
            kind,
            shape,
            unit: stated(field).map(str::to_string),
            stated: metadata_shape(&source, name),
            classes: classes.iter().find(|(n, _)| n == name).map(|(_, names)| names.clone()),
            sample,
        });
    }
    let files = source.parts.iter().flat_map(|part| part.files()).map(|file| file.path).collect();
    Ok(Profile { files, rows: source.rows, columns })
}

/// The first rows, and stretches of rows all over the files.
fn sampled(rows: u64) -> Vec<u64> {
    let rest = rows.saturating_sub(HEAD);
    let start = |i: u64| {
        // The last stretch ends with the last row.
        let last = rest.saturating_sub(STRETCH);
        HEAD + (u128::from(last) * u128::from(i) / u128::from(STRETCHES - 1)) as u64
    };
    let mut ids: Vec<u64> = (0..rows.min(HEAD)).collect();
    for i in 0..STRETCHES {
        let from = ids.last().map_or(0, |last| last + 1).max(start(i));
        ids.extend(from..(start(i) + STRETCH).min(rows).max(from));
    }
    ids
}

fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            match kind(item.data_type()) {
                Kind::Text => Kind::Other,
                inner => inner,
            }
        }
        DataType::Dictionary(_, value) => kind(value),
        DataType::Boolean => Kind::Truth,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Kind::Other,
        other if other.is_integer() => Kind::Integer,
        other if other.is_numeric() => Kind::Float,
        other if is_scalar(other) => Kind::Text,
        _ => Kind::Other,
    }
}

fn sample(source: &Source, ids: &[u64], name: &str, kind: Kind) -> Result<(Kind, RowShape, Sample), DataError> {
    let one = RowShape::Fixed(Vec::new());
    let nothing = (Kind::Other, one.clone(), Sample::default());
    match kind {
        Kind::Other | Kind::Empty => Ok(nothing),
        Kind::Twice => Ok((kind, one, Sample::default())),
        Kind::Picture => {
            let pictures = pictures(source, ids, name)?;
            let kind = if pictures.is_empty() { Kind::Other } else { kind };
            Ok((kind, one, Sample { pictures, ..Sample::default() }))
        }
        Kind::Text => match load::scalars(source, ids, name) {
            Ok(Scalars::Text(texts)) => Ok((kind, one, Sample { texts, ..Sample::default() })),
            Ok(_) | Err(DataError::WrongType { .. }) => Ok(nothing),
            Err(other) => Err(other),
        },
        Kind::Float | Kind::Integer | Kind::Truth => match load::numbers(source, ids, name) {
            Ok(numbers) if is_empty(&numbers) => Ok((Kind::Empty, one, Sample::default())),
            Ok(numbers) => {
                let lengths = numbers.lengths;
                let shape = match (&lengths, lengths.as_ref().and_then(|l| l.first())) {
                    (Some(all), Some(first)) if all.iter().all(|n| n == first) => {
                        RowShape::Fixed(std::iter::once(*first).chain(numbers.axes).collect())
                    }
                    (Some(_), _) => RowShape::Ragged(numbers.axes),
                    (None, _) => RowShape::Fixed(numbers.axes),
                };
                let values = numbers.values.iter().collect();
                Ok((kind, shape, Sample { values, lengths, ..Sample::default() }))
            }
            Err(DataError::Shape { .. } | DataError::WrongType { .. } | DataError::Kinds { .. }) => Ok(nothing),
            Err(other) => Err(other),
        },
    }
}

/// Is every row invalid, or without points?
fn is_empty(numbers: &Numbers) -> bool {
    let invalid: BTreeSet<usize> = numbers.bad.iter().map(|bad| bad.row).collect();
    let without = |row: &usize| numbers.lengths.as_ref().is_some_and(|all| all.get(*row) == Some(&0));
    numbers.rows > 0 && (0..numbers.rows).all(|row| invalid.contains(&row) || without(&row))
}

fn pictures(source: &Source, ids: &[u64], name: &str) -> Result<Vec<Header>, DataError> {
    let ends = ids.iter().take(PICTURES).chain(ids.iter().rev().take(PICTURES));
    let mut some: Vec<u64> = ends.copied().collect();
    some.sort_unstable();
    some.dedup();
    let mut headers = Vec::new();
    for unit in units(source, &some) {
        for array in batches(&unit, name, None)? {
            let corrupt = |e: arrow::error::ArrowError| DataError::Corrupt {
                path: unit.part.path.clone(),
                reason: e.to_string(),
            };
            let encoded = Encoded::of(&array).map_err(corrupt)?;
            headers.extend(
                (0..array.len()).filter_map(|row| super::picture::header(&encoded.bytes(row, unit.part).ok()?).ok()),
            );
        }
    }
    Ok(headers)
}

/// Columns that are a `ClassLabel` in the metadata that Hugging Face's `datasets` writes, with the names of the classes.
fn class_names(metadata: &Metadata) -> Vec<(String, Vec<String>)> {
    let parsed = metadata.get("huggingface").and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let features = parsed.as_ref().and_then(|v| v.pointer("/info/features")).and_then(|f| f.as_object());
    let names = |(column, feature): (&String, &serde_json::Value)| {
        let names = feature.get("names").filter(|_| feature.get("_type").is_some_and(|t| t == "ClassLabel"))?;
        let names = names.as_array()?.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect();
        Some((column.clone(), names))
    };
    features.into_iter().flatten().filter_map(names).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::*;
    use super::*;

    #[test]
    fn columns_are_told_apart_with_the_same_rows_of_each() {
        let lengths = [Some(2), Some(1), Some(3), Some(1)];
        let case = Case::new(&[
            ("p", lists(fixed(f32s(&count(21)), 3), &lengths), &[("unit", "Å")]),
            ("image", fixed(ints(&[0; 24]), 6), &[("shape", "[2, 3]")]),
            ("name", texts(&["a", "b", "a", "b"]), &[]),
            ("words", lists(texts(&["x"; 7]), &lengths), &[]),
            ("e", f64s(&[1.0, 2.0, 3.0, 4.0]), &[]),
        ]);
        let found = profile(&[case.path("a.parquet")], Path::new(""), How::default()).unwrap();
        let kinds: Vec<Kind> = found.columns.iter().map(|c| c.kind).collect();
        assert_eq!(kinds, [Kind::Float, Kind::Integer, Kind::Text, Kind::Other, Kind::Float]);
        let p = &found.columns[0];
        assert_eq!((&p.shape, p.unit.as_deref(), p.sample.values.len()), (&RowShape::Ragged(vec![3]), Some("Å"), 21));
        assert_eq!(p.sample.lengths.as_deref(), Some(&[2, 1, 3, 1][..]));
        assert_eq!(found.columns[1].stated, Some(vec![2, 3]));
        assert_eq!(found.columns[2].sample.texts[3].as_deref(), Some("b"));
        assert_eq!((found.rows, found.columns[4].sample.values.clone()), (4, vec![1.0, 2.0, 3.0, 4.0]));
    }

    #[test]
    fn the_sample_reaches_all_over_the_files() {
        assert_eq!(sampled(5), [0, 1, 2, 3, 4]);
        for rows in [1, 64, 1023, 1025, 1100, 2048, 6000, 1_000_000, u64::MAX / 2] {
            let ids = sampled(rows);
            assert!(ids.is_sorted_by(|a, b| a < b) && ids.len() <= 2048, "{rows}");
            assert_eq!((ids[0], *ids.last().unwrap()), (0, rows - 1), "{rows}");
        }
        // Ten classes, sorted, in one row group.
        let ids = sampled(6000);
        let classes: BTreeSet<u64> = ids.iter().map(|id| id / 600).collect();
        assert_eq!(classes.len(), 10);
    }

    #[test]
    fn columns_of_one_name_are_told() {
        let case =
            Case::new(&[("y", f64s(&[1.0, 2.0]), &[]), ("x", f64s(&[1.0, 2.0]), &[]), ("y", f64s(&[3.0, 4.0]), &[])]);
        let found = profile(&[case.path("a.parquet")], Path::new(""), How::default()).unwrap();
        let kinds: Vec<(&str, Kind)> = found.columns.iter().map(|c| (c.name.as_str(), c.kind)).collect();
        assert_eq!(kinds, [("y", Kind::Twice), ("x", Kind::Float)]);
    }

    #[test]
    fn columns_without_any_value_are_empty() {
        let lengths = [Some(0), None, Some(0), Some(0)];
        let case = Case::new(&[
            ("p", lists(fixed(f32s(&[]), 3), &lengths), &[]),
            ("nan", f64s(&[f64::NAN; 4]), &[]),
            ("some", f64s(&[f64::NAN, f64::NAN, f64::NAN, 4.0]), &[]),
        ]);
        let found = profile(&[case.path("a.parquet")], Path::new(""), How::default()).unwrap();
        let kinds: Vec<Kind> = found.columns.iter().map(|c| c.kind).collect();
        assert_eq!(kinds, [Kind::Empty, Kind::Empty, Kind::Float]);
    }

    #[test]
    fn pictures_and_class_names_of_hugging_face_are_known() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pictures.parquet");
        let found = profile(&[path], Path::new(""), How::default()).unwrap();
        let column = |name: &str| found.columns.iter().find(|c| c.name == name).unwrap();
        assert_eq!((column("image").kind, column("plain").kind), (Kind::Picture, Kind::Picture));
        assert_eq!(column("photo").sample.pictures[0].format, "jpeg");
        assert_eq!(column("label").classes.as_ref().unwrap(), &["bar", "cross", "ring"]);
        assert_eq!(column("name").classes, None);
    }
}
