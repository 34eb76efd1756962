//! Finite groups that are given: matrices, exchanges of blocks, fields that change their sign under mirrors.

use crate::project::{Column, Project, vectors};
use arrow::array::AsArray;
use arrow::datatypes::{Float32Type, Float64Type};

/// The pipeline of both tests; test data are moved by shifts that the group contains.
fn pipeline(fields: &str, input: &str, known: &str, shift: &str) -> String {
    format!(
        "\
name: given
stages:
  - read: {{as: train, path: data/train.parquet, limit: 600, fields: {{{fields}}}}}
  - read: {{as: test, path: data/test.parquet, like: train, limit: 100}}
  - train: {{as: known, from: train, input: {input}, target: target, model: {{mlp: {{hidden: [16]}}}}, augment: {{known: {known}}}, epochs: 3}}
  - evaluate: {{models: known, on: test, shifts: [{shift}], bootstrap: 20}}
"
    )
}

/// The values of a list column, flat.
fn flat(project: &Project, file: &str, column: &str) -> Vec<f64> {
    let table = crate::rows::read(&project.path(file));
    let values = table.column_by_name(column).unwrap().as_fixed_size_list().values().clone();
    let values = arrow::compute::cast(&values, &arrow::datatypes::DataType::Float64).unwrap();
    values.as_primitive::<Float64Type>().values().to_vec()
}

/// Predictions for a file, averaged over a group of this order.
fn averaged(project: &Project, data: &str, order: &str) -> Vec<f64> {
    let member = project.member("runs");
    let out = ["--out", "p.parquet", "--group-average", order];
    project.semola(&[&["predict", member.to_str().unwrap(), data, "--model", "known"], &out[..]].concat()).succeeds();
    let values = flat(project, "p.parquet", "target");
    std::fs::remove_file(project.path("p.parquet")).unwrap();
    values
}

/// As 32-bit numbers, for a column of vectors.
fn narrow(values: impl Iterator<Item = f64>) -> Vec<f32> {
    values.map(|v| v as f32).collect()
}

fn largest(off: impl Iterator<Item = f64>) -> f64 {
    off.map(f64::abs).fold(0.0, f64::max)
}

#[test]
fn matrices_and_exchanges_make_a_group_to_train_along_and_average_over() {
    let fields = "input: {action: vector, dim: 2}, target: {action: vector, dim: 2}";
    let known = "{generators: [[1, 0, 0, -1]], exchanges: [[0, 1]]}";
    let shift = "{mirror: [1]}, {exchange: [[0, 1]]}";
    let project = Project::with_pipeline(&pipeline(fields, "input", known, shift));
    project.semola(&["generate", "exchange", "--out", "data"]).succeeds();
    let plan = project.semola(&["check", "p.yaml"]).succeeds();
    let words = "known, 1 generator + exchange (0,1), extent 0.5";
    assert!(plan.contains(words) && plan.contains("mirror (1); exchange (0,1)"), "{plan}");
    project.semola(&["run", "p.yaml", "--out", "runs"]).succeeds();

    let x = flat(&project, "data/test.parquet", "input");
    let moved = x.chunks_exact(4).flat_map(|q| [q[2], -q[3], q[0], -q[1]]);
    project.write("moved.parquet", &[Column("input", vectors(narrow(moved), 4), None)]);
    let (here, there) = (averaged(&project, "data/test.parquet", "4"), averaged(&project, "moved.parquet", "4"));
    assert_eq!(here.len(), x.len(), "one vector for each block");
    let off = here.chunks_exact(4).zip(there.chunks_exact(4)).flat_map(|(a, b)| {
        let moved = [a[2], -a[3], a[0], -a[1]];
        b.iter().zip(moved).map(|(b, a)| a - b).collect::<Vec<_>>()
    });
    assert!(largest(off) < 1e-4 && largest(here.iter().copied()) > 0.1);
}

#[test]
fn a_pseudoscalar_changes_its_sign_under_mirrors() {
    let fields = "input: {action: vector, dim: 2}, field: {action: pseudoscalar}, target: {action: vector, dim: 2}";
    let project =
        Project::with_pipeline(&pipeline(fields, "[input, field]", "{generators: [[1, 0, 0, -1]]}", "{mirror: [1]}"));
    project.semola(&["generate", "magnetic-field", "--out", "data"]).succeeds();
    project.semola(&["run", "p.yaml", "--out", "runs"]).succeeds();

    let x = flat(&project, "data/test.parquet", "input");
    let test = crate::rows::read(&project.path("data/test.parquet"));
    let field = test.column_by_name("field").unwrap().as_primitive::<Float32Type>().values().to_vec();
    let moved = narrow(x.chunks_exact(2).flat_map(|v| [v[0], -v[1]]));
    let with = |name: &str, sign: f32| {
        let field: arrow::array::Float32Array = field.iter().map(|v| sign * v).collect::<Vec<_>>().into();
        let columns =
            [Column("input", vectors(moved.clone(), 4), None), Column("field", std::sync::Arc::new(field), None)];
        project.write(name, &columns);
    };
    with("opposite.parquet", -1.0);
    with("same.parquet", 1.0);
    let here = averaged(&project, "data/test.parquet", "2");
    let off = |file: &str| {
        let there = averaged(&project, file, "2");
        assert_eq!(there.len(), here.len());
        largest(here.chunks_exact(2).zip(there.chunks_exact(2)).flat_map(|(a, b)| [a[0] - b[0], a[1] + b[1]]))
    };
    let (opposite, same) = (off("opposite.parquet"), off("same.parquet"));
    assert!(opposite < 1e-4 && same > 0.1, "{opposite} {same}");
}

#[test]
fn what_gives_no_finite_group_is_refused_at_its_place() {
    let refused = |known: &str, words: &[&str]| {
        Project::edited("augment: none", &format!("augment: {{known: {known}}}")).refuses(2, words);
    };
    refused("{generators: [[1, 0, 0]]}", &["p.yaml:21:", "generator 0 has 3 numbers, but a 2×2 matrix has 4"]);
    refused("{generators: [[1, 0, 0, 1], [1, 1, 1, 1]]}", &["p.yaml:21:", "generator 1 has no inverse"]);
    refused("{generators: [[0.54, -0.84, 0.84, 0.54]]}", &["p.yaml:21:", "make no finite group"]);
    refused("{extent: 1}", &["p.yaml:21:", "no group is given", "group: so(2)"]);
    refused("{exchanges: [[0, 1]]}", &["p.yaml:21:", "no equal blocks"]);
    refused("{group: so(2), exchanges: [[1, 1]]}", &["p.yaml:21:", "exchanged with itself"]);
    let shifted = |shift: &str, words: &[&str]| Project::edited("{rotate: uniform}", shift).refuses(2, words);
    shifted("{mirror: [2]}", &["p.yaml:22:", "2"]);
    shifted("{mirror: []}", &["p.yaml:22:", "mirror: [0]"]);
    shifted("{mirror: [0, 0]}", &["p.yaml:22:", "twice"]);
    shifted("{exchange: [[0, 1]]}", &["p.yaml:22:", "no equal blocks"]);
    shifted("{group: {exchanges: [[0, 1]]}}", &["p.yaml:22:", "the shift `exchange"]);
    Project::edited("y: {action: vector, dim: 2}", "y: {action: pseudoscalar, dim: 2}")
        .refuses(2, &["p.yaml:10:", "leave it out"]);
}
