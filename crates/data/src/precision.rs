//! Whether prepared numbers suit the precision that networks compute in: 32 bits, at most ±3.4e38.
//!
//! Data are read and prepared in the width of their files, so that large numbers may be scaled first. What is still too
//! large afterwards would become infinite without a word.

use std::borrow::Cow;

use super::dataset::{Dataset, Field, Values};
use super::error::DataError;
use crate::settings::OnInvalid;

impl Dataset {
    /// The data set with those rows only whose numbers in these fields are finite in 32 bits. Unless invalid rows are to be
    /// dropped, and then counted, they are an error.
    ///
    /// # Errors
    /// An unknown field; the first such row; if no row is left.
    pub fn in_single_precision(&self, fields: &[String]) -> Result<Cow<'_, Self>, DataError> {
        let mut out: Option<Self> = None;
        for name in fields {
            let data = out.as_ref().unwrap_or(self);
            let field = data.field(name)?;
            let Some((row, value)) = first_beyond(field, data.rows) else { continue };
            if self.on_invalid == OnInvalid::Error {
                return Err(DataError::Row { place: data.place(row), field: name.clone(), reason: reason(value) });
            }
            let kept: Vec<usize> = (0..data.rows).filter(|&row| beyond(field, row).is_none()).collect();
            let column = data.columns.get(name).unwrap_or(name).clone();
            if kept.is_empty() {
                return Err(DataError::NothingLeft {
                    name: column,
                    why: "within the range of 32-bit numbers".to_owned(),
                });
            }
            let mut left = data.take(&kept);
            *left.dropped.entry(column).or_insert(0) += data.rows - kept.len();
            out = Some(left);
        }
        Ok(out.map_or(Cow::Borrowed(self), Cow::Owned))
    }
}

fn reason(value: f64) -> String {
    format!(
        "the prepared value is {value:e}, and networks compute in 32-bit numbers, up to ±3.4e38; bring the field into range in a \
         `prepare` stage (`scale`, `standardise`), mend the row, or set `on_invalid: drop`"
    )
}

/// The first row with such a number. The whole field is looked at first, for nearly always there is none.
fn first_beyond(field: &Field, rows: usize) -> Option<(usize, f64)> {
    let fine = match &field.values {
        Values::F32(values) => values.iter().all(|value| value.is_finite()),
        Values::F64(values) => values.iter().all(|&value| is_fine(value)),
    };
    if fine { None } else { (0..rows).find_map(|row| beyond(field, row).map(|value| (row, value))) }
}

/// The first number of a row that is not finite in 32 bits.
fn beyond(field: &Field, row: usize) -> Option<f64> {
    field.range(row).map(|at| field.values.get(at)).find(|&value| !is_fine(value))
}

fn is_fine(value: f64) -> bool {
    (value as f32).is_finite()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use semola_lie::action::Action;

    use super::*;
    use crate::SourceFile;

    fn data(on_invalid: OnInvalid, values: Values, offsets: Option<Vec<usize>>) -> Dataset {
        let shape = if offsets.is_some() { vec![] } else { vec![2] };
        let field = Field { action: Action::Scalar, values, shape, offsets, unit: None, classes: None };
        Dataset {
            rows: 3,
            fields: BTreeMap::from([("x".to_owned(), field)]),
            row_ids: vec![0, 4, 5],
            files: vec![SourceFile { path: "a.parquet".into(), hash: String::new(), rows: 6 }],
            columns: BTreeMap::from([("x".to_owned(), "c".to_owned())]),
            on_invalid,
            ..Dataset::default()
        }
    }

    #[test]
    fn numbers_that_32_bits_do_not_hold_are_named_or_dropped_and_counted() {
        let x = ["x".to_owned()];
        let large = Values::F64(vec![1.0, 3.4e38, -1e39, 2.0, 0.0, f64::MIN_POSITIVE]);
        let wrong = data(OnInvalid::Error, large.clone(), None).in_single_precision(&x).unwrap_err().to_string();
        assert!(wrong.starts_with("row 4 of a.parquet, field `x`: the prepared value is -1e39"), "{wrong}");
        let whole = data(OnInvalid::Drop, large, None);
        let kept = whole.in_single_precision(&x).unwrap();
        assert_eq!((kept.rows, kept.row_ids.as_slice(), kept.dropped["c"]), (2, &[0, 5][..], 1));
        let ragged = Values::F32(vec![1.0, 2.0, f32::INFINITY]);
        let wrong =
            data(OnInvalid::Error, ragged, Some(vec![0, 1, 1, 3])).in_single_precision(&x).unwrap_err().to_string();
        assert!(wrong.starts_with("row 5 of a.parquet, field `x`: the prepared value is inf"), "{wrong}");
        let none = data(OnInvalid::Drop, Values::F64(vec![f64::NAN; 6]), None);
        assert!(matches!(none.in_single_precision(&x), Err(DataError::NothingLeft { .. })));
        let fine = data(OnInvalid::Error, Values::F64(vec![3.4e38; 6]), None);
        assert!(matches!(fine.in_single_precision(&x), Ok(Cow::Borrowed(_))));
        assert!(fine.in_single_precision(&["y".to_owned()]).is_err());
    }
}
