//! CSV: full precision, unknown values empty, lists as JSON.

use csv::Writer;
use polars::prelude::DataFrame;
use serde_json::Value;

use super::super::error::CompareError;
use super::super::frame::word;
use super::records;

/// The frame as CSV with a header.
pub fn csv(frame: &DataFrame) -> Result<String, CompareError> {
    let refused = |problem: String| CompareError::Encode { format: "CSV", problem };
    let mut writer = Writer::from_writer(Vec::new());
    let names = frame.get_column_names();
    writer.write_record(names.iter().map(|name| name.as_str())).map_err(|e| refused(e.to_string()))?;
    for row in records(frame) {
        let cell = |value: &Value| if value.is_null() { String::new() } else { word(value) };
        writer.write_record(row.values().map(cell)).map_err(|e| refused(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| refused(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| refused(e.to_string()))
}
