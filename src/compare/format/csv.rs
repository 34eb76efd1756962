//! CSV: full precision, unknown values empty, lists as JSON. Names and texts come from elsewhere: control characters are
//! escaped, and a text that a spreadsheet would take for a formula gets an apostrophe in front.

use csv::Writer;
use polars::prelude::DataFrame;
use semola_document::visible;
use serde_json::Value;

use super::super::error::CompareError;
use super::super::frame::word;
use super::records;

/// The frame as CSV with a header.
pub fn csv(frame: &DataFrame) -> Result<String, CompareError> {
    let refused = |problem: String| CompareError::Encode { format: "CSV", problem };
    let mut writer = Writer::from_writer(Vec::new());
    let names = frame.get_column_names();
    writer.write_record(names.iter().map(|name| text(name.as_str()))).map_err(|e| refused(e.to_string()))?;
    for row in records(frame) {
        let cell = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(own) => text(own),
            other => visible(&word(other)).into_owned(),
        };
        writer.write_record(row.values().map(cell)).map_err(|e| refused(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| refused(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| refused(e.to_string()))
}

/// A name or a text as a cell.
fn text(own: &str) -> String {
    let clean = visible(own);
    let formula = clean.trim_start().starts_with(['=', '+', '-', '@']) && clean.parse::<f64>().is_err();
    if formula { format!("'{clean}") } else { clean.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula_or_a_command() {
        for (own, cell) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            (" =1", "' =1"),
            ("\t=1", "\\t=1"),
            ("a\r\nb\u{1b}[2J", "a\\r\\nb\\u{1b}[2J"),
            ("-1.5", "-1.5"),
            ("so(1,3)", "so(1,3)"),
            ("", ""),
        ] {
            assert_eq!(text(own), cell);
        }
    }
}
