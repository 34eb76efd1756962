//! The JSON schema of the pipeline file, for editors.

use serde_json::{Value, json};

use super::types::Pipeline;

/// The schema exactly as derived from the types: what the structural check walks.
pub(super) fn derived() -> Value {
    schemars::schema_for!(Pipeline).to_value()
}

/// The JSON schema (draft 2020-12) of a pipeline file. Stages with `like` need only the settings that they change,
/// which the types cannot say, so it is added here.
pub fn json_schema() -> Value {
    let mut schema = derived();
    for stage in ["Read", "Train"] {
        if let Some(object) = schema.pointer_mut(&format!("/$defs/{stage}")).and_then(Value::as_object_mut)
            && let Some(required) = object.remove("required")
        {
            object.insert("anyOf".to_owned(), json!([{ "required": required }, { "required": ["as", "like"] }]));
        }
    }
    schema
}

/// The schema as committed: indented, with a newline at the end; equal for equal types.
pub fn json_schema_text() -> String {
    format!("{:#}\n", json_schema())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_lifts_the_required_keys_and_nothing_else() {
        let schema = json_schema();
        assert_eq!(schema["$defs"]["Train"]["anyOf"][1], json!({"required": ["as", "like"]}));
        assert_eq!(schema["$defs"]["Train"]["anyOf"][0]["required"], derived()["$defs"]["Train"]["required"]);
        assert_eq!(schema["$defs"]["Prepare"], derived()["$defs"]["Prepare"]);
        assert_eq!(json_schema_text(), json_schema_text());
        assert!(json_schema_text().ends_with("}\n"));
    }
}
