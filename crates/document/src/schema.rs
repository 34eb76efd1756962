//! The JSON schema of a language, for editors.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::terms::{Language, NAME};

/// The schema exactly as derived from the types: what the structural check walks.
pub(crate) fn derived<L: Language>() -> Value {
    schemars::schema_for!(L).to_value()
}

/// The JSON schema (draft 2020-12) of a language. Items with `like` need only the settings that they change,
/// which the types cannot say, so it is added here.
pub fn json_schema<L: Language>() -> Value {
    let mut schema = derived::<L>();
    let texts = descriptions(&schema);
    complete(&mut schema, &texts);
    if let Some(object) = schema.as_object_mut() {
        object.insert("$id".to_owned(), L::TERMS.id.into());
    }
    for definition in L::TERMS.like_types {
        if let Some(object) = schema.pointer_mut(&format!("/$defs/{definition}")).and_then(Value::as_object_mut)
            && let Some(required) = object.remove("required")
        {
            object.insert("anyOf".to_owned(), json!([{ "required": required }, { "required": [NAME, "like"] }]));
        }
    }
    schema
}

/// The descriptions of all definitions, by name.
fn descriptions(schema: &Value) -> BTreeMap<String, Value> {
    let all = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
    all.filter_map(|(name, of)| Some((format!("#/$defs/{name}"), of.get("description")?.clone()))).collect()
}

/// Gives each setting a description, if need be that of its type or of the choice that it is, and its default, which the
/// types leave out where it means that nothing is written.
fn complete(schema: &mut Value, texts: &BTreeMap<String, Value>) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(|one| complete(one, texts)),
        Value::Object(object) => {
            let own = object.get("description").cloned();
            let required = object.get("required").cloned().unwrap_or_default();
            let is_required = |name: &str| required.as_array().is_some_and(|all| all.iter().any(|r| r == name));
            let settings = object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
            for (name, setting) in settings {
                let Some(setting) = setting.as_object_mut() else { continue };
                let of_type = setting.get("$ref").and_then(Value::as_str).and_then(|r| texts.get(r).cloned());
                if let (None, Some(text)) = (setting.get("description"), of_type.or(own.clone())) {
                    setting.insert("description".to_owned(), text);
                }
                if !is_required(name)
                    && !setting.contains_key("default")
                    && let Some(nothing) = nothing(setting)
                {
                    setting.insert("default".to_owned(), nothing);
                }
            }
            object.values_mut().for_each(|one| complete(one, texts));
        }
        _ => {}
    }
}

/// What a setting of that type is where it is left out.
fn nothing(setting: &Map<String, Value>) -> Option<Value> {
    let of = |name: &str| match name {
        "null" => Some(Value::Null),
        "object" => Some(json!({})),
        "array" => Some(json!([])),
        "boolean" => Some(json!(false)),
        _ => None,
    };
    // Another type, or nothing.
    let choices = setting.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    if choices.into_iter().any(|one| one.get("type").is_some_and(|kind| kind == "null")) {
        return Some(Value::Null);
    }
    match setting.get("type")? {
        Value::String(name) => of(name),
        Value::Array(names) if names.iter().any(|name| name == "null") => Some(Value::Null),
        _ => None,
    }
}

/// The schema as committed: indented, with a newline at the end; equal for equal types.
pub fn json_schema_text<L: Language>() -> String {
    format!("{:#}\n", json_schema::<L>())
}
