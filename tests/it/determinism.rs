//! The same seed gives the same tables, whatever the machine has to offer.

use crate::project::{Project, rotating};
use crate::rows::assert_same_tables;

/// Large enough that every kernel splits its work.
const LARGE: [&str; 8] = [
    "--set",
    "learned.model.mlp.hidden=[96, 96]",
    "--set",
    "learned.batch=512",
    "--set",
    "learned.augment.learned.steps=40",
    "--set",
    "learned.augment.learned.audit.steps=40",
];

#[test]
fn the_number_of_threads_does_not_change_the_tables() {
    let project = Project::new();
    project.write("train.parquet", &rotating(3000, 1));
    let run = |out: &str, threads: &str| {
        let args = ["run", "p.yaml", "--member", "0", "--out", out, "--threads", threads];
        project.semola(&[&args[..], &LARGE].concat()).succeeds();
        project.member(out)
    };
    let one = run("one", "1");
    assert_same_tables(&one, &run("two", "2"));
    assert_same_tables(&one, &run("five", "5"));
    assert_same_tables(&one, &run("again", "1"));
}

#[test]
fn another_seed_gives_other_numbers() {
    let project = Project::new();
    project.semola(&["run", "p.yaml"]).succeeds();
    let members = project.members("runs/tiny");
    let values = |i: usize| crate::rows::table(&members[i], "evaluation").column_by_name("value").unwrap().to_data();
    assert_ne!(values(0), values(1));
}
