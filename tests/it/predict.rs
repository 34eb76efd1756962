//! `predict`: a finished member's model on new data agrees with what the run itself predicted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt32Type, UInt64Type};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::project::{Column, PIPELINE, Project, integers, lists, noise, numbers, rotating, texts, vectors};
use crate::rows::{manifest, read, table};

/// Numbers by row number and field.
pub type Predictions = BTreeMap<(u64, String), Vec<f64>>;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data");

/// All numbers of a row of a column.
fn flat(array: &ArrayRef, row: usize) -> Vec<f64> {
    let inner = |values: ArrayRef| (0..values.len()).flat_map(|i| flat(&values, i)).collect();
    match array.data_type() {
        DataType::Float64 => vec![array.as_primitive::<Float64Type>().value(row)],
        DataType::FixedSizeList(..) => inner(array.as_fixed_size_list().value(row)),
        DataType::List(_) => inner(array.as_list::<i32>().value(row)),
        other => panic!("{other}"),
    }
}

fn column(batch: &RecordBatch, name: &str) -> ArrayRef {
    Arc::clone(batch.column_by_name(name).unwrap_or_else(|| panic!("no {name} in {:?}", batch.schema())))
}

fn row_ids(batch: &RecordBatch) -> Vec<u64> {
    column(batch, "row_id").as_primitive::<UInt64Type>().values().to_vec()
}

/// What a file of predictions says about these fields.
pub fn predicted(batch: &RecordBatch, fields: &[&str]) -> Predictions {
    let ids = row_ids(batch);
    let of = |field: &&str| {
        let array = column(batch, field);
        let field = (*field).to_owned();
        ids.iter().enumerate().map(move |(i, id)| ((*id, field.clone()), flat(&array, i))).collect::<Vec<_>>()
    };
    fields.iter().flat_map(of).collect()
}

/// What the run predicted for the unchanged test set.
pub fn of_the_run(member: &Path, model: &str) -> Predictions {
    let batch = table(member, "predictions");
    let text = |name: &str| column(&batch, name).as_string::<i32>().clone();
    let (models, shifts, fields) = (text("model"), text("shift"), text("field"));
    let ids = row_ids(&batch);
    let components = column(&batch, "component").as_primitive::<UInt32Type>().clone();
    let values = column(&batch, "predicted").as_primitive::<Float64Type>().clone();
    let mut found = Predictions::new();
    for row in (0..batch.num_rows()).filter(|&i| models.value(i) == model && shifts.value(i) == "none") {
        let of_row = found.entry((ids[row], fields.value(row).to_owned())).or_default();
        assert_eq!(of_row.len(), components.value(row) as usize);
        of_row.push(values.value(row));
    }
    assert!(!found.is_empty());
    found
}

/// The run's predictions are among these, up to rounding in batches of other sizes.
#[track_caller]
pub fn assert_agree(run: &Predictions, new: &Predictions) {
    for (key, want) in run {
        let have = &new[key];
        assert_eq!(have.len(), want.len(), "{key:?}");
        for (a, b) in have.iter().zip(want) {
            assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{key:?}: {a} is not {b}");
        }
    }
}

/// Runs `predict` with these arguments on one file and gives the table that it wrote.
#[track_caller]
pub fn predict(project: &Project, args: &[&str]) -> RecordBatch {
    let args = [&["predict"], args, &["--out", "new.parquet"]].concat();
    assert_eq!(project.semola(&args).succeeds(), "new.parquet\n");
    read(&project.path("new.parquet"))
}

fn without(columns: Vec<Column>, name: &str) -> Vec<Column> {
    columns.into_iter().filter(|c| c.0 != name).collect()
}

pub fn run_one(project: &Project) {
    project.semola(&["run", "p.yaml", "--member", "0"]).succeeds();
}

#[test]
fn vectors_come_out_as_in_the_run_with_targets_and_without() {
    let project = Project::new();
    run_one(&project);
    let member = project.member("runs/tiny");
    for model in ["learned", "plain"] {
        let batch = predict(&project, &["runs/tiny", "test.parquet", "--model", model]);
        assert_agree(&of_the_run(&member, model), &predicted(&batch, &["y"]));
        assert_eq!(row_ids(&batch), (0..200).collect::<Vec<u64>>());
        assert_eq!(column(&batch, "g").as_primitive::<Int64Type>().value(13), 2);
        assert!(matches!(column(&batch, "y").data_type(), DataType::FixedSizeList(_, 2)));
        project.write("bare.parquet", &without(without(rotating(200, 2), "y"), "g"));
        let bare = predict(&project, &["runs/tiny", "bare.parquet", "--model", model]);
        assert_eq!(predicted(&bare, &["y"]), predicted(&batch, &["y"]));
        assert_eq!(bare.num_columns(), 2, "there are no groups to be copied");
    }
    // Where it comes from is told in the file.
    let file = SerializedFileReader::new(std::fs::File::open(project.path("new.parquet")).unwrap()).unwrap();
    let notes = file.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let note = |key: &str| notes.iter().find(|kv| kv.key == key).and_then(|kv| kv.value.clone()).unwrap();
    assert_eq!(note("run_id"), manifest(&member)["run_id"].as_str().unwrap());
    assert_eq!((note("model").as_str(), note("seed").as_str()), ("plain", "0"));
    // By default the model with the learned group, here by way of the member's own directory.
    let member = member.to_str().unwrap();
    let learned = predict(&project, &["runs/tiny", "test.parquet", "--model", "learned"]);
    assert_eq!(predict(&project, &[member, "test.parquet"]), learned);
}

#[test]
fn pieces_files_and_globs_change_nothing() {
    let project = Project::new();
    run_one(&project);
    let whole = predict(&project, &["runs/tiny", "test.parquet"]);
    // Rows 0 to 99 and 100 to 199 in files of their own: the row groups are the same.
    std::fs::create_dir(project.path("parts")).unwrap();
    for (part, first) in [("parts/a.parquet", 0), ("parts/b.parquet", 100)] {
        let of_part = |c: Column| Column(c.0, c.1.slice(first, 100), c.2);
        project.write(part, &rotating(200, 2).into_iter().map(of_part).collect::<Vec<_>>());
    }
    for data in [&["parts"][..], &["parts/*.parquet"], &["parts/a.parquet", "parts/b.parquet"]] {
        assert_eq!(predict(&project, &[&["runs/tiny"], data].concat()), whole, "{data:?}");
    }
    let some = predict(&project, &["runs/tiny", "test.parquet", "--where", "g >= 30"]);
    assert_eq!(some, whole.slice(180, 20));
    let small = predict(&project, &["runs/tiny", "test.parquet", "--batch", "7", "--threads", "1"]);
    assert_agree(&predicted(&whole, &["y"]), &predicted(&small, &["y"]));
}

#[test]
fn evaluation_gives_the_metrics_of_the_run() {
    let project = Project::new();
    run_one(&project);
    let told =
        project.semola(&["predict", "runs/tiny", "test.parquet", "--out", "new.parquet", "--evaluate"]).succeeds();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((told["model"].as_str(), told["rows"].as_u64()), (Some("learned"), Some(200)));
    let of_run = table(&project.member("runs/tiny"), "evaluation");
    let text = |name: &str| column(&of_run, name).as_string::<i32>().clone();
    let (models, shifts, metrics) = (text("model"), text("shift"), text("metric"));
    let values = column(&of_run, "value").as_primitive::<Float64Type>().clone();
    let mut compared = 0;
    for row in (0..of_run.num_rows()).filter(|&i| models.value(i) == "learned" && shifts.value(i) == "none") {
        let own = told["metrics"].as_array().unwrap().iter().find(|m| m["metric"] == metrics.value(row)).unwrap();
        let (a, b) = (own["value"].as_f64().unwrap(), values.value(row));
        assert!((a - b).abs() <= 1e-6 * b.abs(), "{}: {a} is not {b}", metrics.value(row));
        assert!(own["ci_low"].as_f64().unwrap() <= a && a <= own["ci_high"].as_f64().unwrap());
        compared += 1;
    }
    assert_eq!(compared, 5);
    let written = read(&project.path("new.evaluation.parquet"));
    assert_eq!((written.num_rows(), written.schema().fields().len()), (5, of_run.schema().fields().len()));
    // In shards, made one by one, the same metrics.
    let shards = ["predict", "runs/tiny", "test.parquet", "--out", "shards", "--shards", "2", "--evaluate"];
    project.semola(&[&shards[..], &["--shard", "1"]].concat()).succeeds();
    project.semola(&[&shards[..], &["--merge"]].concat()).fails(1, &["shards 0 (of 0 to 1)"]);
    project.semola(&shards).succeeds();
    let merged = project.semola(&[&shards[..], &["--merge"]].concat()).succeeds();
    let merged: Value = serde_json::from_str(&merged).unwrap();
    assert_eq!((&merged["metrics"], &merged["rows"]), (&told["metrics"], &told["rows"]));
    assert!(project.path("shards/_SUCCESS").is_file());
    assert_eq!(read(&project.path("shards.evaluation.parquet")).columns(), written.columns());
    let other = ["predict", "runs/tiny", "test.parquet", "--out", "shards", "--shards", "2"];
    project.semola(&other).fails(2, &["evaluate"]);
    let missing = ["predict", "runs/tiny", "bare.parquet", "--out", "new.parquet", "--evaluate"];
    project.write("bare.parquet", &without(rotating(10, 2), "y"));
    project.semola(&missing).fails(3, &["bare.parquet", "no column `y`"]);
}

const DIGITS: &str = "
name: tiny
stages:
  - read: {as: train, path: DATA/digits/train.parquet, limit: 300, fields: {image: {action: pixels, shape: [8, 8]}, label: {labels: true}}}
  - read: {as: test, path: DATA/digits/test.parquet, like: train}
  - prepare: {from: [train, test], steps: [{scale: {fields: image, fit: train}}, {pad: {fields: image, by: 1}}]}
  - train: {as: plain, from: train, input: image, target: label, loss: cross_entropy, model: {cnn: {channels: [4], hidden: [16]}}, epochs: 2}
  - evaluate: {models: plain, on: test, bootstrap: 20}
";

#[test]
fn classes_come_out_by_name_with_probabilities() {
    let project = Project::with_pipeline(&DIGITS.replace("DATA", DATA));
    run_one(&project);
    let data = format!("{DATA}/digits/test.parquet");
    let batch = predict(&project, &["runs/tiny", &data]);
    let labels = column(&batch, "label").as_string::<i32>().clone();
    let (sure, all) = (column(&batch, "label_probability"), column(&batch, "probabilities"));
    let of_run = of_the_run(&project.member("runs/tiny"), "plain");
    for (row, id) in row_ids(&batch).into_iter().enumerate() {
        // The run stopped at the limit.
        let Some(class) = of_run.get(&(id, "label".to_owned())).map(|class| class[0] as usize) else { continue };
        assert_eq!(labels.value(row), class.to_string());
        let probabilities = flat(&all, row);
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(flat(&sure, row)[0], probabilities[class]);
        assert!(probabilities.iter().all(|p| *p <= probabilities[class]));
    }
    let schema = batch.schema();
    let names = schema.field_with_name("probabilities").unwrap().metadata().get("classes").cloned();
    assert_eq!(names.unwrap(), r#"["0","1","2","3","4","5","6","7","8","9"]"#);
    let told = project.semola(&["predict", "runs/tiny", &data, "--out", "new.parquet", "--evaluate"]).succeeds();
    assert!(told.contains("\"accuracy\"") && told.contains("\"cross_entropy\""), "{told}");
}

const MOLECULES: &str = "
name: tiny
stages:
  - read:
      as: train
      path: DATA/qm9/train.parquet
      fields:
        positions: {action: points}
        elements: {column: atomic_numbers}
        energy: {column: u0_atomization}
  - read: {as: test, path: DATA/qm9/test.parquet, like: train, limit: 60}
  - prepare:
      from: [train, test]
      steps:
        - center: {fields: positions, on: mass, elements: elements}
        - element_baseline: {field: energy, elements: elements}
        - one_hot: {field: elements, fit: train}
        - scale: {fields: positions, fit: train}
        - standardise: {fields: energy, fit: train}
  - train: {as: plain, from: train, input: [positions, elements], target: energy, model: {point_net: {hidden: [8], head: [8]}}, epochs: 1}
  - evaluate: {models: plain, on: test, bootstrap: 20}
";

#[test]
fn molecules_of_any_size_get_their_energies_back_in_physical_units() {
    let project = Project::with_pipeline(&MOLECULES.replace("DATA", DATA));
    run_one(&project);
    let data = format!("{DATA}/qm9/test.parquet");
    let batch = predict(&project, &["runs/tiny", &data]);
    assert_eq!(batch.num_rows(), 500, "the limit was for the run");
    assert_agree(&of_the_run(&project.member("runs/tiny"), "plain"), &predicted(&batch, &["energy"]));
    let schema = batch.schema();
    let energy = schema.field_with_name("energy").unwrap();
    assert_eq!((energy.data_type(), energy.metadata().get("unit")), (&DataType::Float64, Some(&"hartree".to_owned())));
    // A file of one molecule does not show that molecules differ in size.
    let one = predict(&project, &["runs/tiny", &data, "--where", "index = 22"]);
    assert_agree(&predicted(&one, &["energy"]), &predicted(&batch, &["energy"]));
    assert_eq!(one.num_rows(), 1);
}

/// Rows of 2 to 5 points in the plane, each with a force.
fn clouds(rows: usize, seed: u64) -> Vec<Column> {
    clouds_of((0..rows).map(|i| 2 + (i * 7 + seed as usize) % 4).collect(), seed)
}

fn clouds_of(lengths: Vec<usize>, seed: u64) -> Vec<Column> {
    let count = lengths.iter().sum::<usize>() * 2;
    let points = |values| lists(vectors(values, 2), &lengths);
    let positions = noise(count, seed);
    let forces = positions.iter().map(|x| -x * x.abs()).collect();
    vec![Column("p", points(positions), Some("m")), Column("f", points(forces), Some("N"))]
}

#[test]
fn forces_on_points_are_ragged_lists() {
    let project = Project::with_pipeline(
        "
name: tiny
stages:
  - read: {as: train, path: train.parquet, fields: {p: {action: points, dim: 2}, f: {action: vector, dim: 2}}}
  - read: {as: test, path: test.parquet, like: train}
  - prepare: {from: [train, test], steps: [{center: {fields: p, on: centroid}}, {scale: {fields: [p, f], fit: train}}]}
  - train: {as: plain, from: train, input: p, target: f, model: {pair: {width: 8, layers: 1}}, epochs: 1}
  - evaluate: {models: plain, on: test, bootstrap: 20}
",
    );
    project.write("train.parquet", &clouds(200, 1));
    project.write("test.parquet", &clouds(120, 2));
    run_one(&project);
    project.write("bare.parquet", &without(clouds(120, 2), "f"));
    let batch = predict(&project, &["runs/tiny", "bare.parquet"]);
    assert_agree(&of_the_run(&project.member("runs/tiny"), "plain"), &predicted(&batch, &["f"]));
    let forces = column(&batch, "f");
    let lengths: Vec<usize> = (0..6).map(|row| forces.as_list::<i32>().value(row).len()).collect();
    assert_eq!(lengths, [4, 3, 2, 5, 4, 3]);
    assert_eq!(batch.schema().field_with_name("f").unwrap().metadata().get("unit").map(String::as_str), Some("N"));
    let told = project.semola(&["predict", "runs/tiny", "test.parquet", "--out", "n.parquet", "--evaluate"]).succeeds();
    assert!(told.contains("\"mse\""), "{told}");
    // More points than any row of the training data, and equally many in each row.
    project.write("large.parquet", &without(clouds_of(vec![9; 4], 3), "f"));
    assert_eq!(column(&predict(&project, &["runs/tiny", "large.parquet"]), "f").as_list::<i32>().value(3).len(), 9);
}

#[test]
fn residual_and_added_targets_and_points_in_rows_of_their_own_come_back() {
    // One row a point: two points an example; the target is a difference of two columns, the network predicts changes.
    let rows = |examples: usize, seed: u64| {
        let x = noise(4 * examples, seed);
        let column = |axis: usize, f: fn(f32) -> f32| {
            numbers(x.chunks_exact(2).map(|p| Some(f64::from(f(p[axis])))).collect::<Vec<_>>())
        };
        let id = integers((0..2 * examples as i64).map(|i| 100 + i / 2));
        vec![
            Column("id", id, None),
            Column("x0", column(0, |x| x), None),
            Column("x1", column(1, |x| x), None),
            Column("y0", column(0, |x| 3.0 + 1.5 * x), None),
            Column("y1", column(1, |x| 3.0 + 1.5 * x), None),
        ]
    };
    let project = Project::with_pipeline(
        "
name: tiny
stages:
  - read: {as: all, path: train.parquet, group_by: id, fields: {x: {columns: [x0, x1], action: points, shape: [2, 2]}, y: {columns: [y0, y1], action: points, shape: [2, 2]}}}
  - read: {as: test, path: test.parquet, like: all}
  - prepare:
      from: all
      steps:
        - split: {of: all, into: {train: 0.9, rest: 0.1}}
  - prepare:
      from: [train, test]
      steps:
        - scale: {fields: [x, y], fit: train}
        - add: {field: step, difference: [y, x]}
  - train: {as: plain, from: train, input: x, target: step, model: {mlp: {hidden: [8]}}, epochs: 1}
  - train: {as: change, from: train, input: x, target: y, residual: true, model: {mlp: {hidden: [8]}}, epochs: 1}
  - evaluate: {models: [plain, change], on: test, bootstrap: 20}
",
    );
    project.write("train.parquet", &rows(200, 1));
    project.write("test.parquet", &rows(120, 2));
    run_one(&project);
    let bare = rows(120, 2).into_iter().filter(|c| !c.0.starts_with('y')).collect::<Vec<_>>();
    project.write("bare.parquet", &bare);
    let member = project.member("runs/tiny");
    for (model, field) in [("plain", "step"), ("change", "y")] {
        let batch = predict(&project, &["runs/tiny", "bare.parquet", "--model", model]);
        assert_eq!(batch.num_rows(), 120);
        assert_eq!(column(&batch, "id").as_primitive::<Int64Type>().value(5), 105);
        assert_agree(&of_the_run(&member, model), &predicted(&batch, &[field]));
    }
}

#[test]
fn invalid_rows_end_it_or_are_left_out() {
    let project = Project::new();
    run_one(&project);
    let mut columns = rotating(200, 2);
    let mut x = noise(400, 2);
    x[2 * 150] = f32::NAN;
    columns[0] = Column("x", vectors(x, 2), None);
    project.write("bad.parquet", &columns);
    project.write("ints.parquet", &[Column("x", texts(["a"; 3]), None)]);
    let run = |args: &[&str]| project.semola(&[&["predict", "runs/tiny"], args, &["--out", "new.parquet"]].concat());
    run(&["bad.parquet"]).fails(3, &["bad.parquet: column `x`, row 150", "NaN"]);
    run(&["ints.parquet"]).fails(3, &["ints.parquet: column `x`"]);
    run(&["none.parquet"]).fails(3, &["none.parquet: no such file"]);
    assert!(!project.path("new.parquet").exists());
    let done = run(&["bad.parquet", "--on-invalid", "drop"]);
    assert!(done.err.contains("1 rows left out because of column `x`"), "{done:?}");
    done.succeeds();
    let ids = row_ids(&read(&project.path("new.parquet")));
    assert_eq!((ids.len(), ids.contains(&150)), (199, false));
    project.write("lacking.parquet", &without(rotating(10, 2), "x"));
    run(&["lacking.parquet"]).fails(3, &["lacking.parquet", "no column `x`"]);
    assert_eq!(
        std::fs::read_dir(project.path(""))
            .unwrap()
            .filter(|e| { e.as_ref().unwrap().file_name().to_string_lossy().starts_with("unfinished-") })
            .count(),
        0
    );
}

#[test]
fn members_and_models_have_to_be_there_and_unique() {
    let project = Project::new();
    project.semola(&["run", "p.yaml"]).succeeds();
    let run = |args: &[&str]| {
        project.semola(&[&["predict", "runs/tiny", "test.parquet", "--out", "new.parquet"], args].concat())
    };
    let members = project.members("runs/tiny");
    let id = |i: usize| members[i].file_name().unwrap().to_str().unwrap().to_owned();
    run(&[]).fails(2, &[&id(0), &id(1), "--member or --seed"]);
    run(&["--seed", "7"]).fails(2, &["no member has that --seed"]);
    run(&["--member", &id(1)[..6]]).succeeds();
    run(&["--seed", "0", "--model", "pain"]).fails(2, &["trained no such model", "plain"]);
    run(&["--seed", "0", "--out", "no/new.parquet"]).fails(2, &["cannot be used multiple times"]);
    let into = |out: &str| project.semola(&["predict", "runs/tiny", "test.parquet", "--seed", "0", "--out", out]);
    into("no/new.parquet").fails(2, &["there is no such directory"]);
    into("test.parquet").fails(2, &["the input is there"]);
    // An unfinished member, and one of a version that wrote no models.
    let mut half = manifest(&members[0]);
    let seed = half["seed"].to_string();
    half["status"] = "interrupted".into();
    let member = members[0].file_name().unwrap().to_str().unwrap();
    project.put(&format!("runs/tiny/{member}/manifest.json"), half.to_string());
    run(&["--seed", &seed]).fails(2, &["no member is done", "interrupted"]);
    let model = members[1].join("models/plain.safetensors");
    let bytes = std::fs::read(&model).unwrap();
    std::fs::write(&model, &bytes[..bytes.len() - 40]).unwrap();
    run(&["--model", "plain"]).fails(3, &["plain.safetensors: does not have the checksum"]);
    std::fs::remove_dir_all(members[1].join("models")).unwrap();
    run(&[]).fails(3, &["is missing: the run wrote this file", "--fresh"]);
    project.semola(&["predict", "data", "test.parquet", "--out", "x.parquet"]).fails(2, &["data"]);
}

#[test]
fn an_average_over_the_group_is_nearly_equivariant() {
    let project = Project::with_pipeline(
        &PIPELINE
            .replace("as: plain, like: learned, augment: none", "as: plain, like: learned, augment: {known: so(2)}"),
    );
    project.write("train.parquet", &rotating(600, 1));
    project.write("test.parquet", &rotating(200, 2));
    run_one(&project);
    let turned = |c: Column| match c.0 {
        "g" => c,
        name => {
            let values = c.1.as_fixed_size_list().values().clone();
            let values = values.as_primitive::<arrow::datatypes::Float32Type>().values().to_vec();
            Column(name, vectors(values.chunks_exact(2).flat_map(|v| [-v[1], v[0]]).collect(), 2), None)
        }
    };
    project.write("turned.parquet", &rotating(200, 2).into_iter().map(turned).collect::<Vec<_>>());
    let difference = |more: &[&str]| {
        let of = |data: &str| {
            predicted(&predict(&project, &[&["runs/tiny", data, "--model", "plain"], more].concat()), &["y"])
        };
        let (a, b) = (of("test.parquet"), of("turned.parquet"));
        a.iter().map(|(key, v)| (b[key][0] + v[1]).abs() + (b[key][1] - v[0]).abs()).sum::<f64>()
    };
    let (plain, averaged) = (difference(&[]), difference(&["--group-average", "40"]));
    assert!(averaged < 0.4 * plain, "{averaged} {plain}");
}
