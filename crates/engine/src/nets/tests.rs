//! What holds for the list of all networks.

use super::*;

#[test]
fn names_are_those_of_the_grammar() {
    let schema = schemars::schema_for!(Model);
    let variants = schema.as_value()["oneOf"].as_array().unwrap().iter();
    let names: Vec<&str> = variants.map(|v| v["required"][0].as_str().unwrap()).collect();
    assert_eq!(names, Model::NAMES);
}
