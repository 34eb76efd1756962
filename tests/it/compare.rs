//! `semola-pipe compare` on runs of the tiny project: every format, and what goes wrong.

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use serde_json::Value;

use crate::project::Project;
use crate::rows::read;

/// Two runs of two seeds, with different numbers of epochs.
fn compared() -> Project {
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--out", "runs/a"]).succeeds();
    project.semola(&["run", "p.yaml", "--out", "runs/b", "--set", "learned.epochs=3"]).succeeds();
    project
}

fn json(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e} in:\n{text}"))
}

#[test]
fn every_format_says_the_same() {
    let project = compared();
    let compare = |more: &[&str]| project.semola(&[&["compare", "runs/a", "runs/b", "--metric", "mse"], more].concat());
    let done = compare(&[]);
    assert!(done.err.starts_with("compared 4 members of tiny\nlearned, "), "{}", done.err);
    assert!(done.err.contains(" of 4: "), "{}", done.err);
    let text = done.succeeds();
    let header: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    let keys = ["pipeline", "learned.epochs", "found", "split", "shift", "metric", "learned", "plain"];
    assert_eq!(header[..8], keys);
    assert_eq!(header[8..], ["learned", "−", "plain", "learned", "/", "plain"]);
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(text.contains(" ± ") && text.contains("(2)"), "{text}");

    // The mean of the two seeds, from the tables themselves.
    let rows = json(&compare(&["--format", "json"]).succeeds());
    let mut sum = 0.0;
    for member in project.members("runs/a") {
        let table = read(&member.join("tables/evaluation.parquet"));
        let [models, shifts, metrics] =
            ["model", "shift", "metric"].map(|n| table.column_by_name(n).unwrap().as_string::<i32>());
        let values = table.column_by_name("value").unwrap().as_primitive::<Float64Type>();
        let is_it = |i: &usize| (models.value(*i), shifts.value(*i), metrics.value(*i)) == ("plain", "none", "mse");
        sum += values.value((0..table.num_rows()).find(is_it).unwrap());
    }
    assert_eq!((&rows[0]["learned.epochs"], &rows[0]["shift"]), (&Value::from(2), &Value::from("none")));
    assert!((rows[0]["plain.mean"].as_f64().unwrap() - sum / 2.0).abs() < 1e-12);
    let counted =
        rows[0]["found"].as_str().unwrap().split(", ").map(|f| f.split_once("× ").unwrap().0.parse::<u32>().unwrap());
    assert_eq!(counted.sum::<u32>(), 2, "{:?}", rows[0]);
    assert_eq!(rows.len(), 4);

    let csv = compare(&["--format", "csv"]).succeeds();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    assert_eq!(header.iter().collect::<Vec<_>>(), rows[0].as_object().unwrap().keys().collect::<Vec<_>>());
    for (record, row) in reader.records().zip(&rows) {
        for ((name, cell), value) in header.iter().zip(&record.unwrap()).zip(row.as_object().unwrap().values()) {
            let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(cell, said, "{name}");
        }
    }

    let markdown = compare(&["--format", "markdown"]).succeeds();
    assert_eq!(markdown.lines().nth(1).unwrap(), "| --- | ---: | --- | --- | --- | --- | ---: | ---: | ---: | ---: |");
    assert_eq!(markdown.lines().count(), 6);

    compare(&["--out", "c.parquet"]).succeeds();
    let table = read(&project.path("c.parquet"));
    assert_eq!(
        table.schema().fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>(),
        header.iter().collect::<Vec<_>>()
    );
    let means = table.column_by_name("plain.mean").unwrap().as_primitive::<Float64Type>();
    let epochs = table.column_by_name("learned.epochs").unwrap().as_primitive::<Int64Type>();
    for (row, value) in rows.iter().enumerate() {
        assert_eq!(means.value(row), value["plain.mean"].as_f64().unwrap());
        assert_eq!(epochs.value(row), value["learned.epochs"].as_i64().unwrap());
    }

    let latex = compare(&["--format", "latex"]).succeeds();
    assert!(latex.contains("\\begin{tabular}{lrllllrrrr}") && latex.contains("learned $-$ plain"), "{latex}");
    compare(&["--out", "c.svg"]).succeeds();
    let picture = std::fs::read_to_string(project.path("c.svg")).unwrap();
    // Four rows with two models each, and a dot a model in the legend.
    assert_eq!((picture.matches("<circle").count(), picture.matches("xmlns=").count()), (10, 1), "{picture}");
    compare(&["--rows", "members", "--format", "svg"]).fails(1, &["SVG", "one column a model"]);

    compare(&["--out", "c.md"]).succeeds();
    assert_eq!(std::fs::read_to_string(project.path("c.md")).unwrap(), markdown);
}

#[test]
fn rows_of_members_are_chosen_sorted_and_named() {
    let project = compared();
    let compare = |more: &[&str]| project.semola(&[&["compare", "runs/*"], more].concat());
    let members = ["--rows", "members", "--format", "json"];
    let rows = json(
        &compare(
            &[
                &members[..],
                &[
                    "--where",
                    "model = 'plain' AND metric = 'mse' AND \"stages.3.train.epochs\" > 2",
                    "--sort",
                    "-value",
                ],
            ]
            .concat(),
        )
        .succeeds(),
    );
    assert_eq!(rows.len(), 4);
    // Under the name that `--set` takes it is the same setting.
    let named = ["--where", "model = 'plain' AND metric = 'mse' AND \"learned.epochs\" > 2", "--sort", "-value"];
    assert_eq!(json(&compare(&[&members[..], &named].concat()).succeeds()), rows);
    let values: Vec<f64> = rows.iter().map(|row| row["value"].as_f64().unwrap()).collect();
    assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
    for identity in ["run_id", "pipeline_hash", "data_hash", "code_version"] {
        assert!(rows[0][identity].as_str().is_some_and(|text| !text.is_empty()), "{identity}");
    }
    let rows = json(
        &compare(&[&members[..], &["--table", "groups", "--select", "seed,verdict,change_of_basis"]].concat())
            .succeeds(),
    );
    assert_eq!(rows[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["seed", "verdict", "change_of_basis"]);
    assert!(rows[0]["change_of_basis"].is_array());
    let rows =
        json(&compare(&["--table", "runs", "--by", "pipeline", "--pivot", "seed", "--format", "json"]).succeeds());
    assert_eq!((&rows[0]["quantity"], &rows[0]["0.n"]), (&Value::from("seconds"), &Value::from(2)));
    for table in
        ["groups", "directions", "equivariance", "metrics", "runs", "generators", "predictions", "matrices_2x2"]
    {
        for rows in ["members", "aggregate"] {
            let found = json(&compare(&["--table", table, "--rows", rows, "--format", "json"]).succeeds());
            assert!(!found.is_empty(), "{table}");
        }
    }
}

#[test]
fn what_cannot_be_compared_is_said() {
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--out", "out", "--seed", "0"]).succeeds();
    let compare = |more: &[&str]| project.semola(&[&["compare", "out"], more].concat());
    project.semola(&["compare"]).fails(2, &["RUN_DIR"]);
    project.semola(&["compare", "nothing"]).fails(2, &["nothing: there is no such run directory"]);
    project.semola(&["compare", "none/*"]).fails(2, &["none/*"]);
    project.semola(&["compare", "p.yaml"]).fails(2, &["no member is in p.yaml"]);
    compare(&["--table", "evalution"]).fails(2, &["did you mean `evaluation`?"]);
    compare(&["--where", "modle = 'plain'"]).fails(2, &["`modle`", "did you mean `model`?"]);
    compare(&["--where", "value >"]).fails(2, &["--where", "value >"]);
    compare(&["--metric", "msee"]).fails(2, &["did you mean `mse`?"]);
    compare(&["--by", "shfit,metric"]).fails(2, &["did you mean `shift`?"]);
    compare(&["--sort", "lerned.mean"]).fails(2, &["--sort", "did you mean `learned.mean`?"]);
    compare(&["--by", "model"]).fails(2, &["add it to --by"]);
    compare(&["--rows", "members", "--by", "model"]).fails(2, &["--by"]);
    compare(&["--format", "parquet"]).fails(2, &["--out"]);
    compare(&["--out", "c.xlsx"]).fails(2, &["c.xlsx", "--format"]);
    compare(&["--out", "no/where/c.csv"]).fails(2, &["--out no/where/c.csv: there is no such directory"]);
    assert!(!project.path("no").exists());

    let member = project.member("out");
    let table = member.join("tables/evaluation.parquet");
    let whole = std::fs::read(&table).unwrap();
    for damage in [&whole[..whole.len() / 2], b"", b"PAR1 torn PAR1"] {
        std::fs::write(&table, damage).unwrap();
        compare(&[]).fails(3, &["evaluation.parquet"]);
    }
    std::fs::write(&table, &whole).unwrap();

    let manifest = member.join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replacen("\"done\"", "\"interrupted\"", 1)).unwrap();
    compare(&[]).fails(2, &["no member is done (1 interrupted)", "--all"]);
    let done = compare(&["--all"]);
    assert!(done.err.contains("1 of 1 members are not done (1 interrupted)"), "{}", done.err);
    done.succeeds();
    std::fs::write(&manifest, "{").unwrap();
    compare(&[]).fails(3, &["manifest.json"]);
}
