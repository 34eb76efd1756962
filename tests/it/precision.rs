//! Networks compute in 32 bits: what does not fit is named, and what is not finite is no result.

use arrow::array::{Array, AsArray, FixedSizeListArray, Float64Array};
use arrow::datatypes::{DataType, Field, Float64Type};

use crate::bound::{SMALL, small};
use crate::project::{Column, Project, noise};
use crate::rows::{dropped, read, table};

/// Forty rows of `x` and `y`, of 64 bits, with one value replaced.
fn write(project: &Project, name: &str, column: usize, row: usize, value: f64) {
    let column_of = |at: usize, seed: u64| {
        let mut values: Vec<f64> = noise(80, seed).into_iter().map(f64::from).collect();
        if at == column {
            values[2 * row] = value;
        }
        let item = std::sync::Arc::new(Field::new("item", DataType::Float64, true));
        std::sync::Arc::new(FixedSizeListArray::new(item, 2, std::sync::Arc::new(Float64Array::from(values)), None))
    };
    project.write(name, &[Column("x", column_of(0, 1), None), Column("y", column_of(1, 2), None)]);
}

#[test]
fn numbers_beyond_32_bits_are_named_or_dropped_and_counted() {
    let project = small(SMALL);
    for (at, field) in [(0, "x"), (1, "y")] {
        write(&project, "a.parquet", at, 7, 1e300);
        let words =
            [&format!("row 7 of a.parquet, field `{field}`: the prepared value is 1e300")[..], "on_invalid: drop"];
        let done = project.semola(&["run", "p.yaml", "--out", "o"]);
        assert_eq!(done.code, Some(3), "{done:?}");
        words.iter().for_each(|word| assert!(done.err.contains(word), "{done:?}"));
    }
    project.put("p.yaml", SMALL.replace("path: a.parquet,", "path: a.parquet, on_invalid: drop,"));
    project.semola(&["run", "p.yaml", "--out", "d"]).succeeds();
    assert_eq!(dropped(&project.member("d")), [("train d dropped.y".to_owned(), 1.0)]);
    // What preparation brings into range is no fault.
    write(&project, "a.parquet", 0, 7, 1e100);
    project.put("p.yaml", SMALL);
    assert_eq!(project.semola(&["run", "p.yaml", "--out", "raw"]).code, Some(3));
    let steps = "  - prepare: {from: [d], steps: [{scale: {fields: [x], fit: d}}]}\n  - train";
    project.put("p.yaml", SMALL.replace("  - train", steps));
    project.semola(&["run", "p.yaml", "--out", "scaled"]).succeeds();
}

#[test]
fn a_run_whose_weights_or_predictions_are_not_finite_fails() {
    let project = small(&SMALL.replace("epochs: 1", "epochs: 1, batch: 1000, optimizer: {lr: 1.0e+38, clip: 0}"));
    let done = project.semola(&["run", "p.yaml", "--out", "o"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(
        done.err.contains("not finite") || done.err.contains("predicts") || done.err.contains("diverged"),
        "{done:?}"
    );
    assert!(!project.member("o").join("tables").exists() && !project.member("o").join("models").exists());
    assert!(project.semola(&["sweep", "run", "p.yaml", "--out", "s", "--jobs", "1"]).code == Some(1));
}

#[test]
fn every_number_in_the_tables_of_a_run_is_finite() {
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--seed", "0"]).succeeds();
    let member = project.member("runs/tiny");
    for name in crate::rows::tables_of_every_run() {
        let rows = table(&member, name);
        for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
            if let Some(values) = column.as_primitive_opt::<Float64Type>() {
                let finite = values.iter().flatten().all(f64::is_finite);
                assert!(finite, "{name}.{}", field.name());
            }
        }
    }
}

#[test]
fn predict_names_the_row_without_a_number_or_drops_and_counts_it() {
    let project = small(SMALL);
    project.semola(&["run", "p.yaml", "--out", "o"]).succeeds();
    write(&project, "big.parquet", 0, 5, 1e300);
    write(&project, "far.parquet", 0, 9, 3e38);
    let predict =
        |data: &str, more: &[&str]| project.semola(&[&["predict", "o", data, "--out", "p.parquet"], more].concat());
    predict("big.parquet", &[]).fails(3, &["row 5 of big.parquet", "1e300"]);
    assert!(!project.path("p.parquet").exists());
    let far = predict("far.parquet", &[]);
    if far.code != Some(0) {
        far.fails(3, &["row 9 of far.parquet", "--on-invalid drop"]);
    }
    for data in ["big.parquet", "far.parquet"] {
        for more in [&["--on-invalid", "drop"][..], &["--on-invalid", "drop", "--evaluate"]] {
            predict(data, more).succeeds();
            let rows = read(&project.path("p.parquet"));
            let y = rows.column_by_name("y").unwrap().as_fixed_size_list().values().clone();
            assert!(y.as_primitive::<Float64Type>().values().iter().all(|v| v.is_finite()), "{data}");
            assert_eq!(y.null_count(), 0);
            assert!(rows.num_rows() >= 39, "{data}: {}", rows.num_rows());
        }
    }
}
