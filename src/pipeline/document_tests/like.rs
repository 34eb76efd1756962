//! `like` of the document, on pipelines.

use crate::pipeline::Document;

fn load(stages: &str) -> Result<Document, String> {
    Document::from_text("p.yaml", &format!("name: a\nstages:\n{stages}"), &[]).map_err(|e| e.to_string())
}

#[test]
fn settings_pass_on_through_several_stages_with_their_places() {
    let stages = "  - read: {as: a, path: a.parquet, group: g, fields: {x: {}}}
  - read: {as: b, like: a, path: b.parquet}
  - read: {as: c, like: b, fields: {z: {}}}
";
    let document = load(stages).unwrap();
    let c = &document.value()["stages"][2]["read"];
    assert_eq!(c["path"], "b.parquet");
    assert_eq!(c["group"], "g");
    assert_eq!(c["fields"], serde_json::json!({"z": {}}));
    assert_eq!(c["like"], serde_json::Value::Null);
    let span = document.span("stages[2].read.group").unwrap();
    assert_eq!((span.line, span.column), (3, 43));
    assert!(document.is_written("stages[2].read.group") && !document.is_written("stages[2].read.limit"));
}

#[test]
fn what_is_still_missing_after_merging_is_an_error() {
    let stages =
        "  - train: {as: a, from: d, input: x, target: y, model: {mlp: {hidden: []}}}\n  - train: {as: b, like: a}\n";
    let error = load(stages).unwrap_err();
    assert!(error.contains("p.yaml:3:5: error: missing required key 'epochs'"), "{error}");
    assert!(error.contains("p.yaml:4:5: error: missing required key 'epochs'"), "{error}");
}

#[test]
fn a_mistake_in_a_shared_setting_is_told_once() {
    let stages = "  - read: {as: a, path: p, fields: {x: {dims: 2}}}\n  - read: {as: b, like: a}\n";
    assert_eq!(load(stages).unwrap_err().matches("error:").count(), 1);
}

#[test]
fn names_that_cannot_be_followed_are_errors_without_consequences() {
    let cases = [
        (
            "  - read: {as: train, path: p}\n  - read: {as: b, like: trian}\n",
            "4:25: error: there is no `read` stage 'trian'; did you mean 'train'?",
        ),
        ("  - read: {as: a, like: b}\n  - read: {as: b, like: a}\n", "3:25: error: stage 'b' comes later"),
        ("  - read: {as: a, like: a}\n", "3:25: error: stage 'a' cannot be like itself"),
        ("  - read: {as: a, path: p}\n  - train: {as: m, like: a}\n", "4:26: error: 'a' is not a `train` stage"),
    ];
    for (stages, wanted) in cases {
        let error = load(stages).unwrap_err();
        assert!(error.contains(wanted), "{error}");
        assert!(!error.contains("missing"), "{error}");
    }
}
