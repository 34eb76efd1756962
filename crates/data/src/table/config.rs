//! Resolved settings as columns of the `runs` table.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::Field;
use serde_json::Value;

/// One setting: its path and its value, a scalar.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Keys and positions joined by dots: `stages.3.train.epochs`.
    pub path: String,
    /// A boolean, number or string; lists of scalars are given as JSON text.
    pub value: Value,
}

/// All settings of a resolved pipeline in order. Unset ones (null) are left out.
pub fn flatten(config: &Value) -> Vec<Setting> {
    let mut settings = Vec::new();
    walk(config, String::new(), &mut settings);
    settings
}

fn walk(value: &Value, path: String, settings: &mut Vec<Setting>) {
    match value {
        Value::Null => {}
        Value::Object(entries) if !entries.is_empty() => {
            entries.iter().for_each(|(key, value)| walk(value, join(&path, &quoted(key)), settings));
        }
        Value::Array(items) if holds_object(value) => {
            items.iter().enumerate().for_each(|(at, item)| walk(item, join(&path, &at.to_string()), settings));
        }
        Value::Array(_) | Value::Object(_) => settings.push(Setting { path, value: Value::String(value.to_string()) }),
        scalar => settings.push(Setting { path, value: scalar.clone() }),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A key that holds a dot is quoted, so that no two settings share a path.
fn quoted(key: &str) -> String {
    if key.contains(['.', '"']) { Value::from(key).to_string() } else { key.to_owned() }
}

fn holds_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(holds_object),
        _ => false,
    }
}

/// The `config.<path>` columns of one run.
pub(super) fn columns(config: &Value) -> Vec<(Field, ArrayRef)> {
    flatten(config).into_iter().map(|setting| column(&setting)).collect()
}

fn column(Setting { path, value }: &Setting) -> (Field, ArrayRef) {
    let array: ArrayRef = match value {
        Value::Bool(flag) => Arc::new(BooleanArray::from(vec![*flag])),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Arc::new(Int64Array::from(vec![integer])),
            None => Arc::new(Float64Array::from(vec![number.as_f64()])),
        },
        Value::String(text) => Arc::new(StringArray::from(vec![text.as_str()])),
        other => Arc::new(StringArray::from(vec![other.to_string()])),
    };
    // Nullable: runs of other pipelines lack this column, and tables of many runs are stacked.
    (Field::new(format!("config.{path}"), array.data_type().clone(), true), array)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_flattened_in_order() {
        let config = json!({
            "name": "demo", "unset": null, "seed": [0, 1], "a.b": {"c": 1}, "a": {"b": {"c": 2}},
            "stages": [{"read": {"as": "train", "limit": 10}}, {"train": {"lr": 0.5, "residual": true, "mask": [[1, 0], [0, 1]]}}],
        });
        let found: Vec<_> = flatten(&config).into_iter().map(|s| (s.path, s.value)).collect();
        let expected = [
            ("name", json!("demo")),
            ("seed", json!("[0,1]")),
            ("\"a.b\".c", json!(1)),
            ("a.b.c", json!(2)),
            ("stages.0.read.as", json!("train")),
            ("stages.0.read.limit", json!(10)),
            ("stages.1.train.lr", json!(0.5)),
            ("stages.1.train.residual", json!(true)),
            ("stages.1.train.mask", json!("[[1,0],[0,1]]")),
        ];
        assert_eq!(found, expected.map(|(path, value)| (path.to_owned(), value)));
    }
}
