//! What comes with the program: its pipelines can be run, and its simulated tasks can be made.

use std::path::Path;
use std::process::Command;

use crate::project::{Done, Project};

#[test]
fn every_pipeline_of_the_project_is_valid() {
    let pipelines = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    let mut checked = 0;
    for entry in std::fs::read_dir(&pipelines).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let output = Command::new(env!("CARGO_BIN_EXE_semola-pipe")).arg("check").arg(&path).output().unwrap();
            assert!(Done::new(output).succeeds().contains("data as read"), "{}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn tasks_are_listed_and_made() {
    let project = Project::new();
    let list = project.semola(&["generate", "list"]).succeeds();
    let tasks: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(tasks.contains(&"two-body") && tasks.contains(&"none"), "{list}");
    for task in tasks {
        let made = project.semola(&["generate", task, "--out", task, "--rows", "60"]).succeeds();
        for path in made.lines().filter(|path| path.ends_with(".parquet")) {
            assert!(project.semola(&["inspect", path]).succeeds().contains(" rows"), "{task}: {path}");
        }
        assert!(made.contains("train.parquet") && made.contains("test.parquet"), "{task}: {made}");
    }
    // A random task comes with a pipeline.
    assert!(project.semola(&["check", "random/pipeline.yaml"]).succeeds().contains("data as read"));
    let read = |name: &str| std::fs::read(project.path(name)).unwrap();
    project.semola(&["generate", "two-body", "--out", "again", "--rows", "60"]).succeeds();
    assert!(read("again/train.parquet") == read("two-body/train.parquet"), "the same seed gives the same file");
}

#[test]
fn tasks_and_options_that_do_not_exist_are_refused() {
    let project = Project::with_pipeline("");
    let cases: [(&[&str], &str); 6] = [
        (&["two_body", "--out", "d"], "there is no task 'two_body'; did you mean 'two-body'?"),
        (&["two-body", "--out", "d", "--dial", "3"], "this task has no dial"),
        (&["two-body", "--out", "d", "--rows", "0"], "option 'rows'"),
        (&["two-body", "--out", "d", "--like", "k=3"], "this task draws no properties"),
        (&["random", "--out", "d", "--like", "noize=1"], "there is no property 'noize'; did you mean 'noise'?"),
        (&["two-body"], "--out"),
    ];
    for (args, words) in cases {
        project.semola(&[&["generate"], args].concat()).fails(2, &[words]);
    }
    assert!(!project.path("d").exists());
}
