//! Hashes that identify what determines a result.

use serde_json::{Map, Value};

use crate::member::ID_DIGITS;
use crate::pipeline::Pipeline;

/// BLAKE3 of the pipeline as canonical JSON (sorted keys, defaults filled in) without its `description` and
/// `memory`, hexadecimal.
///
/// Paths count as they are written, so that a run directory survives moving the project.
pub fn pipeline_hash(pipeline: &Pipeline) -> String {
    let mut value = serde_json::to_value(pipeline).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.remove("description");
        object.remove("memory");
    }
    blake3::hash(sorted(value).to_string().as_bytes()).to_hex().to_string()
}

/// A short name for one run: of a pipeline (with its one seed), on this data, by this code.
pub fn member_id(pipeline_hash: &str, data_hash: &str, seed: u64, code_version: &str) -> String {
    let text = Value::from(vec![pipeline_hash, data_hash, &seed.to_string(), code_version]).to_string();
    blake3::hash(text.as_bytes()).to_hex().chars().take(ID_DIGITS).collect()
}

/// The same value with the keys of all maps in order.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().map(|(k, v)| (k, sorted(v))).collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Document;

    fn hash(text: &str, sets: &[&str]) -> String {
        let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
        pipeline_hash(Document::from_text("p.yaml", text, &sets).unwrap().content())
    }

    const ONE: &str = "{name: a, stages: [{read: {as: d, path: x.parquet, fields: {x: {}}}}]}";

    #[test]
    fn the_order_of_keys_comments_defaults_and_the_description_do_not_count() {
        let other = "# note\nstages:\n  - read:\n      path: x.parquet\n      fields: {x: {action: scalar}}\n      as: d\n      on_invalid: error\ndescription: words\nmemory: 2GiB\nname: a\nseed: 0\n";
        assert_eq!(hash(ONE, &[]), hash(other, &[]));
    }

    #[test]
    fn everything_else_counts() {
        let plain = hash(ONE, &[]);
        for set in ["seed=1", "name=b", "d.path=./x.parquet", "d.limit=3", "d.fields.x.unit=m"] {
            assert_ne!(hash(ONE, &[set]), plain, "{set}");
        }
    }

    #[test]
    fn every_part_changes_the_id() {
        let id = member_id("p", "d", 1, "v");
        assert_eq!(id.len(), ID_DIGITS);
        for other in [
            member_id("q", "d", 1, "v"),
            member_id("p", "e", 1, "v"),
            member_id("p", "d", 2, "v"),
            member_id("pd", "", 1, "v"),
        ] {
            assert_ne!(other, id);
        }
    }
}
