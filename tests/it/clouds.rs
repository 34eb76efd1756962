//! Rows of any number of points: what happens to have equally many, and what does not fit together.

use std::sync::Arc;

use arrow::array::Float32Array;

use crate::project::{Column, Project, lists, noise, numbers, vectors};

const PIPELINE: &str = "\
name: tiny
stages:
  - read:
      as: train
      path: train.parquet
      fields:
        p: {action: points, dim: 3}
        z: {}
        e: {}
  - read: {as: test, path: test.parquet, like: train}
  - prepare: {from: [train, test], steps: [{one_hot: {field: z, fit: train}}]}
  - train: {as: m, from: train, input: [p, z], target: e, model: {pair: {width: 8, layers: 1}}, epochs: 1, batch: 8}
  - evaluate: {models: m, on: test, bootstrap: 20}
";

/// Molecules of so many atoms of these elements.
fn molecules(atoms: &[usize], elements: &[f32]) -> Vec<Column> {
    let all: usize = atoms.iter().sum();
    let z: Float32Array = (0..all).map(|i| elements[i % elements.len()]).collect::<Vec<_>>().into();
    let energies = numbers(atoms.iter().map(|&n| Some(n as f64)));
    vec![
        Column("p", lists(vectors(noise(3 * all, 1), 3), atoms), None),
        Column("z", lists(Arc::new(z), atoms), None),
        Column("e", energies, None),
    ]
}

fn project() -> Project {
    let project = Project::with_pipeline(PIPELINE);
    let atoms: Vec<usize> = (0..40).map(|i| 3 + i % 3).collect();
    project.write("train.parquet", &molecules(&atoms, &[1.0, 6.0]));
    project.write("test.parquet", &molecules(&[4; 12], &[1.0, 6.0]));
    project
}

#[test]
fn rows_that_happen_to_have_equally_many_points_are_like_the_others() {
    let project = project();
    project.semola(&["run", "p.yaml", "--out", "even"]).succeeds();
    project.semola(&["run", "p.yaml", "--out", "one", "--set", "test.limit=1"]).succeeds();
    project.semola(&["run", "p.yaml", "--out", "held", "--set", "m.validate=test", "--set", "test.limit=1"]).succeeds();
}

#[test]
fn a_row_whose_fields_have_different_numbers_of_points_is_named() {
    let project = project();
    let short = molecules(&[3, 3, 3, 2, 3, 3, 3, 3, 3, 3, 3, 3], &[1.0, 6.0]).remove(1);
    let mut even = molecules(&[3; 12], &[1.0, 6.0]);
    even[1] = short;
    project.write("train.parquet", &even);
    project.write("test.parquet", &molecules(&[3; 12], &[1.0, 6.0]));
    let words = ["row 3 of", "train.parquet", "field `z`: 2 points, but 'p' has 3 there"];
    project.semola(&["run", "p.yaml"]).fails(3, &words);
}

#[test]
fn a_class_that_training_lacks_is_bad_data() {
    let project = project();
    project.write("test.parquet", &molecules(&[4; 12], &[1.0, 8.0]));
    project.semola(&["run", "p.yaml"]).fails(3, &["`one_hot`", "8", "1 of 1 members failed"]);
    // On request they are left out, not in silence.
    let text = std::fs::read_to_string(project.path("p.yaml")).unwrap();
    project.put("p.yaml", text.replace("{field: z, fit: train}", "{field: z, fit: train, on_invalid: drop}"));
    project.write("test.parquet", &molecules(&[3; 12], &[1.0, 6.0, 1.0, 1.0, 8.0, 1.0]));
    let done = project.semola(&["run", "p.yaml"]);
    assert!(done.err.contains("prepare: rows of 'test' left out: 6 because of `z`"), "{done:#?}");
}
