//! `diagnostic` of the document, on pipelines.

use crate::pipeline::Document;

#[test]
fn paths_of_defaults_point_at_what_is_written_above_them() {
    let text = "name: a\nstages:\n  - evaluate: {models: m, on: [d, e]}\n";
    let document = Document::from_text("p.yaml", text, &[]).unwrap();
    let mut all = document.diagnostics();
    all.push("stages[0].evaluate.on[1]", "one", None);
    all.push("stages[0].evaluate.bootstrap", "two", None);
    all.push_key("stages[0].evaluate.models", "three", None);
    all.push("stages[0].evaluate.on[1]", "one", None);
    all.warn("name", "four", None);
    let places: Vec<_> = all.items().iter().map(|d| (d.message.clone(), d.span.map(|s| (s.line, s.column)))).collect();
    let wanted = [("four", (1, 7)), ("two", (3, 5)), ("three", (3, 16)), ("one", (3, 35))];
    assert_eq!(places, wanted.map(|(m, p)| (m.to_owned(), Some(p))));
    assert_eq!(all.errors(), 3);
    assert!(!all.only_data());
}

#[test]
fn errors_of_the_data_alone_are_told_apart() {
    let document = Document::from_text("p.yaml", "name: a\nstages: []\n", &[]).unwrap();
    let mut all = document.diagnostics();
    assert!(!all.only_data());
    all.push_data("stages", "no such file", None);
    assert!(all.only_data());
    all.push("name", "bad", None);
    assert!(!all.only_data());
}
