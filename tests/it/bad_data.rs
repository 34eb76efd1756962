//! Mistakes in the data: exit code 3, file, column and row, and nothing written.

use crate::project::{Column, Project, integers, noise, numbers, ragged, rotating, texts, vectors};

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
    project.refuses(2, &["p.yaml:9:21: error:", "no column 'xx'", "did you mean 'x'?"]);
    let project = Project::edited(GROUP, "      group: h\n");
    project.refuses(2, &["p.yaml:7:14: error:", "no column 'h'"]);
}

#[test]
fn a_column_missing_in_one_of_the_files_is_named_with_the_file() {
    let project = Project::new();
    project.write("test.parquet", &rotating(60, 2)[..2]);
    let done = project.semola(&["check", "p.yaml"]);
    assert!(matches!(done.code, Some(2 | 3)), "{done:#?}");
    let words = ["p.yaml:11:", "'g'"];
    words.iter().for_each(|w| assert!(done.err.contains(w), "`{w}` is not in {}", done.err));
    assert!(!project.path("runs").exists());
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
    let mut lengths = [2; 60];
    lengths[41] = 3;
    let mut columns = rotating(60, 1);
    columns[0] = Column("x", ragged(&lengths), None);
    project.write("train.parquet", &columns);
    project.refuses(3, &["train.parquet: column `x`, row 41", "3 values where 2 are needed", "on_invalid: drop"]);
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
    let done = project.semola(&["check", "p.yaml"]);
    assert!(matches!(done.code, Some(2 | 3)), "{done:#?}");
    for word in ["unit", "`m`", "`km`", "'x'"] {
        assert!(
            done.err.replace("'m'", "`m`").replace("'km'", "`km`").contains(word),
            "`{word}` is not in {}",
            done.err
        );
    }
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
    assert!(project.member("runs/tiny").join("tables/runs.parquet").exists());
}

#[test]
fn dropping_every_row_is_an_error() {
    let project = Project::edited(GROUP, "      group: g\n      on_invalid: drop\n");
    project.write("train.parquet", &changed(|x| x.fill(f32::NAN)));
    project.refuses(3, &["`train`", "no row is left"]);
}
