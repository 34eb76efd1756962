//! JSON: an array of objects, one per line.

use polars::prelude::DataFrame;
use semola_document::visible_json;
use serde_json::Value;

use super::super::error::CompareError;
use super::records;

/// The frame as JSON.
pub fn json(frame: &DataFrame) -> Result<String, CompareError> {
    let rows: Vec<String> = records(frame).into_iter().map(|row| Value::Object(row).to_string()).collect();
    let text = if rows.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", rows.join(",\n")) };
    Ok(visible_json(&text).into_owned())
}
