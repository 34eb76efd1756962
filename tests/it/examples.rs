//! The examples of the library: a run from Rust, what it found, and predictions with its model.

use std::path::Path;

use crate::project::Project;

#[path = "../../examples/discover.rs"]
#[expect(dead_code, reason = "the test calls what `main` calls")]
mod discover;
#[path = "../../examples/findings.rs"]
#[expect(dead_code, reason = "the test calls what `main` calls")]
mod findings;
#[path = "../../examples/predict.rs"]
#[expect(dead_code, reason = "the test calls what `main` calls")]
mod predict;

/// So few steps that it takes seconds.
const SETS: [&str; 7] = [
    "learned.epochs=1",
    "plain.epochs=1",
    "known.epochs=1",
    "learned.augment.learned.steps=20",
    "learned.augment.learned.audit.steps=20",
    "learned.augment.learned.audit.networks=2",
    "train.limit=1000",
];

#[test]
fn a_run_from_rust_gives_typed_findings_and_a_model() {
    let project = Project::with_pipeline("");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (pipeline, out) = (root.join("pipelines/two_body.yaml"), project.path("out"));
    let sets = SETS.map(str::to_owned);
    let groups = discover::discover(&pipeline, &out, &sets).unwrap();
    assert_eq!(groups.iter().map(|g| g.model.as_str()).collect::<Vec<_>>(), ["learned"]);
    // Done already: the same findings without any training.
    assert_eq!(discover::discover(&pipeline, &out, &sets).unwrap(), groups);

    let lines = findings::findings(&out).unwrap();
    assert!(lines[0].starts_with("seed 0, learned: "), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("mse of plain, shift none")), "{lines:?}");

    let file = project.path("predictions.parquet");
    let rows = predict::predict(&out, &root.join("data/two_body/test.parquet"), &file).unwrap();
    assert!(rows > 0 && file.exists());
    let wrong = discover::discover(&pipeline, &out, &["learned.epoch=1".to_owned()]).unwrap_err().to_string();
    assert!(wrong.contains("learned.epoch") && wrong.contains("epochs"), "{wrong}");
}
