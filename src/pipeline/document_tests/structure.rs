//! `structure` of the document, on pipelines.

use crate::pipeline::Document;

/// `line:column: message` of every diagnostic.
fn errors(text: &str) -> Vec<String> {
    let all = Document::from_text("p.yaml", text, &[]).unwrap_err();
    let show = |d: &semola_document::Diagnostic| {
        let span = d.span.unwrap();
        format!("{}:{}: {}", span.line, span.column, d.message)
    };
    all.items().into_iter().map(show).collect()
}

const TRAIN: &str = "name: a
stages:
  - train:
      as: m
      from: d
      input: x
      target: y
      model: {mlp: {hidden: [8]}}
      epochs: 3
";

#[test]
fn all_errors_of_a_file_are_reported_with_their_places() {
    let text = "nme: a
stages:
  - train:
      as: m
      from: d
      input: x
      model: {mlp: {hiden: [8], activation: siluu}}
      epoch: 3
      batch: 1.5
      loss: 3
      augment: {lerned: {space: {gl: 2}}}
  - raed: {as: d}
";
    assert_eq!(
        errors(text),
        [
            "1:1: unknown key 'nme'; did you mean 'name'?",
            "3:5: missing required key 'target'",
            "7:21: unknown key 'hiden'; did you mean 'hidden'?",
            "7:45: unknown value 'siluu'; did you mean 'silu'?",
            "8:7: unknown key 'epoch'; did you mean 'epochs'?",
            "9:14: expected a whole number from 0, found the number 1.5",
            "10:13: expected one of 'mse', 'mae', 'huber', 'cross_entropy', found the number 3",
            "11:17: unknown value 'lerned'; did you mean 'learned'?",
            "12:5: unknown value 'raed'; did you mean 'read'?",
        ]
    );
}

#[test]
fn each_kind_of_wrong_value_is_told_in_words() {
    let cases = [
        ("batch: -1", "10:14: expected a whole number, at least 0, found -1"),
        ("batch:", "10:7: expected a whole number from 0, found nothing"),
        ("residual: yes", "10:17: expected true or false, found the text 'yes'"),
        ("validate: [1]", "10:17: expected a number or a text, found a list"),
        ("like: 3", "10:13: expected a text, found the number 3"),
        ("augment: learned", "10:16: 'learned' needs settings of its own: write `learned: …`"),
        ("augment: {none: {}}", "10:17: 'none' takes no settings: write it as a plain word"),
        ("schedule: {shape: {}}", "10:18: expected one of 'cosine', 'step', 'constant', found an empty map"),
        ("augment: {known: {group: so(2), extend: 1}}", "10:39: unknown key 'extend'; did you mean 'extent'?"),
        ("optimizer: {lr: fast}", "10:23: expected a number, found the text 'fast'"),
        ("optimizer: {lr: .nan}", "10:23: expected a number, found NaN"),
        ("batch: -.inf", "10:14: expected a whole number from 0, found infinity"),
        ("validate: 1e999", "10:17: expected a number or a text, found infinity"),
        ("augment: {learned: {space: {mask: [[1, 300]]}}}", "10:46: expected a whole number, at most 255, found 300"),
    ];
    for (line, wanted) in cases {
        assert_eq!(errors(&format!("{TRAIN}      {line}\n")), [wanted], "{line}");
    }
    let add = "name: a\nstages:\n- prepare: {from: d, steps: [{add: {field: z, difference: [a]}}]}\n";
    assert_eq!(errors(add), ["3:59: expected a list of 2 items, found 1"]);
}

#[test]
fn slips_of_form_get_a_hint() {
    let flat = "name: a\nstages:\n  - train:\n    as: m\n    epochs: 3\n";
    let error = Document::from_text("p.yaml", flat, &[]).unwrap_err().to_string();
    assert!(error.contains("p.yaml:4:5: error: expected exactly one of 'read'"), "{error}");
    assert!(error.contains("indent what belongs to `train:` further than it"), "{error}");
    let comma = format!("{TRAIN}      augment: {{known: so(1,3)}}\n");
    let error = Document::from_text("p.yaml", &comma, &[]).unwrap_err().to_string();
    assert!(error.contains("put values such as 'so(1,3)' in quotes"), "{error}");
}

#[test]
fn roots_that_are_no_pipeline_are_refused() {
    assert!(errors("just text")[0].starts_with("1:1: expected a map with the keys 'name', 'description'"));
    assert!(errors("- a\n- b\n")[0].contains("found a list"));
    assert_eq!(errors("# only a comment\n"), ["1:1: the file is empty; a pipeline has a name and stages"]);
}
