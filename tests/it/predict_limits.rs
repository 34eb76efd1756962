//! `predict`: what is refused, what a signal leaves, and expressions whose values depend on other rows.

use std::process::Stdio;

use crate::interrupted::wait_until;
use crate::predict::{assert_agree, of_the_run, predict, predicted, run_one};
use crate::project::{Column, Done, Project, files, integers, noise, numbers, rotating};
use crate::rows::read;

/// Two models of one `read` stage: `own` takes a column computed within each row, `all` one that needs all rows.
const COMPUTED: &str = "
name: tiny
stages:
  - read:
      as: train
      path: train.parquet
      select: {own: 'CASE WHEN s > 0 THEN SQRT(s) ELSE 2 * s END', all: s - AVG(s)}
      fields: {own: {}, all: {}, y: {}}
  - read: {as: test, path: test.parquet, like: train}
  - train: {as: own, from: train, input: own, target: y, model: {mlp: {hidden: [8]}}, epochs: 1}
  - train: {as: all, like: own, input: all}
  - evaluate: {models: [own, all], on: test, bootstrap: 20}
";

/// Numbers that rise from row group to row group.
fn rising(rows: i32) -> Vec<Column> {
    let s = |i: i32| f64::from(i - rows / 3) / f64::from(rows);
    vec![
        Column("s", numbers((0..rows).map(|i| Some(s(i)))), None),
        Column("y", numbers((0..rows).map(|i| Some(2.0 * s(i)))), None),
    ]
}

#[test]
fn expressions_that_look_at_other_rows_are_refused_and_others_give_what_the_run_gave() {
    let project = Project::with_pipeline(COMPUTED);
    project.write("train.parquet", &rising(400));
    project.write("test.parquet", &rising(300));
    run_one(&project);
    let batch = predict(&project, &["runs/tiny", "test.parquet", "--model", "own"]);
    assert_agree(&of_the_run(&project.member("runs/tiny"), "own"), &predicted(&batch, &["y"]));
    let run = |more: &[&str]| project.semola(&[&["predict", "runs/tiny", "test.parquet"], more].concat());
    let place = "column `all` of the model's `read` stage: the expression `s - AVG(s)` uses an aggregate";
    let way_out = "store `all` as a column of the training files";
    run(&["--model", "all", "--out", "all.parquet"]).fails(2, &[place, "how the files are cut", way_out]);
    run(&["--model", "all", "--out", "all", "--shards", "2"]).fails(2, &[place]);
    for (filter, uses) in [
        ("s > AVG(s)", "an aggregate"),
        ("own > MEDIAN(s)", "an aggregate"),
        ("LAG(s) OVER (ORDER BY s) > 0", "a window function"),
        ("ROW_NUMBER() OVER () < 10", "a function of several rows"),
    ] {
        let named = format!("--where: the expression `{filter}` uses {uses}");
        run(&["--model", "own", "--where", filter, "--out", "all.parquet"])
            .fails(2, &[&named, "store what it computes"]);
    }
    assert!(!project.path("all.parquet").exists() && !project.path("all").exists());
    let kept =
        predict(&project, &["runs/tiny", "test.parquet", "--model", "own", "--where", "ABS(own) < 0.5 AND s > 0"]);
    assert!((1..300).contains(&kept.num_rows()), "{}", kept.num_rows());
}

#[test]
fn a_window_within_an_example_gives_what_the_run_gave() {
    // Three points an example, so that examples lie across the row groups of 100 rows.
    let rows = |examples: usize, seed: u64| {
        let x = noise(3 * examples, seed);
        let s = numbers(x.iter().map(|&v| Some(f64::from(v))));
        let y = numbers((0..3 * examples).map(|i| Some(f64::from(x[i / 3 * 3]))));
        vec![
            Column("id", integers((0..3 * examples as i64).map(|i| i / 3)), None),
            Column("s", s, None),
            Column("y", y, None),
        ]
    };
    let project = Project::with_pipeline(
        "
name: tiny
stages:
  - read:
      as: train
      path: train.parquet
      group_by: id
      select: {q: s - AVG(s) OVER (PARTITION BY id)}
      fields: {x: {column: q, shape: [3]}, y: {shape: [1]}}
  - read: {as: test, path: test.parquet, like: train}
  - train: {as: plain, from: train, input: x, target: y, model: {mlp: {hidden: [8]}}, epochs: 1}
  - evaluate: {models: plain, on: test, bootstrap: 20}
",
    );
    project.write("train.parquet", &rows(200, 1));
    project.write("test.parquet", &rows(150, 2));
    run_one(&project);
    let batch = predict(&project, &["runs/tiny", "test.parquet"]);
    assert_agree(&of_the_run(&project.member("runs/tiny"), "plain"), &predicted(&batch, &["y"]));
}

#[test]
fn a_signal_leaves_no_file_and_says_so() {
    let project = Project::new();
    run_one(&project);
    project.write("long.parquet", &rotating(60_000, 3));
    let there = files(&project.path(""));
    let args = ["predict", "runs/tiny", "long.parquet", "--model", "plain", "--out", "new.parquet", "--threads", "1"];
    let child = project.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let unfinished = |name: &String| name.starts_with("unfinished-");
    wait_until("the start", || files(&project.path("")).keys().any(unfinished));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let done = Done::new(child.wait_with_output().unwrap());
    let told = done.fails(1, &["stopped by a signal: nothing was written; run the command again"]);
    assert!(!told.contains("saved"), "{told}");
    assert_eq!(files(&project.path("")), there);
}

#[test]
fn files_that_are_not_predictions_stay() {
    let project = Project::new();
    run_one(&project);
    let member = project.member("runs/tiny").file_name().unwrap().to_str().unwrap().to_owned();
    project.put("note.parquet", "a note");
    project.put("empty", "");
    project.put("metrics.evaluation.parquet", "a note");
    project.write("input.evaluation.parquet", &rotating(10, 2));
    project.write("old.pq", &rotating(10, 2));
    let into = |out: &str, more: &[&str]| {
        project.semola(&[&["predict", "runs/tiny", "test.parquet", "--out", out], more].concat())
    };
    let before = files(&project.path(""));
    let inside = |file: &str| format!("runs/tiny/{member}/{file}");
    for (out, why) in [
        (inside("manifest.json"), "this is written as Parquet only; give a name that ends in .parquet"),
        (inside("models/plain.safetensors"), "this is written as Parquet only"),
        (inside("tables/predictions.parquet"), "this lies among the files of a run"),
        (inside("tables/../tables/runs.parquet"), "this lies among the files of a run"),
        (inside(".lock"), "there is a file that this command did not write"),
        ("note.parquet".to_owned(), "there is a file that this command did not write"),
        ("empty".to_owned(), "there is a file that this command did not write"),
        ("old.pq".to_owned(), "there is a file that this command did not write"),
        ("new.csv".to_owned(), "this is written as Parquet only"),
        ("new.parquet.gz".to_owned(), "this is written as Parquet only"),
        ("/dev/null".to_owned(), "this is a device, not a regular file"),
    ] {
        into(&out, &[]).fails(2, &[&format!("--out {out}: "), why]);
    }
    into("metrics.parquet", &["--evaluate"])
        .fails(2, &["--out metrics.evaluation.parquet: there is a file that this command did not write"]);
    let own = ["predict", "runs/tiny", "input.evaluation.parquet", "--out", "input.parquet", "--evaluate"];
    project.semola(&own).fails(2, &["--out input.evaluation.parquet: the input is there"]);
    for run in ["runs/tiny".to_owned(), inside("")] {
        into(&run, &["--shards", "2"]).fails(2, &["this is the directory of a run"]);
    }
    assert_eq!(files(&project.path("")), before);
    // Predictions may be replaced, in a run's directory too.
    for out in ["other.pq", "NEW.PARQUET", "new", &inside("new.parquet")] {
        into(out, &[]).succeeds();
        into(out, &["--evaluate"]).succeeds();
        into(out, &["--evaluate"]).succeeds();
        assert_eq!(read(&project.path(out)).num_rows(), 200, "{out}");
    }
}
