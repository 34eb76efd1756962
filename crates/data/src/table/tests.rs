use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs::{self, File};
use std::path::Path;

use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;

use super::*;

fn writer(dir: &Path) -> TableWriter {
    let identity = Identity {
        run_id: "r1".into(),
        pipeline_hash: "p".into(),
        data_hash: "d".into(),
        code_version: "0.1.0".into(),
        seed: u64::MAX,
    };
    TableWriter::new(dir.join("tables"), dir.join(".staging"), identity)
}

fn schema(path: &Path) -> Schema {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let keys = reader.metadata().file_metadata().key_value_metadata().unwrap();
    assert_eq!(keys.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["ARROW:schema"]);
    reader.schema().as_ref().clone()
}

/// Writes, reads back, writes again; an empty table has the same schema.
fn round_trip<R: Row + Debug + PartialEq>(rows: Vec<R>) {
    assert!(!rows.is_empty(), "{}: no rows to write", R::TABLE);
    let dir = tempfile::tempdir().unwrap();
    let path = writer(dir.path()).write(&rows).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert_eq!(read_rows::<R>(&path).unwrap(), rows);
    assert_eq!(count_rows(&path).unwrap(), rows.len() as u64);
    let full = schema(&path);
    let identity: Vec<_> = full.fields().iter().take(5).map(|field| field.name().as_str()).collect();
    assert_eq!(identity, ["run_id", "pipeline_hash", "data_hash", "code_version", "seed"]);
    assert!(full.fields().iter().take(5).all(|field| !field.is_nullable()));

    writer(dir.path()).write(&rows).unwrap();
    assert!(fs::read(&path).unwrap() == bytes, "{}: other bytes for the same rows", R::TABLE);
    writer(dir.path()).write::<R>(&[]).unwrap();
    assert_eq!(read_rows::<R>(&path).unwrap(), []);
    assert_eq!(schema(&path), full);
    let names: Vec<_> = fs::read_dir(dir.path().join("tables")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, [format!("{}.parquet", R::TABLE).as_str()]);
}

/// Rows of every table; without `..`, so that a new table does not compile before it has some.
fn sample() -> Tables {
    let text = String::from;
    let metric =
        MetricRow { stage: text("discover"), model: text("µ \"quoted\""), step: 7, value: -0.5, ..Default::default() };
    let group = GroupRow {
        rank: 1,
        name: text("so(2)"),
        change_of_basis: vec![1.0, 0.0, 0.0, 1.0],
        side: 2,
        angle: Some(0.01),
        snapped: true,
        direction_excess: vec![0.5, 2.0],
        direction_verdict: vec![text("accepted"), text("")],
        verdict: text("accepted"),
        ..Default::default()
    };
    Tables {
        runs: vec![RunRow { threads: 2, seconds: 1.5, peak_rss_bytes: Some(1 << 40), ..Default::default() }],
        metrics: vec![metric.clone(), MetricRow { epoch: u32::MAX, value: f64::MAX, ..metric }],
        classes: vec![ClassRow { split: text("test"), field: text("label"), index: 1, name: text("ä") }],
        generators: vec![GeneratorRow {
            model: text("m"),
            col: 1,
            value: 1e-300,
            accepted: true,
            ..Default::default()
        }],
        groups: vec![GroupRow::default(), group],
        directions: vec![DirectionRow { excess: Some(0.1), matrix: vec![0.0; 9], side: 3, ..Default::default() }],
        extents: vec![ExtentRow { size: 0.5, effect_low: Some(0.25), ..Default::default() }, ExtentRow::default()],
        finite: vec![FiniteRow { order: 8, name: text("D4"), ..Default::default() }, FiniteRow::default()],
        elements: vec![
            ElementRow {
                matrix: vec![0.0, -1.0, 1.0, 0.0],
                side: 2,
                order: Some(4),
                by_closure: true,
                ..Default::default()
            },
            ElementRow { effect_low: Some(0.25), input_blocks: vec![1.0, 0.0], ..Default::default() },
        ],
        orbits: vec![OrbitRow { generator: 1, size: -0.5, component: 3, block: 2, ..Default::default() }],
        evaluation: vec![EvaluationRow { ci_low: Some(-1.0), n: 10, ..Default::default() }, EvaluationRow::default()],
        equivariance: vec![EquivarianceRow {
            group_source: text("random"),
            relative_error: 0.25,
            ..Default::default()
        }],
        predictions: vec![PredictionRow { row_id: u64::MAX, component: 2, target: 1.0, ..Default::default() }],
        matrices: vec![matrix("generator", [2, 2], &[0.0, -1.0, 1.0, 0.0]), matrix("direction", [10, 1], &[1.0; 10])],
    }
}

#[test]
fn every_table_comes_back() {
    let Tables {
        runs,
        metrics,
        classes,
        generators,
        groups,
        directions,
        extents,
        finite,
        elements,
        orbits,
        evaluation,
        equivariance,
        predictions,
        // Their files have other names: see below.
        matrices: _,
    } = sample();
    round_trip(runs);
    round_trip(metrics);
    round_trip(classes);
    round_trip(generators);
    round_trip(groups);
    round_trip(directions);
    round_trip(extents);
    round_trip(finite);
    round_trip(elements);
    round_trip(orbits);
    round_trip(evaluation);
    round_trip(equivariance);
    round_trip(predictions);
}

#[test]
fn the_tables_of_a_run_are_written_and_read_together() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path());
    let tables = dir.path().join("tables");
    assert_eq!(Tables::read(&tables).unwrap(), Tables::default());
    sample().write(&writer).unwrap();
    let names = || -> BTreeSet<String> {
        let files = fs::read_dir(&tables).unwrap().map(|entry| entry.unwrap().file_name());
        files.map(|name| name.into_string().unwrap().trim_end_matches(".parquet").to_owned()).collect()
    };
    let plain = TABLES.iter().filter(|table| table.files == Files::One).map(|table| table.name.to_owned());
    let shapes = ["matrices_2x2", "matrices_10x1"].map(str::to_owned);
    let expected: BTreeSet<String> = plain.chain(shapes).collect();
    assert_eq!(names(), expected);
    writer.write_run(&sample().runs[0], &json!({"name": "demo"})).unwrap();
    assert_eq!(Tables::read(&tables).unwrap(), sample());
    assert!(names().contains("runs"));
    for table in TABLES.iter().filter(|table| table.files == Files::One) {
        let fields = schema(&file_of(&tables, table.name)).fields().to_vec();
        let (identity, own) = fields.split_at(Identity::COLUMNS.len());
        assert_eq!(identity.iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), Identity::COLUMNS);
        let stated = table.fields().unwrap();
        assert_eq!(own.iter().map(|field| field.as_ref()).collect::<Vec<_>>(), stated.iter().collect::<Vec<_>>());
    }
}

#[test]
fn unknown_numbers_are_null_and_units_travel() {
    let dir = tempfile::tempdir().unwrap();
    let rows = [MetricRow { value: f64::NAN, ..Default::default() }];
    let path = writer(dir.path()).write(&rows).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let batch = reader.build().unwrap().next().unwrap().unwrap();
    assert!(batch.column_by_name("value").unwrap().is_null(0));
    assert!(read_rows::<MetricRow>(&path).unwrap()[0].value.is_nan());

    let unit =
        |path: &Path, column: &str| schema(path).field_with_name(column).unwrap().metadata().get("unit").cloned();
    let path = writer(dir.path()).write(&[GroupRow::default()]).unwrap();
    assert_eq!((unit(&path, "angle").as_deref(), unit(&path, "leakage")), (Some("rad"), None));
    let units = BTreeMap::from([("target", "eV".to_owned())]);
    let path = writer(dir.path()).write_with_units(&[PredictionRow::default()], &units).unwrap();
    assert_eq!((unit(&path, "target").as_deref(), unit(&path, "predicted")), (Some("eV"), None));
}

#[test]
fn a_run_carries_its_settings_with_their_types() {
    let dir = tempfile::tempdir().unwrap();
    let pipeline = json!({"name": "demo", "epochs": 60, "lr": 2e-3, "finish": true, "seed": [0, 1], "big": u64::MAX});
    let path = writer(dir.path()).write_run(&RunRow::default(), &pipeline).unwrap();
    let schema = schema(&path);
    let settings: Vec<_> =
        schema.fields().iter().skip(13).map(|f| (f.name().as_str(), f.data_type().clone())).collect();
    let expected = [
        ("config.name", DataType::Utf8),
        ("config.epochs", DataType::Int64),
        ("config.lr", DataType::Float64),
        ("config.finish", DataType::Boolean),
        ("config.seed", DataType::Utf8),
        ("config.big", DataType::Float64),
    ];
    assert_eq!(settings, expected);
    assert_eq!(read_rows::<RunRow>(&path).unwrap(), [RunRow::default()]);
}

fn matrix(kind: &str, shape: [i64; 2], values: &[f64]) -> MatrixRow {
    MatrixRow { model: "m".into(), kind: kind.into(), index: 0, matrix: Matrix(values.to_vec()), shape }
}

#[test]
fn matrices_are_flat_fixed_size_lists_one_file_a_shape() {
    let dir = tempfile::tempdir().unwrap();
    let small = matrix("generator", [2, 2], &[0.0, -1.0, 1.0, 0.0]);
    let large = matrix("invariant_form", [3, 3], &[1.0; 9]);
    let paths = writer(dir.path()).write_matrices(&[large.clone(), small.clone(), large.clone()]).unwrap();
    let names: Vec<_> = paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["matrices_2x2.parquet", "matrices_3x3.parquet"]);
    assert_eq!(read_rows::<MatrixRow>(&paths[0]).unwrap(), std::slice::from_ref(&small));
    assert_eq!(read_rows::<MatrixRow>(&paths[1]).unwrap(), [large.clone(), large]);
    let schema = schema(&paths[0]);
    let fixed = |item: DataType, size| DataType::FixedSizeList(Field::new("item", item, false).into(), size);
    for (name, kind) in [("matrix", fixed(DataType::Float64, 4)), ("shape", fixed(DataType::Int64, 2))] {
        let field = schema.field_with_name(name).unwrap();
        assert!(!field.is_nullable() && *field.data_type() == kind, "{field:?}");
    }
    // Matrices of a shape that is gone do not stay behind.
    writer(dir.path()).write_matrices(&[small]).unwrap();
    assert!(paths[0].exists() && !paths[1].exists());
}

#[test]
fn matrices_that_cannot_be_written_are_refused_and_the_old_file_stays() {
    let dir = tempfile::tempdir().unwrap();
    let good = matrix("generator", [1, 2], &[1.0, 2.0]);
    let path = writer(dir.path()).write_matrices(std::slice::from_ref(&good)).unwrap().remove(0);
    let before = fs::read(&path).unwrap();
    for (bad, problem) in [
        (matrix("generator", [1, 2], &[1.0]), "shape"),
        (matrix("generator", [1, 2], &[1.0, f64::NAN]), "not finite"),
        (matrix("generator", [0, 0], &[]), "shape"),
        (matrix("generator", [-1, -2], &[1.0, 2.0]), "shape"),
    ] {
        let message = writer(dir.path()).write_matrices(&[good.clone(), bad]).unwrap_err().to_string();
        assert!(message.contains(problem) && message.contains("`matrix`"), "{message}");
    }
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn a_damaged_file_and_another_table_are_errors_with_the_file_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = writer(dir.path()).write(&[MetricRow::default()]).unwrap();
    let other = read_rows::<GroupRow>(&path).unwrap_err().to_string();
    assert!(other.contains("metrics.parquet") && other.contains("`rank`"), "{other}");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let torn = read_rows::<MetricRow>(&path).unwrap_err().to_string();
    assert!(torn.contains("metrics.parquet") && torn.contains("not a readable Parquet file"), "{torn}");
    assert!(matches!(read_rows::<MetricRow>(&dir.path().join("none")), Err(TableError::Open { .. })));
}
