//! Comparisons of synthetic members.

use std::fs;
use std::path::Path;

use semola_data::{Blame, Fault};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::frame::values;
use super::*;
use crate::member::{Manifest, Status, Sums, sums};
use semola_data::table::{EvaluationRow, GroupRow, Identity, RunRow, TableWriter};

/// A member with tables `evaluation`, `groups` and `runs`.
fn write(run: &Path, id: &str, seed: u64, pipeline: Value, values: [f64; 2], verdict: &str) {
    let member = run.join(id);
    let writer = TableWriter::new(
        member.join("tables"),
        member.join(".staging"),
        Identity { run_id: id.into(), seed, ..Identity::default() },
    );
    let row = |model: &str, metric: &str, value| EvaluationRow {
        model: model.into(),
        split: "test".into(),
        shift: "none".into(),
        metric: metric.into(),
        value,
        n: 10,
        ..EvaluationRow::default()
    };
    let [learned, plain] = values;
    writer.write(&[row("learned", "mse", learned), row("plain", "mse", plain), row("plain", "mae", 7.0)]).unwrap();
    let name = if verdict == "accepted" { "so(2)" } else { "none" };
    let group = GroupRow {
        model: "learned".into(),
        name: name.into(),
        verdict: verdict.into(),
        change_of_basis: vec![1.0, 2.0],
        ..GroupRow::default()
    };
    writer.write(&[group]).unwrap();
    writer.write_run(&RunRow { name: "tiny".into(), status: "done".into(), ..RunRow::default() }, &pipeline).unwrap();
    let manifest = Manifest {
        status: Status::Done,
        run_id: id.into(),
        name: "tiny".into(),
        seed,
        pipeline,
        sums: Some(Sums { tables: sums(&member.join("tables")).unwrap(), ..Sums::default() }),
        ..Manifest::default()
    };
    fs::write(member.join("manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
}

/// Three seeds of one setting, and one of another with an extra setting.
fn runs() -> TempDir {
    let run = tempfile::tempdir().unwrap();
    write(run.path(), "a", 0, json!({"lr": 1}), [1.0, 10.0], "accepted");
    write(run.path(), "b", 1, json!({"lr": 1}), [2.0, 20.0], "none");
    write(run.path(), "c", 2, json!({"lr": 1}), [6.0, 30.0], "accepted");
    write(run.path(), "d", 0, json!({"lr": 0.5, "extra": [1, 2]}), [5.0, 40.0], "undecided");
    run
}

fn request(run: &TempDir) -> Request {
    Request { runs: vec![run.path().to_owned()], ..Request::default() }
}

fn column(found: &Comparison, name: &str) -> Vec<Value> {
    values(found.frame.column(name).unwrap_or_else(|e| panic!("{e}")))
}

#[test]
fn by_default_models_stand_side_by_side_beside_what_was_found() {
    let run = runs();
    let found = compare(&Request { metrics: vec!["mse".into()], ..request(&run) }).unwrap();
    assert_eq!(column(&found, "lr"), [0.5, 1.0]);
    assert_eq!(column(&found, "extra"), [json!("[1,2]"), Value::Null]);
    assert_eq!(column(&found, "learned.mean"), [5.0, 3.0]);
    assert_eq!(column(&found, "learned.sd"), [Value::Null, json!(7f64.sqrt())]);
    assert_eq!(column(&found, "plain.mean"), [40.0, 20.0]);
    assert_eq!(column(&found, "plain.n"), [1, 3]);
    assert_eq!(column(&found, "found"), ["1× undecided", "2× so(2), 1× none"]);
    let text = found.text(format::Format::Table).unwrap();
    assert!(text.contains("3 ± 2.6 (3)") && text.contains("5 (1)"), "{text}");
    assert_eq!(found.note, "compared 4 members of tiny");
}

#[test]
fn rows_are_chosen_by_columns_of_the_table_and_of_the_run() {
    let run = runs();
    let learned = |filter: &str| {
        let request = Request { filter: Some(filter.into()), pivot: Pivot::None, ..request(&run) };
        compare(&request).map(|found| column(&found, "mean"))
    };
    assert_eq!(learned("\"config.lr\" = 1 AND model = 'learned'").unwrap(), [3.0]);
    assert_eq!(learned("lr < 1 AND metric = 'mse'").unwrap(), [5.0, 40.0]);
    assert_eq!(learned("seed = 2 AND name = 'tiny'").unwrap(), [6.0, 30.0, 7.0]);
    assert_eq!(learned("seed = 2").unwrap(), [6.0, 30.0, 7.0]);
    for (filter, words) in [
        ("modle = 'learned'", "there is no column `modle`; did you mean `model`?"),
        ("config.lr > 0", "double quotes"),
        ("\"config.lrr\" > 0", "did you mean `config.lr`?"),
        ("value", "--where"),
        ("seed = 99", "no row of table `evaluation` is left with --where \"seed = 99\""),
        ("value > 99", "no row"),
    ] {
        let error = learned(filter).unwrap_err();
        assert!(error.to_string().contains(words), "{filter}: {error}");
        assert_eq!(error.blame(), Blame::Pipeline, "{filter}");
    }
}

#[test]
fn tables_with_different_columns_are_united() {
    let run = runs();
    let found = compare(&Request { table: "runs".into(), rows: Rows::Members, ..request(&run) }).unwrap();
    assert_eq!(column(&found, "run_id"), ["d", "a", "b", "c"]);
    assert_eq!(column(&found, "config.lr"), [0.5, 1.0, 1.0, 1.0]);
    assert_eq!(column(&found, "config.extra"), [json!("[1,2]"), Value::Null, Value::Null, Value::Null]);
    let found = compare(&Request { table: "groups".into(), rows: Rows::Members, ..request(&run) }).unwrap();
    assert_eq!(column(&found, "change_of_basis")[0], json!([1.0, 2.0]));
}

#[test]
fn members_of_a_group_count_once_however_many_rows_they_have() {
    let run = runs();
    let request = Request { by: Some(vec!["metric".into()]), filter: Some("lr = 1".into()), ..request(&run) };
    let found = compare(&request).unwrap();
    // Each member's mean over its two models comes first: 5.5, 11 and 18.
    assert_eq!(column(&found, "mean"), [11.5, 7.0]);
    assert_eq!(column(&found, "n"), [3, 3]);
    let error = compare(&Request { by: Some(vec!["model".into()]), ..request }).unwrap_err();
    assert!(matches!(error, CompareError::MixedMetrics { .. }), "{error}");
}

#[test]
fn repeated_and_unfinished_members_are_said() {
    let run = runs();
    let mut manifest = Manifest::read(&run.path().join("b")).unwrap().unwrap();
    manifest.status = Status::Failed;
    fs::write(run.path().join("b/manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
    let twice = vec![run.path().to_owned(), run.path().join("[ab]")];
    let found = compare(&Request { runs: twice.clone(), ..request(&run) }).unwrap();
    assert_eq!(found.warnings.len(), 2, "{:?}", found.warnings);
    assert!(found.warnings[0].starts_with("2 directories"), "{:?}", found.warnings);
    assert!(
        found.warnings[1].starts_with("1 of 4 members are not done (1 failed) and are left out"),
        "{:?}",
        found.warnings
    );
    assert_eq!(column(&found, "learned.n"), [json!(1), Value::Null, json!(2), Value::Null]);
    let found = compare(&Request { runs: twice, all: true, ..request(&run) }).unwrap();
    assert_eq!(column(&found, "plain.n"), [1, 1, 3, 3]);
}

/// A pipeline with a model that was asked for a group, and the same network without.
fn searching(hidden: u32) -> Value {
    let train = |name: &str, augment: Value| json!({"train": {"as": name, "target": "y", "model": {"mlp": {"hidden": [hidden]}}, "augment": augment}});
    json!({"stages": [train("learned", json!({"learned": {}})), train("plain", json!("none"))]})
}

#[test]
fn gains_are_paired_within_members_and_settings_have_their_names() {
    let run = tempfile::tempdir().unwrap();
    for (id, seed, hidden, values) in
        [("a", 0, 128, [1.0, 8.0]), ("b", 1, 128, [6.0, 16.0]), ("c", 0, 32, [3.0, 6.0]), ("d", 1, 32, [5.0, 5.0])]
    {
        write(run.path(), id, seed, searching(hidden), values, "accepted");
    }
    let found = compare(&Request { metrics: vec!["mse".into()], ..request(&run) }).unwrap();
    assert_eq!(column(&found, "learned.model.mlp.hidden"), ["[32]", "[128]"], "as numbers, not as texts");
    assert_eq!(column(&found, "learned − plain.mean"), [-1.5, -8.5]);
    assert_eq!(column(&found, "learned / plain.mean"), [0.75, 0.25]);
    assert_eq!(column(&found, "learned − plain.ci_low"), [-3.0, -10.0]);
    assert_eq!(column(&found, "learned − plain.n"), [2, 2]);
    assert_eq!(
        found.findings,
        ["learned, 4 of 4: `y` is invariant under rotations in the plane of the inputs (so(2), 0 generators)."]
    );
    let text = found.text(format::Format::Table).unwrap();
    assert!(text.contains("-1.5 [-3, 0] (2)"), "{text}");
    let by = |name: &str| {
        let filter = Some(format!("\"{name}\" = '[32]' AND model = 'plain' AND metric = 'mse'"));
        compare(&Request { filter, pivot: Pivot::None, ..request(&run) }).map(|found| column(&found, "mean"))
    };
    assert_eq!(by("learned.model.mlp.hidden").unwrap(), [5.5]);
    assert_eq!(by("config.learned.model.mlp.hidden").unwrap(), [5.5]);
    let select = vec!["learned.model.mlp.hidden".into(), "learned − plain".into()];
    let chosen = compare(&Request { select, metrics: vec!["mse".into()], ..request(&run) }).unwrap();
    assert_eq!(chosen.shown.len(), 2);
}
