use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, ListArray, RecordBatch, StringArray, StructArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Int32Type};
use parquet::arrow::ArrowWriter;
use serde_json::json;

use super::*;
use crate::member::{Manifest, RunDir, Status};
use semola_data::table::{Identity, PredictionRow};

#[test]
fn a_file_is_counted_and_measured_down_to_the_elements_of_its_lists() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.parquet");
    let energy: ArrayRef = Arc::new(Float32Array::from(vec![Some(1.5), None, Some(f32::NAN), Some(-2.0)]));
    let charges = [Some(vec![Some(1), Some(8)]), Some(vec![]), None, Some(vec![Some(6), None, Some(-7)])];
    let charges: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(charges));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["water", "x".repeat(60).as_str(), "argon", "methane"]));
    let id: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 1, 2, 3]));
    let source: ArrayRef = Arc::new(StructArray::from(vec![(Arc::new(Field::new("id", DataType::UInt64, false)), id)]));
    let batch =
        RecordBatch::try_from_iter([("energy", energy), ("z", charges), ("name", names), ("source", source)]).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let found = inspect(&path).unwrap();
    assert_eq!((&found["rows"], &found["row_groups"]), (&json!(4), &json!(1)));
    let columns: BTreeMap<_, _> =
        found["columns"].as_array().unwrap().iter().map(|column| (column["name"].as_str().unwrap(), column)).collect();
    let of = |name: &str, keys: [&str; 4]| keys.map(|key| columns[name][key].clone());
    assert_eq!(of("energy", ["type", "nulls", "min", "max"]), [json!("float32"), json!(1), json!(-2.0), json!(1.5)]);
    assert_eq!(columns["energy"]["not_finite"], 1);
    assert_eq!(of("z", ["type", "nulls", "shortest", "longest"]), [json!("list<int32>"), json!(1), json!(0), json!(3)]);
    assert_eq!(of("z[]", ["values", "nulls", "min", "max"]), [json!(5), json!(1), json!(-7), json!(8)]);
    assert_eq!(columns["source.id"]["max"], json!(u64::MAX));
    assert_eq!(columns["name"]["min"], "argon");
    assert_eq!(columns["name"]["max"].as_str().unwrap().chars().count(), 41);
    let text = describe(&found);
    assert!(
        text.contains("4 rows in 1 row groups") && text.contains("1 not finite") && text.contains("0..3"),
        "{text}"
    );
}

#[test]
fn a_run_is_described_with_a_damaged_table() {
    let out = tempfile::tempdir().unwrap();
    let mut run = RunDir::open(out.path(), "abc").unwrap();
    run.start(Manifest { name: "demo".into(), seed: 7, ..Manifest::default() }).unwrap();
    run.tables(Identity::default()).write(&[PredictionRow::default(), PredictionRow::default()]).unwrap();
    fs::write(run.path().join("tables/metrics.parquet"), b"PAR1 torn").unwrap();
    run.finish(Status::Failed, Some("the loss is not finite".into())).unwrap();
    drop(run);

    for path in [out.path().to_owned(), out.path().join("abc")] {
        let found = inspect(&path).unwrap();
        let member = &found["members"][0];
        assert_eq!(
            (&member["member"], &member["status"], &member["seed"]),
            (&json!("abc"), &json!("failed"), &json!(7))
        );
        assert_eq!(member["tables"][1], json!({"table": "predictions", "rows": 2}));
        assert!(member["tables"][0]["error"].as_str().unwrap().contains("metrics.parquet"));
        assert_eq!(member["events"].as_array().unwrap().len(), 2);
        let text = describe(&found);
        assert!(text.contains("predictions 2") && text.contains("the loss is not finite"), "{text}");
    }
}

#[test]
fn a_member_at_work_says_for_how_long() {
    let out = tempfile::tempdir().unwrap();
    let mut run = RunDir::open(out.path(), "abc").unwrap();
    run.start(Manifest { name: "demo".into(), ..Manifest::default() }).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(120));
    let found = inspect(out.path()).unwrap();
    let member = &found["members"][0];
    assert_eq!(member["status"], "running");
    assert!(member["running_seconds"].as_f64().unwrap() >= 0.1, "{member}");
    let text = describe(&found);
    assert!(text.contains("running      for 0.") && !text.contains("  seconds"), "{text}");
    run.finish(Status::Done, None).unwrap();
    drop(run);
    let found = inspect(out.path()).unwrap();
    assert!(found["members"][0]["running_seconds"].is_null());
    let text = describe(&found);
    assert!(text.contains("  seconds      0.") && !text.contains("running"), "{text}");
}

#[test]
fn what_is_not_there_or_not_parquet_is_said_so() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("notes.txt");
    fs::write(&text, "hello").unwrap();
    assert!(matches!(inspect(&text), Err(InspectError::Data(DataError::NotParquet { .. }))));
    assert!(matches!(inspect(&dir.path().join("nothing")), Err(InspectError::Missing { .. })));
    assert!(matches!(inspect(dir.path()), Err(InspectError::Run(RunError::NotARun { .. }))));
}
