//! `init`: the starter pipelines of each kind of data pass `check` as they are written, and run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, Int64Array};

use crate::project::{Column, Project, integers, lists, noise, numbers, ragged, rotating, texts, vectors};

/// Settings that make a run short, for models that discover.
const SHORT: [&str; 8] = [
    "--set",
    "plain.epochs=1",
    "--set",
    "learned.epochs=1",
    "--set",
    "learned.augment.learned.steps=20",
    "--set",
    "learned.augment.learned.audit={networks: 2, steps: 20}",
];

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// Writes a pipeline about `data` to `s.yaml`, checks it, and gives its text.
#[track_caller]
fn started(project: &Project, data: &str, more: &[&str]) -> String {
    let done = project.semola(&[&["init", data, "--out", "s.yaml"], more].concat());
    assert!(done.err.contains("semola-pipe check s.yaml"), "{done:#?}");
    assert_eq!(done.succeeds(), "");
    let text = std::fs::read_to_string(project.path("s.yaml")).unwrap();
    let checked = project.semola(&["check", "s.yaml"]);
    assert_eq!(checked.code, Some(0), "{checked:#?}\n{text}");
    assert!(checked.succeeds().contains("data as read"));
    text
}

#[track_caller]
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in\n{text}");
    }
}

fn about(name: &str) -> String {
    shipped(name).display().to_string()
}

#[test]
fn pairs_of_states_run_as_they_are() {
    let project = Project::with_pipeline("");
    let text = started(&project, &about("two_body/train.parquet"), &[]);
    assert_says(&text, &["name: two_body", "group: trajectory", "residual: true", "as: test", "space: {gl: 2}"]);
    let short = [&["run", "s.yaml"], &SHORT[..], &["--set", "stages[0].read.limit=400"]].concat();
    assert!(project.semola(&short).succeeds().contains("mse of test"));
    let text = started(&project, &about("kepler"), &["--force"]);
    assert_says(&text, &["name: kepler", "column: input, action: vector, dim: 3"]);
}

#[test]
fn molecules_pass_the_check() {
    let project = Project::with_pipeline("");
    let text = started(&project, &about("qm9/train.parquet"), &["--target", "u0_atomization"]);
    assert_says(
        &text,
        &["element_baseline: {field: u0_atomization", "one_hot:", "pair:", "known: so(3)", "in hartree"],
    );
}

#[test]
fn images_pass_the_check_and_run() {
    let project = Project::with_pipeline("");
    let text = started(&project, &about("digits/train.parquet"), &[]);
    assert_says(&text, &["image: {action: pixels}", "label: {labels: true}", "cnn:"]);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pictures.parquet");
    let text = started(&project, fixture.to_str().unwrap(), &["--force"]);
    assert_says(&text, &["Encoded pictures (png)", "split: {of: all"]);
    // Of the 12 rows, 10 are what discovery needs.
    let split = "stages[1].prepare.steps[0].split.into={train: 0.9, test: 0.1}";
    let short = [&["run", "s.yaml"], &SHORT[..], &["--set", "stages[2].train.batch=4", "--set", split]].concat();
    assert!(project.semola(&short).succeeds().contains("accuracy of test"));
}

#[test]
fn four_momenta_in_columns_pass_the_check_and_run() {
    let project = Project::with_pipeline("");
    let rows = 300;
    let axis = |seed: u64| noise(rows, seed).into_iter().map(f64::from).collect::<Vec<_>>();
    let momentum = |seed: u64| [axis(seed), axis(seed + 1), axis(seed + 2)];
    let energy = |p: &[Vec<f64>; 3], i: usize| (1.0 + p.iter().map(|c| c[i] * c[i]).sum::<f64>()).sqrt();
    let (a, b) = (momentum(1), momentum(5));
    let mass = |i: usize| {
        let e = energy(&a, i) + energy(&b, i);
        (e * e - (0..3).map(|c| (a[c][i] + b[c][i]).powi(2)).sum::<f64>()).sqrt()
    };
    let of = |f: &dyn Fn(usize) -> f64| numbers((0..rows).map(|i| Some(f(i))));
    let mut columns =
        vec![Column("E1", of(&|i| energy(&a, i)), Some("GeV")), Column("E2", of(&|i| energy(&b, i)), Some("GeV"))];
    for (c, (first, second)) in [("px1", "px2"), ("py1", "py2"), ("pz1", "pz2")].into_iter().enumerate() {
        columns.push(Column(first, of(&|i| a[c][i]), Some("GeV")));
        columns.push(Column(second, of(&|i| b[c][i]), Some("GeV")));
    }
    columns.push(Column("M", of(&mass), Some("GeV")));
    project.write("events.parquet", &columns);
    let text = started(&project, "events.parquet", &[]);
    assert_says(
        &text,
        &["columns: [E1, px1, py1, pz1, E2, px2, py2, pz2]", "target: M", "so(1,3)", "in GeV", "path: events.parquet"],
    );
    let short = [&["run", "s.yaml", "--set", "known.epochs=1"], &SHORT[..]].concat();
    assert!(project.semola(&short).succeeds().contains("mse of test"));
}

#[test]
fn clouds_in_lists_pass_the_check() {
    let project = Project::with_pipeline("");
    let lengths: Vec<usize> = (0..90).map(|i| 3 + i % 5).collect();
    let total: usize = lengths.iter().sum();
    let xyz = |seed| lists(vectors(noise(3 * total, seed), 3), &lengths);
    let charge: ArrayRef = Arc::new(Float32Array::from(noise(total, 3)));
    let columns = [
        Column("points", xyz(1), Some("m")),
        Column("velocities", xyz(2), None),
        Column("charge", lists(charge, &lengths), None),
        Column("kind", texts((0..90).map(|i| ["cube", "ball", "cone"][i % 3])), None),
    ];
    project.write("clouds.parquet", &columns);
    let text = started(&project, "clouds.parquet", &[]);
    assert_says(
        &text,
        &[
            "positions: {column: points, action: points, dim: 3}",
            "target: kind",
            "input: [positions, velocities, charge]",
        ],
    );
    let text = started(&project, "clouds.parquet", &["--target", "velocities", "--force"]);
    assert_says(&text, &["target: velocities", "velocities: {action: vector, dim: 3}"]);
}

#[test]
fn clouds_with_one_row_a_point_pass_the_check() {
    let project = Project::with_pipeline("");
    let rows = 60 * 5;
    let axis = |seed| numbers(noise(rows, seed).into_iter().map(|x| Some(f64::from(x))));
    let columns = [
        Column("cloud_id", integers((0..rows as i64).map(|i| i / 5)), None),
        Column("x", axis(1), None),
        Column("y", axis(2), None),
        Column("z", axis(3), None),
        Column("volume", numbers((0..rows).map(|i| Some((i / 5) as f64 * 0.1))), None),
    ];
    project.write("long.parquet", &columns);
    let text = started(&project, "long.parquet", &[]);
    assert_says(&text, &["group_by: cloud_id", "columns: [x, y, z]", "volume: {shape: [1]}"]);
}

#[test]
fn tables_run_without_discovery_and_bad_rows_are_left_out() {
    let project = Project::with_pipeline("");
    let of = |seed| numbers(noise(200, seed).into_iter().enumerate().map(|(i, x)| (i != 150).then_some(f64::from(x))));
    let columns = [Column("age", of(1), None), Column("dose", of(2), None), Column("response", of(3), None)];
    project.write("table.parquet", &columns);
    let text = started(&project, "table.parquet", &["--name", "trial"]);
    assert_says(&text, &["name: trial", "on_invalid: drop", "no group acts on anything", "target: response"]);
    assert!(project.semola(&["run", "s.yaml", "--set", "plain.epochs=1"]).succeeds().contains("mse of test"));
}

#[test]
fn the_text_goes_to_stdout_and_files_are_not_overwritten() {
    let project = Project::new();
    let out = project.semola(&["init", "train.parquet"]).succeeds();
    assert_says(&out, &["path: train.parquet", "path: test.parquet", "x: {action: vector, dim: 2}"]);
    project.put("mine.yaml", "keep");
    project
        .semola(&["init", "train.parquet", "--out", "mine.yaml"])
        .fails(2, &["--out mine.yaml: exists already", "--force"]);
    assert_eq!(std::fs::read_to_string(project.path("mine.yaml")).unwrap(), "keep");
    std::fs::create_dir(project.path("sub")).unwrap();
    project.write("all.parquet", &rotating(100, 3));
    project.semola(&["init", "all.parquet", "--out", "sub/p.yaml"]).succeeds();
    assert!(std::fs::read_to_string(project.path("sub/p.yaml")).unwrap().contains("path: ../all.parquet"));
    project.semola(&["check", "sub/p.yaml"]).succeeds();
}

#[test]
fn columns_without_any_value_are_left_out_and_told() {
    let project = Project::with_pipeline("");
    let nulls = || numbers((0..60).map(|_| None));
    let values = |seed| numbers(noise(60, seed).into_iter().map(|x| Some(f64::from(x))));
    let whole = Arc::new(Int64Array::from(vec![None; 60]));
    let nan = numbers((0..60).map(|_| Some(f64::NAN)));
    project.write(
        "holes.parquet",
        &[
            Column("target", nulls(), None),
            Column("label", whole, None),
            Column("a", nan, None),
            Column("lists", ragged(&[0; 60]), None),
            Column("b", values(1), None),
            Column("c", values(2), None),
        ],
    );
    let text = started(&project, "holes.parquet", &[]);
    assert_says(&text, &["input: c", "target: b", "without a value in the sampled rows: target, label, a, lists."]);
    let words = ["--target a: no sampled row has a value"];
    project.semola(&["init", "holes.parquet", "--target", "a"]).fails(2, &words);
    project.write("points.parquet", &[Column("points", ragged(&[0; 60]), None), Column("t", values(3), None)]);
    let words = ["points.parquet: no column to learn from", "`points` (without any value)", "`t` (float)"];
    project.semola(&["init", "points.parquet"]).fails(3, &words);
    let half = |even| numbers((0..60).map(|i| (i % 2 == even).then_some(f64::from(i))));
    project.write("halves.parquet", &[Column("a", half(0), None), Column("b", half(1), None)]);
    project.semola(&["init", "halves.parquet"]).fails(3, &["no row is left"]);
}

#[test]
fn names_that_no_directory_can_have_are_refused() {
    let project = Project::new();
    for name in ["../x", "a/b", "", " ", ".hidden", "a\\b", "a\nb"] {
        let words = ["cannot be the name of a pipeline", "no slash"];
        project.semola(&["init", "train.parquet", "--name", name]).fails(2, &words);
    }
    started(&project, "train.parquet", &["--name", "two words: \"é\" #1"]);
}

#[test]
fn the_output_is_never_data_and_lies_in_a_directory() {
    let project = Project::new();
    let done = project.semola(&["init", "train.parquet", "--out", "no/such/a.yaml"]);
    done.fails(2, &["--out no/such/a.yaml: there is no such directory (no/such)"]);
    for data in ["train.parquet", "test.parquet"] {
        let before = std::fs::read(project.path(data)).unwrap();
        let done = project.semola(&["init", "train.parquet", "--out", data, "--force"]);
        done.fails(2, &[data, "there is a file that is no text"]);
        assert!(std::fs::read(project.path(data)).unwrap() == before);
    }
    std::fs::create_dir(project.path("folder")).unwrap();
    project
        .semola(&["init", "train.parquet", "--out", "folder", "--force"])
        .fails(2, &["--out folder: this is a directory"]);
}

#[test]
fn files_and_targets_of_no_use_are_refused() {
    let project = Project::with_pipeline("");
    project.write("words.parquet", &[Column("smiles", texts(["C", "CC", "CO"]), None)]);
    project.semola(&["init", "words.parquet"]).fails(3, &["no column to learn from", "`smiles` (text)"]);
    project.semola(&["init", "nothing.parquet"]).fails(3, &["nothing.parquet: no such file"]);
    project.put("broken.parquet", "PAR1");
    project.semola(&["init", "broken.parquet"]).fails(3, &["broken.parquet: not a readable Parquet file"]);
    project.write(
        "v.parquet",
        &[
            Column("v", vectors(noise(60, 1), 3), None),
            Column("mass", numbers((0..20).map(|i| Some(f64::from(i)))), None),
        ],
    );
    project.semola(&["init", "v.parquet", "--target", "mas"]).fails(2, &["--target mas", "did you mean `mass`"]);
}

#[test]
fn labels_in_order_are_labels() {
    let project = Project::with_pipeline("");
    let rows = 6000;
    let x = || numbers(noise(rows, 1).into_iter().map(|x| Some(f64::from(x))));
    let z = || numbers(noise(rows, 2).into_iter().map(|x| Some(f64::from(x))));
    let classes = (0..rows as i64).map(|i| i / 600);
    project.write(
        "d.parquet",
        &[Column("x", x(), None), Column("z", z(), None), Column("label", integers(classes), None)],
    );
    let text = started(&project, "d.parquet", &[]);
    assert_says(&text, &["label: {labels: true}", "input: [x, z]", "loss: cross_entropy"]);
    let names = (0..rows).map(|i| ["cat", "dog", "eel"][i / 2000]);
    project.write("t.parquet", &[Column("x", x(), None), Column("z", z(), None), Column("kind", texts(names), None)]);
    assert_says(&started(&project, "t.parquet", &["--force"]), &["kind: {labels: true}"]);
}

#[test]
fn labels_of_one_number_a_row_may_be_lists() {
    let project = Project::with_pipeline("");
    let rows = 200;
    let x = numbers(noise(rows, 1).into_iter().map(|x| Some(f64::from(x))));
    let labels = lists(integers((0..rows as i64).map(|i| i % 3)), &vec![1; rows]);
    project.write("d.parquet", &[Column("x", x, None), Column("label", labels, None)]);
    assert_says(&started(&project, "d.parquet", &[]), &["label: {labels: true}", "input: x"]);
}

#[test]
fn lists_that_differ_in_length_are_sets_or_points() {
    let project = Project::with_pipeline("");
    let e = || numbers(noise(60, 1).into_iter().map(|x| Some(f64::from(x))));
    let lengths: Vec<usize> = (0..60).map(|i| 1 + i % 4).collect();
    let total: usize = lengths.iter().sum();
    let whole = lists(integers((0..total as i64).map(|i| i % 5)), &lengths);
    project.write("d.parquet", &[Column("v", whole, None), Column("e", e(), None)]);
    assert_says(&started(&project, "d.parquet", &[]), &["v: {action: points, dim: 1}", "target: e"]);
    let flat: Vec<usize> = lengths.iter().map(|n| 3 * n).collect();
    let values: ArrayRef = Arc::new(Float32Array::from(noise(3 * total, 2)));
    project.write("p.parquet", &[Column("y", e(), None), Column("positions", lists(values, &flat), None)]);
    let text = started(&project, "p.parquet", &["--force"]);
    assert_says(&text, &["positions: {action: points, dim: 3}", "target: y"]);
}

#[test]
fn a_central_force_in_columns_is_one_vector() {
    let project = Project::with_pipeline("");
    let q = noise(1200, 3);
    let of = |k: usize| numbers(q.chunks_exact(2).map(move |v| Some(f64::from(v[k]))).collect::<Vec<_>>());
    let force = |k: usize| {
        let f = |v: &[f32]| Some(f64::from(-v[k] * (-(v[0] * v[0] + v[1] * v[1])).exp()));
        numbers(q.chunks_exact(2).map(f).collect::<Vec<_>>())
    };
    let columns = [Column("qx", of(0), None), Column("qy", of(1), None), Column("ax", force(0), None)];
    let columns: Vec<Column> = columns.into_iter().chain([Column("ay", force(1), None)]).collect();
    project.write("d.parquet", &columns);
    let words =
        ["vectors: {columns: [qx, qy], action: vector, dim: 2}", "a: {columns: [ax, ay], action: vector, dim: 2}"];
    assert_says(&started(&project, "d.parquet", &[]), &words);
    assert_says(&started(&project, "d.parquet", &["--force", "--target", "ax", "--target", "ay"]), &words);
}

#[test]
fn a_table_without_geometry_is_told_at_once() {
    let project = Project::with_pipeline("");
    let column = |seed| numbers(noise(100, seed).into_iter().map(|x| Some(f64::from(x))));
    let class = integers((0..100).map(|i| i % 3));
    project.write(
        "d.parquet",
        &[Column("length", column(1), None), Column("width", column(2), None), Column("target", class, None)],
    );
    let done = project.semola(&["init", "d.parquet"]);
    assert!(done.err.contains("no group acts on anything, so that no symmetry can be discovered"), "{done:#?}");
    assert_says(&done.succeeds(), &["a table of numbers", "input: [length, width]"]);
    // Of what cannot be read, the formats that can are told.
    project.put("d.dat", "a,b\n1,2\n");
    project.semola(&["init", "d.dat"]).fails(3, &["d.dat: it is not Parquet", "csv (.csv, .tsv)", "--format csv"]);
}

#[test]
fn what_check_would_refuse_is_not_written() {
    let project = Project::with_pipeline("");
    let column = |seed| numbers(noise(2, seed).into_iter().map(|x| Some(f64::from(x))));
    project.write("d.parquet", &[Column("a", column(1), None), Column("b", column(2), None)]);
    project.semola(&["init", "d.parquet", "--out", "s.yaml"]).fails(3, &["no pipeline was written", "rows"]);
    assert!(!project.path("s.yaml").exists());
}
