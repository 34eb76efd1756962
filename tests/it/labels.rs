//! Class labels: a classifier learns them, and a test set with an unseen one is refused.

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;

use crate::project::{Column, Project, integers, noise, texts, vectors};
use crate::rows::{dropped, table};

const PIPELINE: &str = "\
name: tiny
stages:
  - read: {as: train, path: train.parquet, group: g, fields: {x: {action: vector, dim: 2}, kind: {column: animal, labels: true}}}
  - read: {as: test, path: test.parquet, like: train}
  - train: {as: plain, from: train, input: x, target: kind, loss: cross_entropy, model: {mlp: {hidden: [16]}}, epochs: 2}
  - evaluate: {models: plain, on: test, bootstrap: 20}
";

/// Points near and far, with one label changed.
fn animals(rows: usize, seed: u64, odd: Option<(usize, &'static str)>) -> Vec<Column> {
    let x = noise(2 * rows, seed);
    let name = |v: &[f32]| if v[0] * v[0] + v[1] * v[1] < 2.0 { "cat" } else { "dog" };
    let mut names: Vec<&str> = x.chunks_exact(2).map(name).collect();
    if let Some((row, name)) = odd {
        names[row] = name;
    }
    let group = integers((0..rows as i64).map(|i| i / 6));
    vec![Column("x", vectors(x, 2), None), Column("animal", texts(names), None), Column("g", group, None)]
}

fn project(odd: Option<(usize, &'static str)>) -> Project {
    let project = Project::with_pipeline(PIPELINE);
    project.write("train.parquet", &animals(300, 1, None));
    project.write("test.parquet", &animals(120, 2, odd));
    project
}

#[test]
fn a_classifier_learns_strings() {
    let project = project(None);
    let out = project.semola(&["run", "p.yaml"]).succeeds();
    assert!(out.contains("accuracy of test"), "{out}");
}

#[test]
fn an_unseen_label_is_refused_with_file_column_and_row() {
    let project = project(Some((77, "eel")));
    let words =
        ["test.parquet: column `animal`, row 77", "label `eel` is out of range", "cat, dog", "on_invalid: drop"];
    // Before anything is trained, and by `check` too.
    project.refuses(3, &words);
    project.refuses(3, &["p.yaml:6:"]);
}

#[test]
fn an_unseen_label_is_found_before_training_also_after_preparation() {
    let project = project(Some((77, "eel")));
    // `check` cannot know whether the row is among those that stay; `run` finds it when the data is prepared.
    let text =
        PIPELINE.replacen("  - train:", "  - prepare: {from: test, steps: [{subsample: {rows: 119}}]}\n  - train:", 1);
    let mut found = 0;
    for seed in 0..4 {
        project.put("p.yaml", text.replacen("name: tiny", &format!("name: tiny\nseed: {seed}"), 1));
        let checked = project.semola(&["check", "p.yaml"]);
        assert_eq!(checked.code, Some(0), "{checked:#?}");
        assert!(checked.err.contains("warning") && checked.err.contains("label `eel` is out of range"), "{checked:#?}");
        let done = project.semola(&["run", "p.yaml"]);
        if done.code == Some(3) {
            assert!(done.err.contains("test.parquet: column `animal`, row 77"), "{done:#?}");
            found += 1;
        }
    }
    assert!(found > 0, "119 of 120 rows hold the row but for one seed in 120");
}

#[test]
fn an_unseen_label_of_validation_data_is_found_too() {
    let project = project(Some((77, "eel")));
    project.put("p.yaml", PIPELINE.replacen("from: train,", "from: train, validate: test,", 1));
    project.refuses(3, &["p.yaml:5:", "test.parquet: column `animal`, row 77"]);
}

#[test]
fn a_single_class_is_warned_of() {
    let project = project(None);
    let mut columns = animals(300, 1, None);
    columns[1] = Column("animal", texts(["cat"; 300]), None);
    project.write("train.parquet", &columns);
    let mut columns = animals(120, 2, None);
    columns[1] = Column("animal", texts(["cat"; 120]), None);
    project.write("test.parquet", &columns);
    let done = project.semola(&["check", "p.yaml"]);
    assert!(done.err.contains("warning: target 'kind' has one class only"), "{done:#?}");
    done.succeeds();
}

#[test]
fn an_unseen_label_is_dropped_on_request() {
    let project = project(Some((77, "eel")));
    project.put("p.yaml", PIPELINE.replacen("like: train}", "like: train, on_invalid: drop}", 1));
    project.semola(&["run", "p.yaml"]).succeeds();
    let member = project.member("runs/tiny");
    assert_eq!(dropped(&member), [("evaluate test dropped.animal".to_owned(), 1.0)]);
    let counts = table(&member, "evaluation").column_by_name("n").unwrap().as_primitive::<UInt64Type>().clone();
    assert!(counts.values().iter().all(|n| *n == 119), "{counts:?}");
}

#[test]
fn labels_that_are_not_whole_numbers_or_strings_are_refused() {
    let project = project(None);
    let text = PIPELINE.replacen("column: animal", "column: x", 1);
    project.put("p.yaml", text);
    project.refuses(
        3,
        &["p.yaml:3:", "train.parquet: column `x`", "a label needs one number, truth value or string a row"],
    );
}
