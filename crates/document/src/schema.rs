//! The JSON schema of a language, for editors.

use serde_json::{Value, json};

use super::terms::{Language, NAME};

/// The schema exactly as derived from the types: what the structural check walks.
pub(crate) fn derived<L: Language>() -> Value {
    schemars::schema_for!(L).to_value()
}

/// The JSON schema (draft 2020-12) of a language. Items with `like` need only the settings that they change,
/// which the types cannot say, so it is added here.
pub fn json_schema<L: Language>() -> Value {
    let mut schema = derived::<L>();
    for definition in L::TERMS.like_types {
        if let Some(object) = schema.pointer_mut(&format!("/$defs/{definition}")).and_then(Value::as_object_mut)
            && let Some(required) = object.remove("required")
        {
            object.insert("anyOf".to_owned(), json!([{ "required": required }, { "required": [NAME, "like"] }]));
        }
    }
    schema
}

/// The schema as committed: indented, with a newline at the end; equal for equal types.
pub fn json_schema_text<L: Language>() -> String {
    format!("{:#}\n", json_schema::<L>())
}
