//! `points` of the document, on pipelines.

use serde_json::json;

use crate::pipeline::Document;

const STAGES: &str = "
stages:
  - read: {as: d, path: a.parquet, limit: 5, fields: {x: {}, y: {}}}
  - train: {as: m, from: d, input: x, target: y, epochs: 2, model: {mlp: {hidden: [8]}}}
";

fn document(head: &str) -> Document {
    Document::from_text("p.yaml", &format!("name: a\n{head}{STAGES}"), &[]).unwrap()
}

fn error(head: &str) -> String {
    Document::from_text("p.yaml", &format!("name: a\n{head}{STAGES}"), &[]).unwrap_err().to_string()
}

#[test]
fn a_document_without_them_is_its_only_point() {
    let document = document("");
    assert_eq!(document.points(), 1);
    assert!(document.settings(0).is_empty());
    assert_eq!(document.at(0).unwrap().content(), document.content());
}

#[test]
fn grid_zip_and_list_are_combined_and_leave_the_document() {
    let document = document(
        "grid: {m.epochs: [3, 4], d.limit: [1, 2]}\nzip: {m.batch: [8, 16], m.input: [x, [x]]}\nlist: [{d.path: b.parquet}, {}]",
    );
    assert_eq!(document.points(), 16);
    assert_eq!(
        document.settings(1),
        [
            ("m.epochs".to_owned(), json!(3)),
            ("d.limit".to_owned(), json!(1)),
            ("m.batch".to_owned(), json!(8)),
            ("m.input".to_owned(), json!("x"))
        ]
    );
    let last = document.at(15).unwrap();
    let value = serde_json::to_value(last.content()).unwrap();
    assert_eq!(value["stages"][0]["read"]["limit"], 2);
    assert_eq!(value["stages"][1]["train"]["epochs"], 4);
    assert_eq!(value["stages"][1]["train"]["batch"], 16);
    assert!(["grid", "zip", "list"].iter().all(|key| value.get(key).is_none()), "{value}");
    let single = Document::from_text("p.yaml", &format!("name: a\n{STAGES}"), &["m.epochs=3".into()]).unwrap();
    let from_grid = Document::from_text("p.yaml", &format!("name: a\ngrid: {{m.epochs: [3]}}{STAGES}"), &[]).unwrap();
    assert_eq!(single.content(), from_grid.content(), "a member does not know of its sweep");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (head, place, message) in [
        ("grid: {m.epoch: [3]}", "p.yaml:2:8", "`m.epoch`: unknown key 'epoch' in the path; did you mean 'epochs'?"),
        ("grid: {m.epochs: []}", "p.yaml:2:8", "`m.epochs` is an empty list"),
        ("grid: {m.epochs: 3}", "p.yaml:2:18", "expected a list"),
        ("grid: {m.epochs: [x]}", "p.yaml:2:19", "expected a whole number"),
        ("zip: {m.epochs: [3], m.batch: [4, 5]}", "p.yaml:2:22", "`m.batch` has 2 items and `m.epochs` has 1"),
        ("list: []", "p.yaml:2:1", "`list` is an empty list"),
        ("list: [3]", "p.yaml:2:8", "expected a map"),
        ("grid: {m.epochs: [3]}\nlist: [{m.epochs: 4}]", "p.yaml:3:9", "`m.epochs` is set twice"),
        ("grid: {seed: [3]}", "p.yaml:2:8", "`seed` takes a list itself"),
        ("gird: {m.epochs: [3]}", "p.yaml:2:1", "did you mean 'grid'?"),
    ] {
        let text = error(head);
        assert!(text.contains(place) && text.contains(message), "{head}: {text}");
    }
}

#[test]
fn points_beyond_the_first_are_checked_when_they_are_asked_for() {
    let document = document("grid: {m.epochs: [3, x]}");
    let text = document.at(1).unwrap_err().to_string();
    assert!(text.contains("p.yaml:2:22") && text.contains("expected a whole number"), "{text}");
}
