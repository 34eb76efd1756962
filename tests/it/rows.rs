//! Reading a member's manifest and tables, and comparing two members.

use std::fs::File;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Float64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use semola_data::table::{Files, TABLES};
use serde_json::Value;

use crate::project::files;

/// Columns of `runs` that say how long and where it ran, not what came out.
const OF_THE_ATTEMPT: [&str; 5] = ["started", "seconds", "cpu_seconds", "peak_rss_bytes", "threads"];

/// Tables that every run writes: all but the matrices, which have a file a shape.
pub fn tables_of_every_run() -> impl Iterator<Item = &'static str> {
    TABLES.iter().filter(|table| table.files != Files::Shapes).map(|table| table.name)
}

pub fn manifest(member: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(member.join("manifest.json")).unwrap()).unwrap()
}

/// A table as one batch.
pub fn table(member: &Path, name: &str) -> RecordBatch {
    read(&member.join("tables").join(format!("{name}.parquet")))
}

pub fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// The rows that were left out, as the tables count them.
pub fn dropped(member: &Path) -> Vec<(String, f64)> {
    let metrics = table(member, "metrics");
    let text = |name: &str| metrics.column_by_name(name).unwrap().as_string::<i32>().clone();
    let (stage, split, metric) = (text("stage"), text("split"), text("metric"));
    let values = metrics.column_by_name("value").unwrap().as_primitive::<Float64Type>().clone();
    let counted = (0..metrics.num_rows()).filter(|&i| metric.value(i).starts_with("dropped."));
    let row = |i| (format!("{} {} {}", stage.value(i), split.value(i), metric.value(i)), values.value(i));
    counted.map(row).collect()
}

/// Both members have the same tables and models, byte for byte; of `runs`, the columns that do not speak of the attempt.
#[track_caller]
pub fn assert_same_tables(a: &Path, b: &Path) {
    let (of_a, of_b) = (files(&a.join("tables")), files(&b.join("tables")));
    let names: Vec<&String> = of_a.keys().collect();
    assert_eq!(names, of_b.keys().collect::<Vec<_>>());
    for table in tables_of_every_run() {
        assert!(of_a.contains_key(&format!("{table}.parquet")), "there is no {table}.parquet among {names:?}");
    }
    for (name, bytes) in &of_a {
        if name != "runs.parquet" {
            assert!(of_b[name] == *bytes, "{name} differs between {} and {}", a.display(), b.display());
        }
    }
    assert_eq!(without_attempt(table(a, "runs")), without_attempt(table(b, "runs")));
    let (of_a, of_b) = (files(&a.join("models")), files(&b.join("models")));
    assert!(!of_a.is_empty() && of_a == of_b, "the models of {} and {} differ", a.display(), b.display());
}

fn without_attempt(runs: RecordBatch) -> RecordBatch {
    let schema = runs.schema();
    let keep: Vec<usize> =
        (0..schema.fields().len()).filter(|&i| !OF_THE_ATTEMPT.contains(&schema.field(i).name().as_str())).collect();
    assert_eq!(keep.len() + OF_THE_ATTEMPT.len(), schema.fields().len());
    runs.project(&keep).unwrap()
}
