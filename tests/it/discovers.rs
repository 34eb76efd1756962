//! What the program is for: it finds the symmetry of a simulated task, and none where there is none.

use arrow::array::AsArray;
use serde_json::Value;

use crate::project::{Column, Project, vectors};
use crate::rows::table;

/// A task's data and a pipeline with the given training stages; returns the summary of the only member.
fn run(task: &str, x: &str, y: &str, scale: &str, trains: &str, models: &str) -> (Project, Value) {
    let pipeline = format!(
        "\
name: tiny
seed: 5
stages:
  - read: {{as: train, path: data/train.parquet, fields: {{x: {{column: input, {x}}}, y: {{column: target{y}}}}}}}
  - read: {{as: test, path: data/test.parquet, like: train}}
  - prepare: {{from: [train, test], steps: [{scale}]}}
{trains}
  - evaluate: {{models: {models}, on: test, bootstrap: 20}}
"
    );
    let project = Project::with_pipeline(&pipeline);
    project.semola(&["generate", task, "--out", "data", "--rows", "1800", "--seed", "3"]).succeeds();
    let summary = project.semola(&["run", "p.yaml", "--json", "-q"]).succeeds();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    (project, summary[0].clone())
}

const TOGETHER: &str = "{scale: {fields: [x, y], fit: train}}";
const APART: &str = "{scale: {fields: x, fit: train}}, {standardise: {fields: y, fit: train}}";

fn train(name: &str, augment: &str, more: &str) -> String {
    format!(
        "  - train: {{as: {name}, from: train, input: x, target: y, model: {{mlp: {{hidden: [64, 64]}}}}, \
         augment: {augment}, epochs: 20{more}}}"
    )
}

fn discovered(task: &str) -> (Project, Value) {
    let learned =
        train("learned", "{learned: {space: {gl: 2}, steps: 1500, audit: {steps: 1200}}}", ", residual: true");
    let both = learned + "\n  - train: {as: plain, like: learned, augment: none}";
    run(task, "action: vector, dim: 2", ", action: vector, dim: 2", TOGETHER, &both, "[learned, plain]")
}

#[test]
fn the_rotation_of_a_central_potential_is_found_and_named() {
    let (project, summary) = discovered("n-body");
    let group = &summary["groups"][0];
    assert_eq!((&group["verdict"], &group["name"], &group["rank"]), (&"accepted".into(), &"so(2)".into(), &1.into()));
    assert!(group["angle"].as_f64().unwrap() < 0.05, "{group}");
    assert!(group["p_value"].as_f64().unwrap() <= 0.05, "{group}");
    // The data fill half of the circle: what is seen goes on until they are left.
    assert!(group["extent"].as_f64().unwrap() >= 0.75, "{group}");
    let extents = table(&project.member("runs/tiny"), "extents");
    let of = |name: &str| {
        let column = extents.column_by_name(name).unwrap();
        column.as_primitive::<arrow::datatypes::Float64Type>().values().to_vec()
    };
    assert!(of("size").is_sorted() && of("size").len() >= 5);
    assert!(of("effect_low").iter().zip(of("size")).all(|(&low, size)| size > 0.75 || low < 0.56));
    assert!(of("inside").first() > of("inside").last(), "larger steps lead farther off");
    // The model that was kept knows what was found: its average over the group is nearer to equivariance than it is itself.
    let test = crate::rows::read(&project.path("data/test.parquet"));
    let turned = |name: &'static str| {
        let rows = test.column_by_name(name).unwrap().as_fixed_size_list();
        let values = rows.values().as_primitive::<arrow::datatypes::Float32Type>().values();
        let turned = values.chunks_exact(2).flat_map(|v| [-v[1], v[0]]).collect();
        Column(name, vectors(turned, rows.value_length()), None)
    };
    project.write("turned.parquet", &[turned("input"), turned("target")]);
    let predicted = |data: &str, more: &[&str]| -> Vec<f64> {
        let member = project.member("runs/tiny");
        let run = ["predict", member.to_str().unwrap(), data, "--model", "learned", "--out", "p.parquet"];
        project.semola(&[&run[..], more].concat()).succeeds();
        let table = crate::rows::read(&project.path("p.parquet"));
        let values = table.column_by_name("y").unwrap().as_fixed_size_list().values().clone();
        let values = arrow::compute::cast(&values, &arrow::datatypes::DataType::Float64).unwrap();
        std::fs::remove_file(project.path("p.parquet")).unwrap();
        values.as_primitive::<arrow::datatypes::Float64Type>().values().to_vec()
    };
    let inequivariance = |more: &[&str]| -> f64 {
        let (here, there) = (predicted("data/test.parquet", more), predicted("turned.parquet", more));
        let off = |(a, b): (&[f64], &[f64])| (b[0] + a[1]).abs() + (b[1] - a[0]).abs();
        here.chunks_exact(2).zip(there.chunks_exact(2)).map(off).sum()
    };
    let (plain, averaged) = (inequivariance(&[]), inequivariance(&["--group-average", "40"]));
    assert!(averaged < 0.6 * plain, "{averaged} {plain}");
}

#[test]
fn nothing_is_claimed_where_a_field_breaks_the_rotation() {
    let (project, summary) = discovered("external-field");
    let group = &summary["groups"][0];
    assert_eq!((&group["verdict"], &group["name"], &group["rank"]), (&"none".into(), &"none".into(), &0.into()));
    // Nothing is lost by asking: the network is the one that plain training makes.
    let of = |model: &str| -> Vec<(Value, Value)> {
        let rows = summary["evaluation"].as_array().unwrap().iter().filter(|e| e["model"] == model);
        rows.map(|e| (e["metric"].clone(), e["value"].clone())).collect()
    };
    assert!(!of("plain").is_empty());
    assert_eq!(of("learned"), of("plain"));
    let member = project.member("runs/tiny");
    let run = ["predict", member.to_str().unwrap(), "data/test.parquet", "--model", "learned", "--out", "p.parquet"];
    let averaged = project.semola(&[&run[..], &["--group-average", "8"]].concat());
    averaged.fails(2, &["'learned'", "none was accepted"]);
}

#[test]
fn a_network_without_skill_is_refused() {
    // One step on a rough target: nothing is learned, so nothing can be said.
    let learned = train("learned", "{learned: {space: {gl: 4}, steps: 1, audit: {steps: 1}}}", "");
    let (_, summary) = run("none", "action: vector, dim: 4", "", APART, &learned, "learned");
    assert_eq!(summary["groups"][0]["verdict"], "refused: no skill");
}

#[test]
fn known_translations_move_points_and_generalise() {
    let both = [train("known", "{known: {group: t(2), extent: 1.5}}", ""), train("plain", "none", "")].join("\n");
    let (project, summary) = run("translation", "action: points, dim: 2", "", APART, &both, "[known, plain]");
    assert!(summary["evaluation"].as_array().unwrap().iter().any(|e| e["model"] == "known" && e["metric"] == "r2"));
    let mean = |model: &str| equivariance_error(&project, model);
    assert!(mean("known") < 0.7 * mean("plain"), "{} against {}", mean("known"), mean("plain"));
}

/// Mean relative equivariance error of a model under the given group.
fn equivariance_error(project: &Project, which: &str) -> f64 {
    let errors = table(&project.member("runs/tiny"), "equivariance");
    let column = |name: &str| errors.column_by_name(name).unwrap().as_string::<i32>().clone();
    let (model, source) = (column("model"), column("group_source"));
    let relative = errors.column_by_name("relative_error").unwrap();
    let relative = relative.as_primitive::<arrow::datatypes::Float64Type>();
    let rows: Vec<usize> =
        (0..errors.num_rows()).filter(|&i| model.value(i) == which && source.value(i) == "known").collect();
    rows.iter().map(|&i| relative.value(i)).sum::<f64>() / rows.len() as f64
}

#[test]
fn outputs_that_are_made_consistent_along_a_group_become_equivariant() {
    let consistent = train("consistent", "{known: {group: so(2), target: prediction}}", ", residual: true");
    let both = consistent + "\n  - train: {as: plain, like: consistent, augment: none}";
    let vectors = "action: vector, dim: 2";
    let (project, _) = run("n-body", vectors, &format!(", {vectors}"), TOGETHER, &both, "[consistent, plain]");
    let mean = |model: &str| equivariance_error(&project, model);
    assert!(mean("consistent") < 0.5 * mean("plain"), "{} against {}", mean("consistent"), mean("plain"));
}

#[test]
fn augerino_learns_widths_and_accepts_nothing() {
    let widths = train("widths", "{augerino: {space: {gl: 2}}}", ", residual: true");
    let (project, _) = run("n-body", "action: vector, dim: 2", ", action: vector, dim: 2", TOGETHER, &widths, "widths");
    let generators = table(&project.member("runs/tiny"), "generators");
    assert_eq!(generators.num_rows(), 4 * 4);
    let accepted = generators.column_by_name("accepted").unwrap().as_boolean();
    assert_eq!(accepted.true_count(), 0);
    let strength = generators.column_by_name("strength").unwrap();
    let strength = strength.as_primitive::<arrow::datatypes::Float64Type>();
    assert!(strength.values().iter().any(|&s| (s - 0.05).abs() > 1e-3), "the widths did not move: {strength:?}");
}

#[test]
fn liegan_finds_the_rotation_and_claims_nothing() {
    let liegan = train("liegan", "{liegan: {space: {gl: 2}, steps: 1200}}", ", residual: true");
    let vectors = "action: vector, dim: 2";
    let (project, summary) = run("two-body", vectors, &format!(", {vectors}"), TOGETHER, &liegan, "liegan");
    let group = &summary["groups"][0];
    assert_eq!((&group["verdict"], &group["rank"]), (&"not tested".into(), &1.into()));
    let generators = table(&project.member("runs/tiny"), "generators");
    assert_eq!(generators.num_rows(), 4);
    assert_eq!(generators.column_by_name("accepted").unwrap().as_boolean().true_count(), 0);
    let value = generators.column_by_name("value").unwrap().as_primitive::<arrow::datatypes::Float64Type>().values();
    let size = value.iter().map(|v| v * v).sum::<f64>().sqrt();
    let turning = (value[2] - value[1]).abs() / (2f64.sqrt() * size);
    assert!(turning > 0.95, "the share of the rotation in what was found is {turning}: {value:?}");
}

/// Points whose distances matter: se(3). On this seed the search comes near sim(3), too, and training along sim(3) is worth more than
/// plain training, because six of its seven directions are symmetries.
#[test]
fn a_group_with_a_wrong_direction_does_not_hide_behind_its_right_ones() {
    let pipeline = "\
name: tiny
seed: 110
stages:
  - read: {as: train, path: data/train.parquet, fields: {x: {column: input, action: points, dim: 3}, y: {column: target}}}
  - prepare: {from: train, steps: [{scale: {fields: x, fit: train}}, {standardise: {fields: y, fit: train}}]}
  - train: {as: learned, from: train, input: x, target: y, model: {mlp: {hidden: [128, 128, 128]}}, augment: {learned: {space: {affine: 3}}}, epochs: 1}
";
    let project = Project::with_pipeline(pipeline);
    project.semola(&["generate", "se3", "--out", "data", "--seed", "7"]).succeeds();
    let summary = project.semola(&["run", "p.yaml", "--json", "-q", "--threads", "1"]).succeeds();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let group = &summary[0]["groups"][0];
    assert_eq!((&group["verdict"], &group["name"], &group["rank"]), (&"accepted".into(), &"se(3)".into(), &6.into()));
    let events = std::fs::read_to_string(project.member("runs/tiny").join("events.jsonl")).unwrap();
    let looks =
        events.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()).filter(|e| e["event"] == "second_look");
    for look in looks {
        assert_eq!(look["against"], "se(3)", "what was accepted, not plain networks: {look}");
        assert!(look["low"].as_f64().unwrap() > 1.0, "{look}");
    }
}

/// The finite part of a task's group, and the rows of the table `elements`.
fn finite(task: &str, dim: usize, target: &str, scaling: &str) -> (Project, Value) {
    let learned = format!("{{learned: {{space: {{gl: {dim}}}, steps: 300, finish: true, audit: {{steps: 1200}}}}}}");
    let train = train("learned", &learned, "");
    run(task, &format!("action: vector, dim: {dim}"), target, scaling, &train, "[learned]")
}

#[test]
fn a_half_turn_is_found_and_predictions_averaged_over_it() {
    let (project, summary) = finite("lorenz", 3, ", action: vector, dim: 3", TOGETHER);
    let group = &summary["groups"][0];
    let found = &group["finite"];
    assert_eq!(
        (&found["verdict"], &found["name"], &found["order"]),
        (&"accepted".into(), &"C2".into(), &2.into()),
        "{found}"
    );
    assert_ne!(group["verdict"], "accepted", "{group}");
    let generator = &found["generators"][0];
    assert_eq!(generator["element"], "signs of axes 0, 1");
    assert!(generator["p_value"].as_f64().unwrap() <= generator["level"].as_f64().unwrap(), "{generator}");
    let elements = table(&project.member("runs/tiny"), "elements");
    let verdicts = elements.column_by_name("verdict").unwrap().as_string::<i32>();
    assert!(verdicts.iter().flatten().any(|v| v == "refuted"), "others are no symmetries");
    // f(g x) = g f(x): averaged over both elements the prediction is exactly equivariant.
    let test = crate::rows::read(&project.path("data/test.parquet"));
    let values = test.column_by_name("input").unwrap().as_fixed_size_list().values().clone();
    let values = values.as_primitive::<arrow::datatypes::Float32Type>().values();
    let turned = values.chunks_exact(3).flat_map(|v| [-v[0], -v[1], v[2]]).collect();
    project.write("turned.parquet", &[Column("input", vectors(turned, 3), None)]);
    let predicted = |data: &str| -> Vec<f64> {
        let member = project.member("runs/tiny");
        let run = [
            "predict",
            member.to_str().unwrap(),
            data,
            "--model",
            "learned",
            "--out",
            "p.parquet",
            "--group-average",
            "2",
        ];
        project.semola(&run).succeeds();
        let table = crate::rows::read(&project.path("p.parquet"));
        let values = table.column_by_name("y").unwrap().as_fixed_size_list().values().clone();
        let values = arrow::compute::cast(&values, &arrow::datatypes::DataType::Float64).unwrap();
        std::fs::remove_file(project.path("p.parquet")).unwrap();
        values.as_primitive::<arrow::datatypes::Float64Type>().values().to_vec()
    };
    let (here, there) = (predicted("data/test.parquet"), predicted("turned.parquet"));
    let off = |(a, b): (&[f64], &[f64])| (a[0] + b[0]).abs() + (a[1] + b[1]).abs() + (a[2] - b[2]).abs();
    let most = here.chunks_exact(3).zip(there.chunks_exact(3)).map(off).fold(0.0, f64::max);
    assert!(most < 1e-4, "{most}");
}

#[test]
fn two_equal_masses_may_change_places_and_be_reflected() {
    let (_project, summary) = finite("exchange", 2, ", action: vector, dim: 2", TOGETHER);
    let found = &summary["groups"][0]["finite"];
    assert_eq!((&found["verdict"], &found["whole"]), (&"accepted".into(), &"O(2) × S2".into()), "{summary}");
}

#[test]
fn a_function_without_symmetry_has_no_finite_part() {
    let (_project, summary) = finite("none", 4, "", APART);
    let found = &summary["groups"][0]["finite"];
    assert_ne!(found["verdict"], "accepted", "{found}");
    assert_eq!((&found["order"], &found["name"]), (&1.into(), &"1".into()));
}
