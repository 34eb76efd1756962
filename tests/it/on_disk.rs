//! Data larger than memory.

use arrow::array::UInt64Array;

use crate::project::{Project, files};
use crate::rows::table;

const PIPELINE: &str = "\
name: large
stages:
  - read:
      as: train
      path: d/train.parquet
      fields: {x: {column: input, action: points, dim: 2}, y: {column: target}}
  - read: {as: test, path: d/test.parquet, like: train, limit: 2000}
  - prepare: {from: [train, test], steps: [{scale: {fields: x, fit: train}}, {standardise: {fields: y, fit: train}}]}
  - train:
      {as: plain, from: train, input: x, target: y, model: {mlp: {hidden: [4]}}, augment: none, epochs: 1, batch: 4096}
  - evaluate: {models: [plain], on: test, predictions: false}
";

/// A million and a half rows of nine numbers, in 200 MB.
#[test]
fn data_larger_than_memory_gives_the_same_bytes() {
    let project = Project::new();
    project.semola(&["generate", "translation", "--rows", "1500000", "--out", "d"]).succeeds();
    project.put("large.yaml", PIPELINE);
    let run = |out: &str, memory: &str| {
        let done = project.semola(&["run", "large.yaml", "--out", out, "--set", memory]);
        let told = done.err.contains("what does not fit lies in a temporary file in ");
        done.succeeds();
        (project.member(out), told)
    };
    let (inside, told) = run("inside", "memory=16GiB");
    assert!(!told);
    let (beyond, told) = run("beyond", "memory=200MB");
    assert!(told);
    // `runs` holds the setting.
    let results = |member: &std::path::Path| {
        let mut tables = files(&member.join("tables"));
        assert!(tables.remove("runs.parquet").is_some() && tables.contains_key("evaluation.parquet"));
        (tables, files(&member.join("models")))
    };
    assert!(results(&inside) == results(&beyond), "{} and {} differ", inside.display(), beyond.display());
    let peak = |member: &std::path::Path| {
        let peaks = table(member, "runs").column_by_name("peak_rss_bytes").unwrap().clone();
        peaks.as_any().downcast_ref::<UInt64Array>().unwrap().value(0)
    };
    assert!(peak(&inside) > 240_000_000, "{}: nothing would have to lie in a file", peak(&inside));
    assert!(peak(&beyond) < 220_000_000, "{}", peak(&beyond));
}
