//! Tests of the document crate on the pipeline language.

mod assign;
mod diagnostic;
mod document;
mod like;
mod points;
mod render;
mod structure;

use super::Pipeline;
use semola_document::Grammar;

#[test]
fn the_whole_derived_schema_is_understood() {
    assert_eq!(Grammar::of::<Pipeline>().not_understood(), ["grid", "zip", "list"]);
}

#[test]
fn like_lifts_the_required_keys_and_nothing_else() {
    let plain = schemars::schema_for!(Pipeline).to_value();
    let schema = semola_document::json_schema::<Pipeline>();
    assert_eq!(schema["$defs"]["Train"]["anyOf"][1], serde_json::json!({"required": ["as", "like"]}));
    assert_eq!(schema["$defs"]["Train"]["anyOf"][0]["required"], plain["$defs"]["Train"]["required"]);
    assert_eq!(schema["$defs"]["Prepare"], plain["$defs"]["Prepare"]);
    assert!(super::json_schema_text().ends_with("}\n"));
}
