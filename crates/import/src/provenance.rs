//! The provenance of the rows of an imported file, as file metadata.

use serde_json::{Value, json};

use super::input::Input;
use super::report::Report;

/// The key of the metadata.
pub const KEY: &str = "semola.import";

/// More files than this are told by one fingerprint and the names of the first and the last.
const LISTED: usize = 1000;

/// Format, files with their BLAKE3, program version, and what was left out, as JSON.
pub fn provenance(report: &Report) -> String {
    let mut value = json!({
        "format": report.format,
        "program": format!("semola-pipe {}", env!("CARGO_PKG_VERSION")),
        "rows": report.rows,
        "dropped": report.dropped,
        "nulls": report.nulls,
    });
    if let Value::Object(map) = &mut value {
        map.extend(files(&report.inputs));
    }
    value.to_string()
}

fn files(inputs: &[Input]) -> serde_json::Map<String, Value> {
    let mut map = serde_json::Map::new();
    if inputs.len() <= LISTED {
        let each = |input: &Input| json!({"name": input.name, "blake3": input.hash});
        map.insert("files".to_owned(), inputs.iter().map(each).collect());
        return map;
    }
    let mut hasher = blake3::Hasher::new();
    for input in inputs {
        hasher.update(format!("{}  {}\n", input.hash, input.name).as_bytes());
    }
    let name = |input: Option<&Input>| input.map(|i| i.name.clone());
    map.insert("file_count".to_owned(), inputs.len().into());
    map.insert("first_file".to_owned(), name(inputs.first()).into());
    map.insert("last_file".to_owned(), name(inputs.last()).into());
    // What `b3sum FILE... | b3sum` prints.
    map.insert("blake3_of_b3sum".to_owned(), hasher.finalize().to_hex().to_string().into());
    map
}
