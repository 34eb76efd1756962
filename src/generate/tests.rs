//! The content of the files, and which options are rejected.

use std::fs;

use arrow::array::{Array, FixedSizeListArray, Float32Array, Int64Array};
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn bytes(task: &str, options: &Options) -> Vec<Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let files = generate(task, options, &dir.path().join("new/folder")).unwrap();
    files.iter().map(|f| fs::read(f).unwrap()).collect()
}

fn rows(seed: u64, rows: usize) -> Options {
    Options { rows: Some(rows), seed, ..Options::default() }
}

/// The file's own schema: record batches come without its metadata.
fn truth_of(path: &Path) -> serde_json::Value {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap();
    serde_json::from_str(&reader.schema().metadata()["semola.truth"]).unwrap()
}

fn only_batch(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap().with_batch_size(1000);
    reader.build().unwrap().next().unwrap().unwrap()
}

#[test]
fn equal_options_give_equal_bytes_and_other_seeds_other_ones() {
    for info in tasks() {
        let first = bytes(info.name, &rows(1, 30));
        assert_eq!(first, bytes(info.name, &rows(1, 30)), "{}", info.name);
        let other = bytes(info.name, &rows(2, 30));
        assert_eq!(first.len(), other.len());
        assert!(first.iter().zip(&other).all(|(a, b)| a != b), "{}", info.name);
        assert!(first.windows(2).all(|w| w[0] != w[1]));
    }
}

#[test]
fn files_hold_finite_vectors_and_the_truth() {
    for info in tasks().filter(|t| t.vectors) {
        let dir = tempfile::tempdir().unwrap();
        let files = generate(info.name, &rows(0, 31), dir.path()).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), files.len());
        for (at, file) in files.iter().enumerate() {
            let batch = only_batch(file);
            assert_eq!(batch.num_rows(), if at == 0 { 31 } else { 11 });
            for name in ["input", "target"] {
                let list = batch.column_by_name(name).unwrap().as_any().downcast_ref::<FixedSizeListArray>().unwrap();
                let values = list.values().as_any().downcast_ref::<Float32Array>().unwrap();
                assert!(values.null_count() == 0 && values.values().iter().all(|v| v.is_finite()));
                assert!(values.values().iter().any(|v| *v != values.value(0)));
            }
            let truth = truth_of(file);
            let (rank, flat) = (truth["rank"].as_u64().unwrap(), truth["generators"].as_array().unwrap().len());
            assert_eq!(rank == 0, truth["algebra"] == "none");
            assert!(rank == 0 && flat == 0 || (flat as u64).is_multiple_of(rank));
        }
    }
}

#[test]
fn trajectories_are_numbered() {
    let dir = tempfile::tempdir().unwrap();
    let files = generate("two-body", &rows(0, 25), dir.path()).unwrap();
    let batch = only_batch(&files[0]);
    let column = |name: &str| {
        batch.column_by_name(name).unwrap().as_any().downcast_ref::<Int64Array>().unwrap().values().to_vec()
    };
    assert_eq!(column("trajectory")[8..12], [0, 0, 1, 1]);
    assert_eq!(column("step")[8..12], [8, 9, 0, 1]);
}

#[test]
fn refuses_what_does_not_fit_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let message = |task: &str, options: &Options| generate(task, options, dir.path()).unwrap_err().to_string();
    let unknown = message("two-boddy", &Options::default());
    assert!(unknown.contains("did you mean 'two-body'") && unknown.contains("minkowski"), "{unknown}");
    assert!(!message("xyz", &Options::default()).contains("did you mean"));
    assert!(message("none", &rows(0, 9)).contains("9 rows; use 10 to"));
    assert!(message("none", &rows(0, usize::MAX)).contains("use 10 to"));
    let dial = |value| Options { dial: Some(value), ..Options::default() };
    assert!(message("se3", &dial(0.1)).contains("no dial"));
    assert!(message("near-rotation", &dial(-1.0)).contains("0 to 1000"));
    assert!(message("near-rotation", &dial(f64::NAN)).contains("0 to 1000"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);

    let file = dir.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let error = generate("none", &Options::default(), &file).unwrap_err();
    assert!(matches!(&error, GenerateError::Io { path, .. } if *path == file), "{error}");
}

#[test]
fn only_random_tasks_measure_groups_of_square_generators() {
    let options = Options { like: vec!["algebra=rotations".into(), "k=2".into()], ..Options::default() };
    let turn = vec![0.0, -1.0, 1.0, 0.0];
    let both = broken("random", &options, &[vec![turn.clone()], vec![vec![1.0, 0.0, 0.0, 1.0]]]).unwrap();
    assert!(both.len() == 2 && both[1].whole.is_none() && both[1].worst > 0.0, "{both:?}");
    let refused = |task: &str, options: &Options, group: Vec<Vec<f64>>| {
        broken(task, options, &[group]).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(refused("c4", &Options::default(), vec![turn.clone()]).contains("only the task 'random'"));
    assert!(refused("random", &options, vec![vec![1.0; 3]]).contains("a generator of 3 numbers"));
    assert!(refused("random", &options, Vec::new()).contains("option 'breaks'"));
    assert!(refused("random", &options, vec![vec![1.0; 9]]).contains("3×3"));
}
