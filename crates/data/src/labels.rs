//! Class labels: numbered in sorted order, and renumbered after the training data's classes.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::{Dataset, Values};
use super::error::DataError;
use super::scalars::{Key, Scalars};
use crate::settings::OnInvalid;

/// Numbers the labels in sorted order (integers by value, strings by their bytes): numbers and class names.
///
/// Null gets NaN; the caller has dealt with it.
pub fn numbered(labels: &Scalars) -> (Values, Vec<String>) {
    let keys: Vec<Option<Key>> = (0..labels.len()).map(|i| labels.key(i)).collect();
    let sorted: BTreeSet<&Key> = keys.iter().flatten().collect();
    let numbers: BTreeMap<&Key, f32> = sorted.iter().enumerate().map(|(i, &k)| (k, i as f32)).collect();
    let number = |key: &Option<Key>| key.as_ref().and_then(|k| numbers.get(k)).copied().unwrap_or(f32::NAN);
    (Values::F32(keys.iter().map(number).collect()), sorted.iter().map(ToString::to_string).collect())
}

/// Renumbers the labels of a field after the classes of the training data, so that equal labels have equal numbers.
///
/// `column` is what the field was read from, for the message.
///
/// # Errors
/// If the field holds no labels, or a row has one that is not among `classes` (with [`OnInvalid::Drop`] such rows are
/// left out and counted).
pub fn relabel(
    data: &mut Dataset,
    field: &str,
    column: &str,
    classes: &[String],
    on_invalid: OnInvalid,
) -> Result<(), DataError> {
    let labels = data.field(field)?;
    let not_labels =
        || DataError::Field { field: field.into(), reason: "it holds no labels; set `labels: true`".into() };
    let old = labels.classes.clone().ok_or_else(not_labels)?;
    let new_number = |label: &String| classes.iter().position(|c| c == label).map(|i| i as f32);
    let new: Vec<Option<f32>> = old.iter().map(new_number).collect();
    let numbers: Vec<Option<f32>> = labels.values.iter().map(|x| new.get(x as usize).copied().flatten()).collect();
    let known: Vec<usize> = (0..data.rows).filter(|&i| numbers.get(i).is_some_and(Option::is_some)).collect();
    if known.len() < data.rows && on_invalid == OnInvalid::Error {
        check_known(data, field, column, classes)?;
    }
    let dropped = data.rows - known.len();
    let values = Values::F32(numbers.into_iter().flatten().collect());
    if dropped > 0 {
        *data = data.take(&known);
        *data.dropped.entry(column.to_string()).or_insert(0) += dropped;
    }
    if data.rows == 0 {
        let why = format!("whose label in column `{column}` occurs in the training data");
        return Err(DataError::NothingLeft { name: field.to_string(), why });
    }
    if let Some(field) = data.fields.get_mut(field) {
        field.values = values;
        field.classes = Some(classes.to_vec());
    }
    Ok(())
}

/// Checks that the labels of a field are among the classes of the training data.
///
/// # Errors
/// [`DataError::UnknownLabel`] for the first row whose label is not.
pub fn check_known(data: &Dataset, field: &str, column: &str, classes: &[String]) -> Result<(), DataError> {
    let labels = data.field(field)?;
    let own = labels.classes.as_deref().unwrap_or_default();
    let strange: Vec<bool> = own.iter().map(|label| !classes.contains(label)).collect();
    if !strange.contains(&true) {
        return Ok(());
    }
    let is_strange = |x: f64| strange.get(x as usize).copied().unwrap_or(true);
    match labels.values.iter().position(is_strange) {
        Some(row) => {
            let label = own.get(labels.values.get(row) as usize).cloned().unwrap_or_default();
            Err(unknown_label(data, column, row, label, classes))
        }
        None => Ok(()),
    }
}

fn unknown_label(data: &Dataset, column: &str, row: usize, label: String, classes: &[String]) -> DataError {
    let place = data.row_ids.get(row).and_then(|&id| data.locate(id));
    let (path, row) = place.map_or((Default::default(), row as u64), |(path, row)| (path.to_path_buf(), row));
    let some: Vec<&str> = classes.iter().take(20).map(String::as_str).collect();
    let more = if classes.len() > some.len() { ", …" } else { "" };
    DataError::UnknownLabel { path, column: column.into(), row, label, known: format!("{}{more}", some.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_sorted_by_value_and_strings_by_name() {
        let (values, classes) = numbered(&Scalars::Int(vec![Some(10), Some(9), Some(10)]));
        assert_eq!((values, classes), (Values::F32(vec![1., 0., 1.]), vec!["9".into(), "10".into()]));
        let (values, classes) = numbered(&Scalars::Text(vec![Some("b".into()), Some("a".into())]));
        assert_eq!((values, classes), (Values::F32(vec![1., 0.]), vec!["a".into(), "b".into()]));
    }
}
