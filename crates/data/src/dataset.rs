//! A data set in memory: fields of dense or ragged numbers, ready for tensors.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Range;
use std::path::{Path, PathBuf};

use semola_document::hint;
use semola_lie::action::Action;

use super::check_action::RowShape;
use super::error::DataError;
use super::pieces::{Number, Ticks, new_rows, offsets as offsets_of};
use super::transform::Transform;
use crate::settings::OnInvalid;

/// Numbers in the width of their source, so that large offsets (total energies) survive until a step removes them.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// One field of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub action: Action,
    /// Row-major values of all rows, end to end.
    pub values: Values,
    /// Shape of one row (`[8]`, `[5, 3]`, `[28, 28, 1]`); for ragged fields the shape of one point (`[3]`, `[]` for scalars).
    pub shape: Vec<usize>,
    /// Ragged fields: `rows + 1` offsets, counted in points.
    pub offsets: Option<Vec<usize>>,
    pub unit: Option<String>,
    /// Class names, if the values are numbered labels.
    pub classes: Option<Vec<String>>,
}

/// A file that a data set was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFile {
    pub path: PathBuf,
    /// BLAKE3 of the file's bytes, hexadecimal.
    pub hash: String,
    pub rows: usize,
}

/// A data set: the same number of rows in every field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    pub rows: usize,
    pub fields: BTreeMap<String, Field>,
    /// Which group (trajectory, molecule) each row belongs to, numbered from 0 in order of appearance.
    pub groups: Option<Vec<u32>>,
    /// Scalar columns read as strings for `split: {by: …}`, by column name.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The row's number in the source files, counted through them in order, before any selection.
    pub row_ids: Vec<u64>,
    pub files: Vec<SourceFile>,
    /// Rows left out by `on_invalid: drop`, by column.
    pub dropped: BTreeMap<String, usize>,
    /// What preparation did to each field, first step first.
    pub history: BTreeMap<String, Vec<Transform>>,
    /// Which column each field was read from, for messages.
    pub columns: BTreeMap<String, String>,
    /// What to do with rows that turn out to be invalid only later (labels unseen in training).
    pub on_invalid: OnInvalid,
}

impl Field {
    /// Numbers in one row, or in one point of a ragged field.
    pub fn block(&self) -> usize {
        self.shape.iter().product()
    }

    /// Where row `i` lies in the values.
    pub fn range(&self, i: usize) -> Range<usize> {
        let block = self.block();
        match &self.offsets {
            None => i * block..(i + 1) * block,
            Some(offsets) => {
                let at = |i: usize| offsets.get(i).copied().unwrap_or(0) * block;
                at(i)..at(i + 1)
            }
        }
    }

    /// The shape of a row.
    pub fn row_shape(&self) -> RowShape {
        match self.offsets {
            None => RowShape::Fixed(self.shape.clone()),
            Some(_) => RowShape::Ragged(self.shape.clone()),
        }
    }

    /// The field with its first axis as the points of rows that may differ in their number; as it is, where it has no axis.
    #[must_use]
    pub fn as_ragged(self) -> Self {
        match (self.offsets.is_some(), self.shape.split_first()) {
            (false, Some((&points, point))) => {
                let rows = self.values.len() / self.block().max(1);
                let offsets = Some((0..=rows).map(|row| row * points).collect());
                Self { shape: point.to_vec(), offsets, ..self }
            }
            _ => self,
        }
    }

    /// The field with these rows, in this order.
    pub fn take(&self, rows: &[usize]) -> Self {
        let lengths = |offsets: &Vec<usize>| {
            let at = |r: usize| offsets.get(r).copied().unwrap_or(0);
            offsets_of(rows.iter().map(|&r| at(r + 1).saturating_sub(at(r))))
        };
        let offsets = self.offsets.as_ref().map(lengths);
        let block = self.block();
        let start = |i: usize| block * offsets.as_ref().map_or(i, |o| o.get(i).copied().unwrap_or(0));
        let values = match &self.values {
            Values::F32(v) => Values::F32(self.picked(v, rows, start)),
            Values::F64(v) => Values::F64(self.picked(v, rows, start)),
        };
        Self { values, offsets, ..self.without_values() }
    }

    fn picked<T: Number>(&self, from: &[T], rows: &[usize], start: impl Fn(usize) -> usize + Sync) -> Vec<T> {
        let copy = |_: &mut (), i: usize, out: &mut [T]| {
            let row = rows.get(i).and_then(|&row| from.get(self.range(row))).unwrap_or(&[]);
            out.iter_mut().zip(row).for_each(|(o, v)| *o = *v);
            Ok::<(), Infallible>(())
        };
        let picked = new_rows(rows.len(), start, &Ticks::silent(), |_| (), copy);
        picked.unwrap_or_else(|never| match never {})
    }

    fn without_values(&self) -> Self {
        Self {
            action: self.action,
            values: Values::F32(Vec::new()),
            shape: self.shape.clone(),
            offsets: None,
            unit: self.unit.clone(),
            classes: self.classes.clone(),
        }
    }
}

impl Dataset {
    /// The field of that name.
    ///
    /// # Errors
    /// [`DataError::UnknownField`], with a suggestion.
    pub fn field(&self, name: &str) -> Result<&Field, DataError> {
        let unknown = || DataError::UnknownField {
            field: name.to_string(),
            hint: hint(name, self.fields.keys().map(String::as_str)),
        };
        self.fields.get(name).ok_or_else(unknown)
    }

    /// Numbers in each row of a field.
    ///
    /// # Errors
    /// If there is no such field, or its rows are ragged; the message names two rows that differ.
    pub fn width(&self, name: &str) -> Result<usize, DataError> {
        let field = self.field(name)?;
        match &field.offsets {
            None => Ok(field.block()),
            Some(offsets) => Err(self.ragged(name, offsets)),
        }
    }

    /// The values of a field of fixed width, row-major, rounded to 32 bits.
    ///
    /// # Errors
    /// As [`Dataset::width`].
    pub fn dense_f32(&self, name: &str) -> Result<Vec<f32>, DataError> {
        self.width(name)?;
        Ok(self.field(name)?.values.to_f32())
    }

    fn ragged(&self, name: &str, offsets: &[usize]) -> DataError {
        let lengths: Vec<usize> = offsets.iter().zip(offsets.iter().skip(1)).map(|(a, b)| b - a).collect();
        let first = lengths.first().copied().unwrap_or(0);
        let odd = lengths.iter().position(|&n| n != first).unwrap_or(0);
        let odd_length = lengths.get(odd).copied().unwrap_or(0);
        DataError::Field {
            field: name.to_string(),
            reason: format!(
                "rows of one fixed length are needed, but {} has {first} points and {} has {odd_length}; say `shape` \
                 with `on_invalid: drop`, or choose rows of one length with `where`",
                self.place(0),
                self.place(odd)
            ),
        }
    }

    /// Where a row of this data set (by position) comes from, in words.
    pub fn place(&self, row: usize) -> String {
        match self.row_ids.get(row).and_then(|&id| self.locate(id)) {
            Some((path, row)) => format!("row {row} of {}", path.display()),
            None => format!("row {row}"),
        }
    }

    /// The file that a row id belongs to, and the row's number in that file, from 0.
    pub fn locate(&self, row_id: u64) -> Option<(&Path, u64)> {
        let mut first = 0;
        for file in &self.files {
            let rows = file.rows as u64;
            if row_id < first + rows {
                return Some((&file.path, row_id - first));
            }
            first += rows;
        }
        None
    }

    /// The data set with these rows, in this order (a row may come twice). Rows past the end are left out.
    pub fn take(&self, rows: &[usize]) -> Self {
        let kept: Vec<usize> = rows.iter().copied().filter(|&r| r < self.rows).collect();
        fn pick<T: Clone>(from: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().filter_map(|&r| from.get(r).cloned()).collect()
        }
        let changes = |list: &Vec<Transform>| list.iter().map(|t| t.take(&kept)).collect();
        Self {
            rows: kept.len(),
            fields: self.fields.iter().map(|(name, f)| (name.clone(), f.take(&kept))).collect(),
            groups: self.groups.as_ref().map(|g| pick(g, &kept)),
            keys: self.keys.iter().map(|(name, k)| (name.clone(), pick(k, &kept))).collect(),
            row_ids: pick(&self.row_ids, &kept),
            files: self.files.clone(),
            dropped: self.dropped.clone(),
            history: self.history.iter().map(|(name, list)| (name.clone(), changes(list))).collect(),
            columns: self.columns.clone(),
            on_invalid: self.on_invalid,
        }
    }

    /// The product of all scalings of a field by one number: what a prepared unit is in physical ones, for translations.
    pub fn scaling(&self, name: &str) -> f64 {
        let steps = self.history.get(name).map_or(&[][..], Vec::as_slice);
        steps.iter().map(|t| if let Transform::ScaleBy(s) = t { *s } else { 1.0 }).product()
    }

    /// Bytes that the values, offsets and row numbers take.
    pub fn memory_bytes(&self) -> usize {
        let word = size_of::<usize>();
        let field = |f: &Field| f.values.bytes() + f.offsets.as_ref().map_or(0, |o| o.len() * word);
        let keys: usize = self.keys.values().flatten().map(|k| k.len() + size_of::<String>()).sum();
        let groups = self.groups.as_ref().map_or(0, |g| g.len() * size_of::<u32>());
        self.fields.values().map(field).sum::<usize>() + keys + groups + self.row_ids.len() * size_of::<u64>()
    }

    /// Maps values of a field from prepared to physical units, in place.
    ///
    /// `values` holds the rows `rows` of this data set (by position), row-major, end to end; the values may be
    /// predictions, also of a field that this data set only has a history of (data without targets): then all rows are
    /// taken to be equally wide.
    ///
    /// # Errors
    /// If there is no such field, or `values` is not as long as those rows are.
    pub fn inverse(&self, name: &str, rows: &[usize], values: &mut [f64]) -> Result<(), DataError> {
        self.undo(name, rows, values, 0)
    }

    /// Maps values of a field from prepared units to those that errors are measured in: physical ones, or the scale
    /// of the last compression, because of errors on the physical scale nothing but the largest values would be seen.
    ///
    /// # Errors
    /// As [`Dataset::inverse`].
    pub fn measured(&self, name: &str, rows: &[usize], values: &mut [f64]) -> Result<(), DataError> {
        self.undo(name, rows, values, self.compressed_until(name))
    }

    /// Whether a field's values have been compressed, so that errors are not measured in its unit.
    pub fn is_compressed(&self, name: &str) -> bool {
        self.compressed_until(name) > 0
    }

    /// How many of a field's changes there are up to the last compression, that included.
    fn compressed_until(&self, name: &str) -> usize {
        let changes = self.history.get(name).map_or(&[][..], Vec::as_slice);
        changes.iter().rposition(|change| !change.is_affine()).map_or(0, |at| at + 1)
    }

    /// Undoes all changes of a field but the first `kept`.
    fn undo(&self, name: &str, rows: &[usize], values: &mut [f64], kept: usize) -> Result<(), DataError> {
        let noted = self.history.get(name);
        let history = noted.map_or(&[][..], |changes| changes.get(kept..).unwrap_or(&[]));
        let field = if noted.is_some() { self.fields.get(name) } else { Some(self.field(name)?) };
        let width = |row: usize| field.map_or(values_per_row(values.len(), rows.len()), |f| f.range(row).len());
        let widths: Vec<usize> = rows.iter().map(|&row| width(row)).collect();
        let wanted: usize = widths.iter().sum();
        if wanted != values.len() || rows.iter().any(|&row| row >= self.rows) {
            let reason = format!("{} rows have {wanted} numbers, not {}", rows.len(), values.len());
            return Err(DataError::Field { field: name.to_string(), reason });
        }
        let mut rest = values;
        for (&row, width) in rows.iter().zip(widths) {
            let (one, tail) = rest.split_at_mut(width);
            history.iter().rev().for_each(|change| change.inverse(row, one));
            rest = tail;
        }
        Ok(())
    }
}

fn values_per_row(values: usize, rows: usize) -> usize {
    values / rows.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Dataset {
        let dense = Field {
            action: Action::Vector { dim: 2 },
            values: Values::F32(vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            shape: vec![2],
            offsets: None,
            unit: Some("m".into()),
            classes: None,
        };
        let ragged = Field {
            action: Action::Scalar,
            values: Values::F64(vec![1.0, 6.0, 6.0, 8.0]),
            shape: vec![],
            offsets: Some(vec![0, 1, 1, 4]),
            unit: None,
            classes: None,
        };
        let file = |name: &str, rows| SourceFile { path: name.into(), hash: String::new(), rows };
        Dataset {
            rows: 3,
            fields: BTreeMap::from([("x".into(), dense), ("z".into(), ragged)]),
            groups: Some(vec![0, 0, 1]),
            keys: BTreeMap::from([("k".into(), vec!["a".into(), "b".into(), "c".into()])]),
            row_ids: vec![0, 1, 4],
            files: vec![file("one", 3), file("two", 2)],
            history: BTreeMap::from([(
                "x".into(),
                vec![Transform::ScaleBy(2.0), Transform::PerRow { block: 1, shifts: vec![1.0, 2.0, 3.0] }],
            )]),
            ..Dataset::default()
        }
    }

    #[test]
    fn takes_rows_with_everything_that_belongs_to_them() {
        let taken = sample().take(&[2, 0, 99]);
        assert_eq!(taken.rows, 2);
        assert_eq!(taken.fields["x"].values, Values::F32(vec![4.0, 5.0, 0.0, 1.0]));
        assert_eq!(taken.fields["z"].values, Values::F64(vec![6.0, 6.0, 8.0, 1.0]));
        assert_eq!(taken.fields["z"].offsets, Some(vec![0, 3, 4]));
        assert_eq!(taken.groups, Some(vec![1, 0]));
        assert_eq!(taken.keys["k"], ["c", "a"]);
        assert_eq!(taken.row_ids, [4, 0]);
        let mut values = [0.0, 0.0];
        taken.inverse("x", &[0], &mut values).unwrap();
        assert_eq!(values, [6.0, 6.0]);
    }

    #[test]
    fn names_the_rows_that_are_ragged() {
        let data = sample();
        assert_eq!(data.width("x").unwrap(), 2);
        let message = data.dense_f32("z").unwrap_err().to_string();
        assert!(message.contains("row 0 of one has 1 points and row 1 of one has 0"), "{message}");
        assert_eq!(data.locate(4), Some((Path::new("two"), 1)));
        assert!(data.field("y").unwrap_err().to_string().contains("there are: x, z"));
        assert!(data.inverse("x", &[0], &mut [0.0]).is_err());
        assert_eq!(data.memory_bytes(), 24 + 32 + 32 + 3 + 3 * size_of::<String>() + 12 + 24);
    }
}
