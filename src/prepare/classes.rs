//! The distinct values of a field, as classes.

use rayon::prelude::*;
use semola_data::pieces::{Number, Ticks, new_rows};
use semola_data::settings::OnInvalid;
use semola_data::{Dataset, Field, Values};
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

use super::call::{Call, drop_rows, place};
use super::checking::Checking;
use super::error::PrepareError;
use semola_plan::{Certainty, FieldShape};

/// Maximal number of distinct values to be treated as classes.
const MOST: usize = 1000;

/// Classes in order, by name and (if they are not labels) by value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classes {
    pub names: Vec<String>,
    /// The values, ascending; `None` if the field holds labels.
    pub values: Option<Vec<f64>>,
}

impl Classes {
    /// The classes with these values.
    pub fn of_values(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        values.dedup();
        Self { names: values.iter().map(f64::to_string).collect(), values: Some(values) }
    }

    /// All classes that occur in a field.
    ///
    /// # Errors
    /// If there are too many distinct values to be classes.
    pub fn of(field: &Field) -> Result<Self, String> {
        if let Some(names) = &field.classes {
            return Ok(Self { names: names.clone(), values: None });
        }
        let values = match &field.values {
            Values::F32(values) => distinct(values),
            Values::F64(values) => distinct(values),
        };
        let many = || format!("it has more than {MOST} different values, too many for classes");
        Ok(Self::of_values(values.ok_or_else(many)?))
    }

    /// The number of the class of each value of a field, rounded to 32 bits; NaN for values of no class.
    ///
    /// # Errors
    /// If these classes are of labels and the field holds none, or vice versa.
    pub fn numbers(&self, call: &Call, name: &str, field: &Field) -> Result<Vec<f32>, PrepareError> {
        let table: Vec<f32> = match (&self.values, &field.classes) {
            (None, Some(own)) => own.iter().map(|n| number(self.names.iter().position(|m| m == n))).collect(),
            (Some(_), None) => Vec::new(),
            (None, None) => return Err(call.wrong(name, "it holds no class labels, but did where this was fitted")),
            (Some(_), Some(_)) => {
                return Err(call.wrong(name, "it holds class labels, but did not where this was fitted"));
            }
        };
        let of = |x: f64| match &self.values {
            Some(values) => number(values.binary_search_by(|v| v.total_cmp(&(x + 0.0))).ok()),
            None => table.get(x as usize).copied().unwrap_or(f32::NAN),
        };
        Ok(call.ticking(field.values.len(), name, |ticks| match &field.values {
            Values::F32(values) => mapped(values, ticks, of),
            Values::F64(values) => mapped(values, ticks, of),
        }))
    }
}

fn number(position: Option<usize>) -> f32 {
    position.map_or(f32::NAN, |i| i as f32)
}

fn mapped<T: Number>(values: &[T], ticks: &Ticks, of: impl Fn(f64) -> f32 + Sync) -> Vec<f32> {
    let op = |_: &mut (), i: usize, out: &mut [f32]| {
        out.iter_mut().zip(values.get(i..).unwrap_or(&[])).for_each(|(o, x)| *o = of(x.wide()));
        Ok::<(), std::convert::Infallible>(())
    };
    new_rows(values.len(), |i| i, ticks, |_| (), op).unwrap_or_else(|never| match never {})
}

/// The distinct values, −0 as 0; `None` for more than [`MOST`].
fn distinct<T: Number>(values: &[T]) -> Option<Vec<f64>> {
    let merge = |mut known: Vec<f64>, x: f64| {
        if let Err(at) = known.binary_search_by(|k| k.total_cmp(&x)) {
            known.insert(at, x);
        }
        (known.len() <= MOST).then_some(known)
    };
    let piece = |values: &[T]| values.iter().map(|x| x.wide() + 0.0).try_fold(Vec::new(), merge);
    let pieces: Vec<Option<Vec<f64>>> = values.par_chunks(1 << 16).map(piece).collect();
    pieces.into_iter().try_fold(Vec::new(), |all, piece| piece?.into_iter().try_fold(all, merge))
}

/// Checks that a field is scalar: only scalars can be classes.
///
/// # Errors
/// If it is not.
pub fn check_scalar(action: Action) -> Result<(), String> {
    match action {
        Action::Scalar => Ok(()),
        _ => Err("only scalars are classes".to_owned()),
    }
}

/// Checks that values are as they were read: centring or scaling would change them.
///
/// # Errors
/// If the field is not scalar, or was changed.
pub fn check_unchanged(field: &FieldShape) -> Result<(), String> {
    check_scalar(field.action)?;
    match field.changes.first() {
        Some(step) => Err(format!("it was changed by {step} before; put this step first")),
        None => Ok(()),
    }
}

/// Rows with values of no class are left out like other invalid rows.
pub fn drop_unknown(at: &mut Checking) {
    at.data_sets(|data| {
        if data.drops {
            data.loses_rows(Certainty::AtMost);
        }
    });
}

/// Handles rows with a value of no class (NaN among `numbers`): an error, or they are left out and counted. Returns the
/// class numbers of the remaining rows.
///
/// # Errors
/// The first such row, unless they are to be dropped; also if no row would be left.
pub fn settle(
    call: &Call,
    data: &mut Dataset,
    name: &str,
    numbers: Vec<f32>,
    on_invalid: OnInvalid,
    classes: &Classes,
) -> Result<Vec<f32>, PrepareError> {
    if !numbers.par_iter().any(|n| n.is_nan()) {
        return Ok(numbers);
    }
    let field = call.field(data, name)?;
    let of = |row: usize| numbers.get(field.range(row)).unwrap_or(&[]);
    let kept: Vec<usize> = (0..data.rows).filter(|&row| !of(row).iter().any(|n| n.is_nan())).collect();
    if on_invalid == OnInvalid::Error || kept.is_empty() {
        let row = (0..data.rows).find(|&row| of(row).iter().any(|n| n.is_nan())).unwrap_or(0);
        let at = field.range(row).zip(of(row)).find(|(_, n)| n.is_nan()).map_or(0, |(i, _)| i);
        let value = field.values.get(at);
        let value = match &field.classes {
            Some(own) => own.get(value as usize).cloned().unwrap_or_default(),
            None => value.to_string(),
        };
        let known = classes.names.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
        let reason = format!(
            "{} holds {value}, which is none of the classes ({known}); say `on_invalid: drop` to leave such rows out",
            place(data, row)
        );
        return Err(call.wrong(name, reason));
    }
    let left = kept.iter().flat_map(|&row| of(row)).copied().collect();
    drop_rows(data, name, &kept);
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::Fitted;
    use crate::prepare::fixtures::{clouds, failure, numbers, one, prepared, quiet};
    use semola_engine::Streams;

    #[test]
    fn classes_are_found_on_fit_and_kept_for_other_data() {
        let text = "{one_hot: {field: z, as: e}}, {one_hot: {field: n, as: k}}, {encode: {field: n}}";
        let (data, fitted) = prepared(text, clouds(30, 1)).unwrap();
        assert_eq!((&data.fields["e"].shape, &data.fields["k"].shape), (&vec![3], &vec![3]));
        let (z, e) = (numbers(&data, "z"), numbers(&data, "e"));
        for (z, e) in z.iter().zip(e.chunks(3)) {
            assert_eq!(e, [1.0, 6.0, 8.0].map(|c| f64::from(u8::from(c == *z))));
        }
        assert_eq!(data.fields["n"].classes.as_deref().unwrap(), ["3", "20", "100"], "in ascending order");
        assert_eq!(numbers(&data, "n")[..3], [1.0, 0.0, 2.0]);
        let streams = Streams::new(1);
        let mut other = clouds(4, 2);
        other.fields.get_mut("z").unwrap().values = Values::F64(vec![8.0; other.fields["z"].values.len()]);
        fitted[0].apply(0, "b", &mut other, quiet(&streams)).unwrap();
        assert_eq!(numbers(&other, "e")[..3], [0.0, 0.0, 1.0]);
        let mut unknown = clouds(4, 2);
        unknown.fields.get_mut("n").unwrap().values = Values::F64(vec![3.0, 4.0, 3.0, 100.0]);
        let message = fitted[2].apply(2, "b", &mut unknown, quiet(&streams)).unwrap_err().to_string();
        assert!(message.contains("row 1 (row 1 of f.parquet) holds 4") && message.contains("3, 20, 100"), "{message}");
        let drop = "{encode: {field: n, on_invalid: drop}}";
        let fitted = prepared(drop, clouds(30, 1)).unwrap().1;
        fitted[0].apply(0, "b", &mut unknown, quiet(&streams)).unwrap();
        assert_eq!((unknown.rows, unknown.dropped["n"], numbers(&unknown, "n")), (3, 1, vec![0.0, 0.0, 2.0]));
        let given = one("{one_hot: {field: z, as: e, classes: [9, 8, 6, 1]}}", clouds(30, 1));
        assert_eq!(given.fields["e"].shape, [4]);
        let replaced = one("{one_hot: {field: z}}", clouds(30, 1));
        assert_eq!(replaced.fields["z"], data.fields["e"]);
        let mut labels = clouds(3, 1);
        let n = labels.fields.get_mut("n").unwrap();
        n.values = Values::F32(vec![1.0, 0.0, 1.0]);
        n.classes = Some(vec!["cat".into(), "dog".into()]);
        let (data, fitted) = prepared("{one_hot: {field: n, as: k}}", labels).unwrap();
        assert_eq!(numbers(&data, "k"), [0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
        let Fitted::OneHot(one_hot) = &fitted[0] else { panic!() };
        assert_eq!(one_hot.classes.names, ["cat", "dog"]);
        assert!(failure("{one_hot: {field: p, as: k}}", clouds(500, 1)).contains("only scalars"));
    }
}
