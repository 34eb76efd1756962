//! Mistakes in the data: exit code 3, file, column and row, and nothing written.

use crate::project::{Column, PIPELINE, Project, integers, noise, numbers, ragged, rotating, texts, vectors};
use crate::rows::dropped;

const GROUP: &str = "      group: g\n";

/// 60 rows of x, y and g, with `change` applied to the flat values of x.
fn changed(change: impl FnOnce(&mut [f32])) -> Vec<Column> {
    let mut x = noise(120, 3);
    change(&mut x);
    let y = vectors(noise(120, 4), 2);
    vec![Column("x", vectors(x, 2), None), Column("y", y, None), Column("g", integers(0..60), None)]
}

#[test]
fn a_missing_column_is_named_with_the_one_that_was_meant() {
    let project = Project::edited("        x: {action", "        x: {column: xx, action");
    project
        .refuses(3, &["p.yaml:9:21: error: train.parquet: there is no column 'xx'", "the columns are 'x', 'y', 'g'"]);
    let project = Project::edited("path: train.parquet", "path: long.parquet");
    let mut columns = rotating(60, 1);
    columns[0].0 = "position";
    project.write("long.parquet", &columns);
    project.put(
        "p.yaml",
        std::fs::read_to_string(project.path("p.yaml")).unwrap().replacen("x: {a", "x: {column: positoin, a", 1),
    );
    project.refuses(3, &["p.yaml:9:21: error: long.parquet: there is no column 'positoin'; did you mean 'position'?"]);
    let project = Project::edited(GROUP, "      group: h\n");
    project.refuses(3, &["p.yaml:7:14: error: train.parquet: there is no column 'h'"]);
}

#[test]
fn a_column_missing_in_one_of_the_files_is_named_with_the_file() {
    let project = Project::new();
    project.write("test.parquet", &rotating(60, 2)[..2]);
    project.refuses(3, &["p.yaml:7:14: error: test.parquet: there is no column 'g'"]);
    // In one part of several, the first or a later one.
    for lacking in ["parts/a.parquet", "parts/b.parquet"] {
        let project = Project::edited("path: train.parquet", "path: parts");
        std::fs::create_dir(project.path("parts")).unwrap();
        for name in ["parts/a.parquet", "parts/b.parquet"] {
            let columns = rotating(60, 1);
            project.write(name, if name == lacking { &columns[1..] } else { &columns });
        }
        project.refuses(3, &["p.yaml:9:", lacking, "no column `x`, which ", "has; all files of a data set need"]);
    }
}

#[test]
fn hidden_and_empty_files_among_parts_do_not_matter() {
    let project = Project::edited("path: train.parquet", "path: parts/*.parquet");
    std::fs::create_dir(project.path("parts")).unwrap();
    project.write("parts/b.parquet", &rotating(60, 1));
    project.write("parts/a.parquet", &rotating(0, 1));
    project.put("parts/._b.parquet", "not Parquet");
    assert!(project.semola(&["check", "p.yaml"]).succeeds().contains("train: 60 rows"));
}

#[test]
fn pipes_are_told_at_once_in_every_command() {
    let project = Project::edited("path: train.parquet", "path: parts");
    std::fs::create_dir(project.path("parts")).unwrap();
    let pipe = project.path("parts/x.parquet");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    project.refuses(3, &["p.yaml:6:", "parts/x.parquet", "a pipe, socket or device, not a regular file"]);
    for command in ["inspect", "init"] {
        project.semola(&[command, "parts/x.parquet"]).fails(3, &["a pipe, socket or device"]);
    }
}

#[test]
fn values_that_cannot_be_computed_with_are_refused_by_every_scaling() {
    let wide = |i: u32| numbers((0..60).map(move |k| Some(f64::from(k * i % 17) * 1e160)));
    for step in ["standardise", "scale", "unit_sphere"] {
        let project = Project::edited("{scale: {fields: [x, y], fit: train}}", &format!("{{{step}: {{fields: z}}}}"));
        let text = std::fs::read_to_string(project.path("p.yaml")).unwrap();
        let z = if step == "unit_sphere" {
            "z: {columns: [w, w2, w3, w4], action: points, dim: 2}"
        } else {
            "z: {column: w}"
        };
        project.put("p.yaml", text.replacen("      fields:\n", &format!("      fields:\n        {z}\n"), 1));
        for (name, seed) in [("train.parquet", 1), ("test.parquet", 2)] {
            let mut columns = rotating(60, seed);
            columns.extend([("w", 1), ("w2", 2), ("w3", 3), ("w4", 5)].map(|(n, i)| Column(n, wide(i), None)));
            project.write(name, &columns);
        }
        project.run_refuses(3, &[step, "z"]);
    }
}

#[test]
fn a_column_of_the_wrong_type_is_named() {
    let project = Project::new();
    let mut columns = rotating(60, 1);
    columns[0] = Column("x", texts(["a"; 60]), None);
    project.write("train.parquet", &columns);
    project.refuses(3, &["p.yaml:9:", "train.parquet", "column `x`", "Utf8"]);
}

#[test]
fn ragged_rows_where_fixed_ones_are_needed_are_named() {
    let project = Project::new();
    let write = |rows: usize, odd: usize| {
        let mut lengths = vec![2; rows];
        lengths[odd] = 3;
        let mut columns = rotating(rows, 1);
        columns[0] = Column("x", ragged(&lengths), None);
        project.write("train.parquet", &columns);
    };
    // In the first rows, which `check` measures, and beyond them.
    for (rows, odd) in [(60, 41), (60, 0), (6000, 5555)] {
        write(rows, odd);
        let place = format!("train.parquet: column `x`, row {odd} ");
        project.refuses(3, &[&place, "3 values where 2 are needed", "on_invalid: drop"]);
    }
    write(60, 41);
    project.put("p.yaml", PIPELINE.replacen(GROUP, "      group: g\n      on_invalid: drop\n", 1));
    let out = project.semola(&["check", "p.yaml"]).succeeds();
    assert!(out.contains("train: 59 rows") && out.contains("1 rows left out"), "{out}");
}

#[test]
fn lists_of_one_length_are_as_good_as_fixed_ones() {
    let project = Project::new();
    let mut columns = rotating(60, 1);
    columns[0] = Column("x", ragged(&[2; 60]), None);
    project.write("train.parquet", &columns);
    assert!(project.semola(&["check", "p.yaml"]).succeeds().contains("x: [2], vector of 2"));
}

#[test]
fn nan_and_infinities_are_named_with_file_column_and_row() {
    for (value, word) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let project = Project::new();
        project.write("train.parquet", &changed(|x| x[2 * 57 + 1] = value));
        project.refuses(3, &["train.parquet: column `x`, row 57", word, "on_invalid: drop"]);
    }
}

#[test]
fn a_null_is_named_with_file_column_and_row() {
    let project =
        Project::edited("        x: {action: vector, dim: 2}", "        e: {}\n        x: {action: vector, dim: 2}");
    let mut columns = rotating(300, 1);
    columns.push(Column("e", numbers((0..300).map(|i| (i != 222).then_some(1.0))), None));
    project.write("train.parquet", &columns);
    project.write("test.parquet", &columns);
    project.refuses(3, &["parquet: column `e`, row 222", "null", "on_invalid: drop"]);
}

#[test]
fn rows_are_counted_in_their_own_file() {
    let project = Project::edited("path: train.parquet", "path: [train.parquet, more.parquet]");
    project.write("more.parquet", &changed(|x| x[2 * 5] = f32::NAN));
    project.refuses(3, &["more.parquet: column `x`, row 5"]);
}

#[test]
fn a_file_without_rows_is_refused() {
    let project = Project::new();
    project.write("test.parquet", &rotating(0, 1));
    project.refuses(3, &["test.parquet", "no rows"]);
}

#[test]
fn a_missing_file_is_refused_and_a_glob_without_match_too() {
    let project = Project::edited("path: train.parquet", "path: tarin.parquet");
    project.refuses(3, &["p.yaml:6:13: error: tarin.parquet: no such file"]);
    let project = Project::edited("path: train.parquet", "path: 'part-*.parquet'");
    project.refuses(3, &["p.yaml:6:13: error:", "part-*.parquet"]);
}

#[test]
fn an_empty_directory_and_a_file_named_twice_are_refused() {
    let project = Project::edited("path: train.parquet", "path: parts");
    std::fs::create_dir(project.path("parts")).unwrap();
    project.refuses(3, &["p.yaml:6:13: error:", "parts: the directory holds no .parquet file"]);
    let project = Project::edited("path: train.parquet", "path: [train.parquet, 'tr*.parquet']");
    project.refuses(2, &["p.yaml:6:", "train.parquet: named twice"]);
}

#[test]
fn mixed_units_of_two_files_are_refused() {
    let project = Project::edited("path: train.parquet", "path: 'part-*.parquet'");
    for (name, unit) in [("part-0.parquet", "m"), ("part-1.parquet", "km")] {
        let mut columns = rotating(60, 1);
        columns[0].2 = Some(unit);
        project.write(name, &columns);
    }
    project.refuses(3, &["mixed units", "part-0.parquet", "`m`", "part-1.parquet", "`km`", "column `x`"]);
}

#[test]
fn a_unit_other_than_the_pipelines_is_refused() {
    let project = Project::edited("x: {action: vector, dim: 2}", "x: {action: vector, dim: 2, unit: mm}");
    let mut columns = rotating(60, 1);
    columns[0].2 = Some("m");
    project.write("train.parquet", &columns);
    project.refuses(3, &["mixed units", "`mm`", "train.parquet", "`m`"]);
}

#[test]
fn training_and_test_data_in_different_units_are_refused() {
    let project = Project::new();
    for (name, unit) in [("train.parquet", "m"), ("test.parquet", "km")] {
        let mut columns = rotating(600, 1);
        columns[0].2 = Some(unit);
        project.write(name, &columns);
    }
    project.refuses(
        3,
        &["p.yaml:22:46: error: mixed units: field 'x' is in `km` in data set 'test'", "learned it in `m`"],
    );
}

#[test]
fn a_where_that_is_no_expression_or_leaves_nothing_is_refused() {
    let project = Project::edited(GROUP, "      group: g\n      where: g <\n");
    project.refuses(2, &["p.yaml:8:14: error:", "g <"]);
    let project = Project::edited(GROUP, "      group: g\n      where: g < 0\n");
    project.refuses(3, &["`train`", "no row is left"]);
    let project = Project::edited(GROUP, "      group: g\n      where: h < 3\n");
    project.refuses(2, &["p.yaml:8:14: error:", "h"]);
}

#[test]
fn invalid_rows_are_dropped_counted_and_left_out_on_request() {
    let project = Project::edited(GROUP, "      group: g\n      on_invalid: drop\n");
    let mut x = noise(1200, 5);
    for row in [0, 17, 599] {
        x[2 * row] = f32::NAN;
    }
    let mut columns = rotating(600, 1);
    columns[0] = Column("x", vectors(x, 2), None);
    project.write("train.parquet", &columns);
    let out = project.semola(&["check", "p.yaml"]).succeeds();
    assert!(out.contains("train: 597 rows") && out.contains("3 rows left out"), "{out}");
    let done = project.semola(&["run", "p.yaml", "--member", "0"]);
    assert!(done.err.contains("train: 3 rows left out because of column `x` (on_invalid: drop)"), "{}", done.err);
    done.succeeds();
    assert_eq!(dropped(&project.member("runs/tiny")), [("read train dropped.x".to_owned(), 3.0)]);
}

#[test]
fn dropping_every_row_is_an_error() {
    let project = Project::edited(GROUP, "      group: g\n      on_invalid: drop\n");
    project.write("train.parquet", &changed(|x| x.fill(f32::NAN)));
    project.refuses(3, &["`train`", "no row is left"]);
}
