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

#[test]
fn every_setting_is_described_and_has_its_default() {
    fn check(value: &serde_json::Value, at: &str, wrong: &mut Vec<String>) {
        if let Some(settings) = value["properties"].as_object() {
            // A setting that `like` may give is required otherwise.
            let required =
                [&value["required"], &value["anyOf"][0]["required"]].map(|r| r.as_array().into_iter().flatten());
            let required: Vec<&str> = required.into_iter().flatten().filter_map(|r| r.as_str()).collect();
            for (name, setting) in settings {
                if setting["description"].as_str().is_none_or(str::is_empty) {
                    wrong.push(format!("{at}.{name} has no description"));
                }
                if !required.contains(&name.as_str()) && setting.get("default").is_none() {
                    wrong.push(format!("{at}.{name} has no default"));
                }
            }
        }
        let below = value.as_object().into_iter().flatten().map(|(name, of)| (format!("{at}/{name}"), of));
        let items = value.as_array().into_iter().flatten().map(|of| (at.to_owned(), of));
        below.chain(items).for_each(|(at, of)| check(of, &at, wrong));
    }
    let schema = semola_document::json_schema::<Pipeline>();
    let mut wrong = Vec::new();
    check(&schema, "", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(schema["$id"], "urn:semola-pipe:pipeline");
    let border = &schema["$defs"]["FieldSpec"]["properties"]["border"];
    assert_eq!((&border["default"], border["description"].is_string()), (&"zero".into(), true));
}
