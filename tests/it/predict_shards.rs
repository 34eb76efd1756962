//! `predict --shards`: parts that any process may make, any number of times.

use std::process::Stdio;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use crate::interrupted::wait_until;
use crate::project::{Done, Project, files, rotating};
use crate::rows::read;

const ROWS: usize = 1200;
const SHARDS: usize = 5;

/// A finished member, and new data in two files of 12 row groups.
fn project() -> Project {
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--member", "0"]).succeeds();
    std::fs::create_dir(project.path("new")).unwrap();
    project.write("new/a.parquet", &rotating(ROWS / 2, 5));
    project.write("new/b.parquet", &rotating(ROWS / 2, 6));
    project
}

fn predict(project: &Project, out: &str, more: &[&str]) -> Done {
    project.semola(&[&["predict", "runs/tiny", "new", "--out", out], more].concat())
}

fn part(project: &Project, out: &str, shard: usize) -> std::path::PathBuf {
    project.path(&format!("{out}/shard={shard:05}/part-{shard:05}.parquet"))
}

/// All shards, in order.
fn together(project: &Project, out: &str) -> RecordBatch {
    let parts: Vec<RecordBatch> = (0..SHARDS).map(|shard| read(&part(project, out, shard))).collect();
    concat_batches(&parts[0].schema(), &parts).unwrap()
}

#[test]
fn shards_in_any_order_are_the_whole() {
    let project = project();
    assert_eq!(predict(&project, "whole.parquet", &[]).succeeds(), "whole.parquet\n");
    let whole = read(&project.path("whole.parquet"));
    assert_eq!(whole.num_rows(), ROWS);
    for shard in ["3", "0", "4"] {
        let out = predict(&project, "out", &["--shards", "5", "--shard", shard]).succeeds();
        assert_eq!(out, format!("out/shard=0000{shard}/part-0000{shard}.parquet\n"));
    }
    let merge = ["--shards", "5", "--merge"];
    predict(&project, "out", &merge).fails(1, &["shards 1, 2 (of 0 to 4) of out are missing"]);
    assert!(!project.path("out/_SUCCESS").exists());
    let before = std::fs::metadata(part(&project, "out", 3)).unwrap().modified().unwrap();
    let done = predict(&project, "out", &["--shards", "5"]);
    assert!(done.err.contains("3 shards are there already"), "{done:?}");
    done.succeeds();
    assert_eq!(std::fs::metadata(part(&project, "out", 3)).unwrap().modified().unwrap(), before);
    // Only the notes in the files differ.
    assert_eq!(together(&project, "out").columns(), whole.columns());
    assert_eq!(predict(&project, "out", &merge).succeeds(), "out/_SUCCESS\n");
    // The directory is a data set again, and nothing unfinished lies in it or beside it.
    let counts: Vec<usize> = (0..SHARDS).map(|shard| read(&part(&project, "out", shard)).num_rows()).collect();
    assert!(counts.iter().all(|n| [200, 300].contains(n)), "{counts:?}");
    assert_eq!(files(&project.path("out")).len(), SHARDS + 1);
    assert_eq!(files(&project.path("out.work")).keys().collect::<Vec<_>>(), ["plan.json"]);
}

#[test]
fn another_plan_for_the_same_directory_is_refused() {
    let project = project();
    predict(&project, "out", &["--shards", "5", "--shard", "1"]).succeeds();
    predict(&project, "out", &["--shards", "4"]).fails(2, &["started with a different `shards`: 5, now 4"]);
    predict(&project, "out", &["--shards", "5", "--model", "plain"]).fails(2, &["`model`"]);
    predict(&project, "out", &["--shards", "5", "--where", "g > 1"]).fails(2, &["`where`: null"]);
    project.write("new/b.parquet", &rotating(ROWS / 2, 7));
    predict(&project, "out", &["--shards", "5"]).fails(2, &["a different input: file 1 was", "b.parquet"]);
    std::fs::remove_dir_all(project.path("out.work")).unwrap();
    predict(&project, "out", &["--shards", "5"]).fails(2, &["the plan", "is gone"]);
    predict(&project, "other", &["--shards", "5", "--shard", "5"]).fails(2, &["--shard 5: there are 5 shards"]);
    predict(&project, "other", &["--shard", "0"]).fails(2, &["--shards"]);
}

#[test]
fn killed_shards_are_made_by_the_same_command() {
    let project = project();
    predict(&project, "reference", &["--shards", "5"]).succeeds();
    let args = ["predict", "runs/tiny", "new", "--shards", "5", "--out", "out"];
    for shard in 0..SHARDS - 1 {
        let mut child = project.command(&args).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        wait_until("a shard", || part(&project, "out", shard).exists());
        child.kill().unwrap();
        child.wait().unwrap();
        // What is there is whole.
        (0..=shard).for_each(|shard| assert!(read(&part(&project, "out", shard)).num_rows() > 0));
    }
    project.semola(&args).succeeds();
    assert_eq!(files(&project.path("out")), files(&project.path("reference")));
}

#[test]
fn two_processes_on_one_shard_leave_one_file() {
    let project = project();
    predict(&project, "reference", &["--shards", "5"]).succeeds();
    let args = ["predict", "runs/tiny", "new", "--shards", "5", "--out", "out"];
    let spawn = |_| project.command(&args).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    for child in [0, 1, 2].map(spawn) {
        let done = Done::new(child.wait_with_output().unwrap());
        assert!(!done.err.contains("other bytes"), "{done:?}");
        done.succeeds();
    }
    assert_eq!(files(&project.path("out")), files(&project.path("reference")));
}
