//! Comparison of 10 000 members: `cargo bench --bench compare`, or `-- N` for N members.
//!
//! Prints the seconds of each comparison, the first one on files that were just written.

use std::fs;
use std::path::Path;
use std::time::Instant;

use semola_pipe::compare::{Request, Rows, compare};
use semola_pipe::member::{Manifest, Status};
use semola_pipe::pipeline::Document;
use semola_pipe::table::{EvaluationRow, GroupRow, Identity, RunRow, TableWriter};
use serde_json::Value;

const PIPELINE: &str = "\
name: bench
seed: 0
stages:
  - read: {as: train, path: train.parquet, fields: {x: {action: vector, dim: 2}, y: {action: vector, dim: 2}}}
  - read: {as: test, path: test.parquet, like: train}
  - train: {as: learned, from: train, input: x, target: y, model: {mlp: {hidden: [16]}}, augment: {learned: {space: {gl: 2}}}, epochs: 2}
  - train: {as: plain, like: learned, augment: none}
  - evaluate: {models: [learned, plain], on: test, shifts: [{rotate: uniform}]}
";

/// A member's tables, as large as those of two models under two shifts.
fn tables(member: &Path, pipeline: &Value) {
    let writer = TableWriter::new(member.join("tables"), member.join(".staging"), Identity::default());
    let mut rows = Vec::new();
    for model in ["learned", "plain"] {
        for shift in ["none", "rotate uniform"] {
            for metric in ["mse", "rmse", "mae", "median_se", "r2"] {
                let [model, split, shift, metric] = [model, "test", shift, metric].map(str::to_owned);
                rows.push(EvaluationRow {
                    model,
                    split,
                    shift,
                    metric,
                    value: 0.1,
                    n: 200,
                    ..EvaluationRow::default()
                });
            }
        }
    }
    let group =
        GroupRow { model: "learned".into(), name: "so(2)".into(), verdict: "accepted".into(), ..GroupRow::default() };
    writer.write(&rows).expect("the disk has room");
    writer.write(&[group]).expect("the disk has room");
    writer.write_run(&RunRow { name: "bench".into(), ..RunRow::default() }, pipeline).expect("the disk has room");
}

/// Members of 100 settings, each with its seeds, that share the contents of their tables.
fn write(run: &Path, members: usize) {
    let document = Document::from_text("bench.yaml", PIPELINE, &[]).expect("the pipeline is well formed");
    let pipeline = serde_json::to_value(document.content()).expect("a pipeline is JSON");
    let first = run.join("first");
    tables(&first, &pipeline);
    for at in 0..members {
        let member = run.join(format!("{at:016x}"));
        fs::create_dir_all(member.join("tables")).expect("the disk has room");
        for table in ["evaluation", "groups", "runs"] {
            let name = format!("tables/{table}.parquet");
            fs::copy(first.join(&name), member.join(&name)).expect("the disk has room");
        }
        let mut pipeline = pipeline.clone();
        pipeline["stages"][2]["train"]["epochs"] = Value::from(at % 100);
        let manifest = Manifest {
            status: Status::Done,
            run_id: format!("{at:016x}"),
            name: "bench".into(),
            seed: (at / 100) as u64,
            pipeline,
            ..Manifest::default()
        };
        let text = serde_json::to_vec_pretty(&manifest).expect("a manifest is JSON");
        fs::write(member.join("manifest.json"), text).expect("the disk has room");
    }
    fs::remove_dir_all(first).expect("it was made above");
}

fn main() {
    let members = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(10_000);
    let run = tempfile::tempdir().expect("there is a directory for temporary files");
    write(run.path(), members);
    let all = Request { runs: vec![run.path().to_owned()], ..Request::default() };
    let members_of = |table: &str| Request { table: table.to_owned(), rows: Rows::Members, ..all.clone() };
    let requests = [
        ("default: averages of `evaluation`, models side by side", all.clone()),
        ("the same again", all.clone()),
        ("only the members of one seed (`--where`)", Request { filter: Some("seed = 1".to_owned()), ..all.clone() }),
        ("`groups`, rows of members", members_of("groups")),
        ("`runs`, rows of members with all settings", members_of("runs")),
    ];
    println!("| {members} members | rows | seconds |\n|---|---:|---:|");
    for (words, request) in requests {
        let began = Instant::now();
        let found = compare(&request).expect("the members are sound");
        println!("| {words} | {} | {:.2} |", found.frame.height(), began.elapsed().as_secs_f64());
    }
}
