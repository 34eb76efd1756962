//! What a run reads back is what was written for it: checkpoints, models, manifests, tables, and the files of a sweep. And
//! no two names share a file.

use std::path::Path;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::project::{Project, files, rotating};
use crate::rows::{manifest, read};

/// Forty rows and a model that is trained in no time.
pub const SMALL: &str = "\
name: small
stages:
  - read: {as: d, path: a.parquet, fields: {x: {action: vector, dim: 2}, y: {action: vector, dim: 2}}}
  - train: {as: m, from: d, input: x, target: y, model: {mlp: {hidden: [4]}}, epochs: 1}
  - evaluate: {models: [m], on: d, bootstrap: 2}
";

pub fn small(text: &str) -> Project {
    let project = Project::with_pipeline(text);
    project.write("a.parquet", &rotating(40, 1));
    project
}

/// Sets every value of `evaluation` to 123, as somebody might who wants a better paper.
fn forge(table: &Path) {
    let rows = read(table);
    let at = rows.schema().index_of("value").unwrap();
    let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
    columns[at] = std::sync::Arc::new(Float64Array::from(vec![123.0; rows.num_rows()]));
    assert_eq!(columns[at].len(), rows.num_rows());
    let forged = RecordBatch::try_new(rows.schema(), columns).unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(table).unwrap(), rows.schema(), None).unwrap();
    writer.write(&forged).unwrap();
    writer.close().unwrap();
}

#[test]
fn models_whose_names_look_alike_as_files_are_kept_apart() {
    let names = ["a b", "a:b", "a-b", "A-b", "ä", &"m".repeat(240)];
    let mut text = SMALL.replace("as: m, ", "as: \"a b\", ").replace("[m]", "[\"a b\"]");
    for name in &names[1..] {
        text = text
            .replace("  - evaluate", &format!("  - train: {{as: \"{name}\", like: \"a b\", epochs: 2}}\n  - evaluate"));
    }
    let project = small(&text);
    let mut command = project.command(&["run", "p.yaml", "--out", "o"]);
    let done = crate::project::Done::new(command.env("SEMOLA_CHECKPOINT_SECONDS", "0").output().unwrap());
    assert!(!done.err.contains("ignored"), "{done:?}");
    done.succeeds();
    assert_eq!(std::fs::read_dir(project.member("o").join("models")).unwrap().count(), names.len());
    for (at, name) in names.iter().enumerate() {
        let out = format!("p{at}.parquet");
        project.semola(&["predict", "o", "a.parquet", "--model", name, "--out", &out]).succeeds();
    }
    // A pipeline's name becomes a directory's.
    project.put("p.yaml", SMALL.replace("name: small", &format!("name: {}", "n".repeat(250))));
    project.semola(&["check", "p.yaml"]).fails(2, &["p.yaml:1:7: error: 'nnn", "at most 200 bytes"]);
}

#[test]
fn tables_that_the_run_did_not_write_are_refused_by_all_who_read_them() {
    let project = small(SMALL);
    project.semola(&["run", "p.yaml", "--out", "o"]).succeeds();
    let member = project.member("o");
    let table = member.join("tables/evaluation.parquet");
    let whole = std::fs::read(&table).unwrap();
    forge(&table);
    for args in [&["compare", "o"][..], &["report", "o"], &["run", "p.yaml", "--out", "o"]] {
        project.semola(args).fails(3, &["evaluation.parquet: does not have the checksum", "--fresh"]);
    }
    assert!(project.semola(&["inspect", "o"]).succeeds().contains("evaluation (damaged: "));
    std::fs::remove_file(&table).unwrap();
    for args in [&["compare", "o"][..], &["report", "o"]] {
        project.semola(args).fails(3, &["evaluation.parquet: is missing"]);
    }
    std::fs::write(&table, &whole).unwrap();
    project.semola(&["compare", "o"]).succeeds();
    std::fs::copy(&table, member.join("tables/extra.parquet")).unwrap();
    project.semola(&["compare", "o", "--table", "extra"]).fails(3, &["extra.parquet: is not among the files"]);
    project.semola(&["run", "p.yaml", "--out", "o"]).fails(3, &["extra.parquet"]);
    project.semola(&["run", "p.yaml", "--out", "o", "--fresh"]).succeeds();
    assert!(!member.join("tables/extra.parquet").exists());
}

#[test]
fn merge_checks_the_records_and_the_manifests_before_it_writes() {
    let project = small(&SMALL.replace("name: small", "name: small\nseed: [0, 1]"));
    project.semola(&["sweep", "run", "p.yaml", "--out", "s", "--jobs", "1"]).succeeds();
    let members = project.members("s");
    let table = members[0].join("tables/evaluation.parquet");
    let (whole, facts) = (std::fs::read(&table).unwrap(), std::fs::read(members[0].join("manifest.json")).unwrap());
    forge(&table);
    project.semola(&["sweep", "merge", "s"]).fails(3, &["evaluation.parquet: does not have the checksum"]);
    // With a manifest that fits, there is still the record.
    let mut forged = manifest(&members[0]);
    forged["sums"]["tables"]["evaluation.parquet"] =
        blake3::hash(&std::fs::read(&table).unwrap()).to_hex().as_str().into();
    std::fs::write(members[0].join("manifest.json"), forged.to_string()).unwrap();
    project.semola(&["sweep", "merge", "s"]).fails(3, &["evaluation.parquet: does not have the checksum"]);
    assert!(!project.path("s/tables").exists());
    std::fs::write(&table, whole).unwrap();
    std::fs::write(members[0].join("manifest.json"), facts).unwrap();
    // Merged tables do not replace somebody's own.
    std::fs::create_dir(project.path("s/tables")).unwrap();
    project.put("s/tables/metrics.parquet", "mine");
    project.semola(&["sweep", "merge", "s"]).fails(2, &["s/tables/metrics.parquet", "did not write"]);
    std::fs::remove_file(project.path("s/tables/metrics.parquet")).unwrap();
    for _ in 0..2 {
        project.semola(&["sweep", "merge", "s"]).succeeds();
        assert!(project.path("s/tables/_SUCCESS").exists());
    }
}

#[test]
fn a_model_or_a_manifest_of_another_member_is_refused() {
    let project = small(SMALL);
    project.semola(&["run", "p.yaml", "--out", "a"]).succeeds();
    project.semola(&["run", "p.yaml", "--out", "b", "--set", "seed=5"]).succeeds();
    let (a, b) = (project.member("a"), project.member("b"));
    let predict = || project.semola(&["predict", "a", "a.parquet", "--out", "p.parquet"]);
    let (own, foreign) = (
        std::fs::read(a.join("models/m.safetensors")).unwrap(),
        std::fs::read(b.join("models/m.safetensors")).unwrap(),
    );
    std::fs::write(a.join("models/m.safetensors"), &foreign).unwrap();
    predict().fails(3, &["m.safetensors: does not have the checksum"]);
    // A manifest that lists it does not help.
    let facts = std::fs::read(a.join("manifest.json")).unwrap();
    let mut forged = manifest(&a);
    forged["sums"]["models"]["m.safetensors"] = blake3::hash(&foreign).to_hex().as_str().into();
    std::fs::write(a.join("manifest.json"), forged.to_string()).unwrap();
    predict().fails(3, &["m.safetensors: this model belongs to member", b.file_name().unwrap().to_str().unwrap()]);
    assert!(!project.path("p.parquet").exists());
    std::fs::write(a.join("models/m.safetensors"), own).unwrap();
    std::fs::write(a.join("manifest.json"), &facts).unwrap();
    predict().succeeds();

    // A finished member's manifest in another's directory is no proof that this one is done.
    std::fs::copy(b.join("manifest.json"), a.join("manifest.json")).unwrap();
    let words = ["manifest.json: this is the manifest of member", "--fresh"];
    for args in [
        &["run", "p.yaml", "--out", "a"][..],
        &["compare", "a"],
        &["report", "a"],
        &["inspect", "a"],
        &["predict", "a", "a.parquet", "--out", "q.parquet"],
        &["sweep", "run", "p.yaml", "--out", "a"],
    ] {
        let done = project.semola(args);
        assert_eq!(done.code, Some(3), "{args:?}: {done:#?}");
        words.iter().for_each(|word| assert!(done.err.contains(word), "{args:?}: {done:#?}"));
    }
    assert!(a.join("tables").is_dir(), "nobody moved it");
    // A member may be kept under a name of one's own.
    std::fs::write(a.join("manifest.json"), facts).unwrap();
    std::fs::rename(&a, project.path("best")).unwrap();
    project.semola(&["predict", "best", "a.parquet", "--out", "q.parquet"]).succeeds();
    project.semola(&["report", "best"]).succeeds();
}

#[test]
fn a_checkpoint_of_another_member_is_ignored_and_the_result_is_the_same() {
    let text = SMALL.replace("epochs: 1", "epochs: 40000");
    let project = small(&text);
    project.semola(&["run", "p.yaml", "--out", "whole", "--threads", "1"]).succeeds();
    for (out, more) in [("one", "seed=0"), ("other", "seed=7")] {
        let mut command = project.command(&["run", "p.yaml", "--out", out, "--threads", "1", "--set", more]);
        let mut child =
            command.env("SEMOLA_CHECKPOINT_SECONDS", "0.02").stderr(std::process::Stdio::null()).spawn().unwrap();
        let saved =
            || project.members(out).first().is_some_and(|m| m.join("checkpoints/m-train.prev.safetensors").exists());
        crate::interrupted::wait_until("a checkpoint", saved);
        let stopped = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(stopped.success());
        assert_eq!(child.wait().unwrap().code(), Some(75));
    }
    let file = "checkpoints/m-train.safetensors";
    std::fs::copy(project.member("other").join(file), project.member("one").join(file)).unwrap();
    let done = project.semola(&["run", "p.yaml", "--out", "one", "--threads", "1"]);
    assert!(done.err.contains("m-train.safetensors: ignored: it belongs to another member"), "{done:?}");
    done.succeeds();
    crate::rows::assert_same_tables(&project.member("whole"), &project.member("one"));
}

#[test]
fn ids_in_the_files_of_a_sweep_move_nothing_outside_of_it() {
    let project = small(&SMALL.replace("name: small", "name: small\nseed: [0, 1]"));
    project.semola(&["sweep", "run", "p.yaml", "--out", "s", "--jobs", "1"]).succeeds();
    std::fs::create_dir(project.path("victim")).unwrap();
    project.put("victim/precious", "x");
    let plan = project.path("s.work/sweep.json");
    let whole: Value = serde_json::from_slice(&std::fs::read(&plan).unwrap()).unwrap();
    for id in ["../victim", "..", "", "/tmp/victim", "victim", "0123456789abcdeF", "0123456789abcde\n"] {
        let mut sweep = whole.clone();
        sweep["members"][0]["id"] = id.into();
        std::fs::write(&plan, sweep.to_string()).unwrap();
        let before = files(&project.path(""));
        for command in ["resume", "status", "merge", "cancel"] {
            project.semola(&["sweep", command, "s"]).fails(3, &["sweep.json", "this file was altered"]);
        }
        let task = project.semola(&["sweep", "task", "s", "--members", "0"]);
        task.fails(3, &["sweep.json"]);
        assert_eq!(files(&project.path("")), before, "{id:?}");
    }
    let mut twice = whole.clone();
    twice["members"][1]["id"] = whole["members"][0]["id"].clone();
    std::fs::write(&plan, twice.to_string()).unwrap();
    project.semola(&["sweep", "status", "s"]).fails(3, &["occurs twice"]);
    std::fs::write(&plan, whole.to_string()).unwrap();
    // So do names of attempts in the records.
    let id = whole["members"][0]["id"].as_str().unwrap();
    std::fs::remove_dir_all(project.path(&format!("s/{id}"))).unwrap();
    let record = project.path(&format!("s.work/records/{id}.json"));
    let mut forged: Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    forged["attempt"] = "../../../victim".into();
    std::fs::write(&record, forged.to_string()).unwrap();
    project.semola(&["sweep", "status", "s"]).fails(3, &["is not the name of an attempt"]);
    assert!(project.path("victim/precious").exists());
}
