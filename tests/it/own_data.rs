//! Data as users bring it: files in other formats through every command, and from `init FILE` to a right sentence with no edit.

use std::fmt::Write as _;

use serde_json::Value;

use crate::project::{Project, noise};

/// A central force in the plane: `qx, qy, ax, ay`.
fn force(rows: usize, seed: u64) -> String {
    let mut text = "qx,qy,ax,ay\n".to_owned();
    for q in noise(2 * rows, seed).chunks_exact(2) {
        let f = -(-(q[0] * q[0] + q[1] * q[1]) / 2.0).exp();
        writeln!(text, "{},{},{},{}", q[0], q[1], f * q[0], f * q[1]).unwrap();
    }
    text
}

const PIPELINE: &str = "\
name: force
stages:
  - read:
      as: train
      path: train.csv
      fields:
        q: {columns: [qx, qy], action: vector, dim: 2}
        a: {columns: [ax, ay], action: vector, dim: 2}
  - read: {as: test, path: test.csv, like: train}
  - train:
      as: learned
      from: train
      input: q
      target: a
      model: {mlp: {hidden: [16]}}
      augment: {learned: {space: {gl: 2}, generators: 2, steps: 60, audit: {networks: 2, steps: 60}}}
      epochs: 2
  - evaluate: {models: learned, on: test, bootstrap: 50}
";

fn project() -> Project {
    let project = Project::with_pipeline(PIPELINE);
    project.put("train.csv", force(600, 1));
    project.put("test.csv", force(200, 2));
    project
}

/// The directory of the only member.
fn member(project: &Project) -> std::path::PathBuf {
    let members: Vec<_> =
        project.members("runs/force").into_iter().filter(|path| path.join("manifest.json").exists()).collect();
    assert_eq!(members.len(), 1, "{members:?}");
    members.into_iter().next().unwrap()
}

#[test]
fn every_command_reads_csv() {
    let project = project();
    let done = project.semola(&["check", "p.yaml"]);
    let words =
        ["train.csv: 600 rows (csv), imported to .semola-imports/train-", "test.csv: 200 rows (csv), imported to "];
    words.iter().for_each(|word| assert!(done.err.contains(word), "{done:#?}"));
    assert!(done.succeeds().contains("train: 600 rows"));
    assert!(!project.path("runs").exists());
    // What `check` imported, `run` takes again; what it imports itself lies beside its results.
    let done = project.semola(&["run", "p.yaml"]);
    assert!(done.err.contains("train.csv: 600 rows (csv), as imported before (.semola-imports/train-"), "{done:#?}");
    done.succeeds();
    std::fs::remove_dir_all(project.path(".semola-imports")).unwrap();
    let done = project.semola(&["run", "p.yaml", "--fresh"]);
    assert!(done.err.contains("train.csv: 600 rows (csv), imported to runs/force/imports/train-"), "{done:#?}");
    done.succeeds();
    let manifest = std::fs::read_to_string(member(&project).join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let own = semola_data::hash::file_hash(&project.path("test.csv")).unwrap();
    assert_eq!((&manifest["files"][0]["path"], &manifest["files"][0]["hash"]), (&"test.csv".into(), &own.into()));
    assert_eq!(manifest["files"][1]["rows"], 600);

    let text = project.semola(&["compare", "runs/force"]).succeeds();
    assert!(text.contains("learned"), "{text}");
    let done = project.semola(&["predict", "runs/force", "test.csv", "--out", "p.parquet", "--evaluate"]);
    assert!(done.err.contains("test.csv: 200 rows (csv), imported for this command only"), "{done:#?}");
    assert!(done.succeeds().contains("\"rows\": 200"));
    let text = project.semola(&["inspect", "test.csv"]).succeeds();
    assert!(text.starts_with("test.csv: 200 rows in 1 row groups") && text.contains("ay"), "{text}");
    let text = project.semola(&["inspect", "runs/force"]).succeeds();
    assert!(!text.contains("imports"), "{text}");
    let left: Vec<_> = std::fs::read_dir(project.path("")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("semola-imports-")), "{left:?}");
}

#[test]
fn shards_and_sweeps_read_csv() {
    let project = project();
    project.semola(&["sweep", "run", "p.yaml", "--jobs", "2"]).succeeds();
    let done = project.semola(&["sweep", "status", "p.yaml"]).succeeds();
    assert!(done.contains("done"), "{done}");
    let shards = ["predict", "runs/force", "test.csv", "--out", "shards", "--shards", "1"];
    project.semola(&shards).succeeds();
    assert!(project.semola(&[&shards[..], &["--merge"]].concat()).code == Some(0));
    let other = [&shards[..], &["--shard", "0", "--header"]].concat();
    assert_eq!(project.semola(&other).code, Some(2));
}

#[test]
fn what_is_wrong_is_told_of_the_file_that_was_named() {
    let project = project();
    project.put("test.csv", force(200, 2).replacen('\n', "\n1,x,3,4\n", 1));
    project.refuses(3, &["p.yaml", "test.csv: column `qy`"]);
    project.put("test.csv", "qx,qy,ax,ay\n1,2,3,4\n1,2,3\n");
    project.refuses(3, &["p.yaml", "test.csv:3", "`on_invalid: drop`"]);
    // A value is missing: the row counts from the first of the file.
    project.put("test.csv", force(200, 2) + "1,,3,4\n");
    project.refuses(3, &["test.csv: column `qy`, row 200", "on_invalid: drop"]);
    project.put("test.dat", force(200, 2));
    let odd = PIPELINE.replace("test.csv", "test.dat");
    project.put("p.yaml", &odd);
    project.refuses(3, &["test.dat: it is not Parquet", "csv (.csv, .tsv)", "import: {format: csv}"]);
    project.put("p.yaml", odd.replace("like: train", "import: {format: csv}, like: train"));
    project.semola(&["check", "p.yaml"]).succeeds();
    project.put("p.yaml", odd.replace("like: train", "import: {formt: csv}, like: train"));
    project.refuses(2, &["unknown key 'formt'", "did you mean 'format'"]);
}

#[test]
fn rows_that_are_none_are_left_out_and_counted() {
    let project = project();
    project.put("p.yaml", PIPELINE.replace("path: train.csv", "path: train.csv\n      on_invalid: drop"));
    project.put("train.csv", force(600, 1) + "1,2,3\n,2,3,4\n");
    let done = project.semola(&["run", "p.yaml"]);
    for word in
        ["left out 1 invalid rows", "1 rows left out because of column `row`", "1 rows left out because of column `qx`"]
    {
        assert!(done.err.contains(word), "{done:#?}");
    }
    done.succeeds();
}

/// Copies a file of `tests/fixtures`.
fn put_fixture(project: &Project, name: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    project.put(name, std::fs::read(file).unwrap());
}

/// What a run of the pipeline that `init` writes about a file says, with no edit.
#[track_caller]
fn sentence(project: &Project, file: &str, more: &[&str]) -> (String, String) {
    let done = project.semola(&[&["init", file, "--out", "own.yaml"], more].concat());
    let noted = done.err.clone();
    done.succeeds();
    project.semola(&["check", "own.yaml"]).succeeds();
    (project.semola(&["run", "own.yaml", "-q"]).succeeds(), noted)
}

/// A number of pandas' index, two places in the plane and an energy that depends on their distances only.
fn energies(rows: usize) -> String {
    let mut text = ",x1,y1,x2,y2,energy\n".to_owned();
    for (i, q) in noise(4 * rows, 7).chunks_exact(4).enumerate() {
        let (a, b) = (q[0] * q[0] + q[1] * q[1], (q[0] - q[2]).powi(2) + (q[1] - q[3]).powi(2));
        writeln!(text, "{i},{},{},{},{},{}", q[0], q[1], q[2], q[3], a / 2.0 + (1.0 + b).ln()).unwrap();
    }
    text
}

/// Sentences in one line.
fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_force_in_components_turns_with_the_place() {
    let project = Project::with_pipeline("");
    project.put("force.csv", force(1500, 5));
    let (said, _) = sentence(&project, "force.csv", &["--target", "ax", "--target", "ay"]);
    let words = unbroken(&said);
    assert!(
        words.contains("is equivariant under rotations in the plane of") && words.contains("(so(2), 1 generator)"),
        "{said}"
    );
}

#[test]
fn an_index_is_no_target_and_the_energy_turns_with_nothing() {
    let project = Project::with_pipeline("");
    project.put("idx.csv", energies(1500));
    let (said, _) = sentence(&project, "idx.csv", &[]);
    let words = unbroken(&said);
    assert!(words.contains("learned: `energy` is invariant under rotations in the plane of"), "{said}");
    assert!(words.contains("(so(2), 1 generator)") && said.contains("target energy"), "{said}");
}

/// Clusters of four atoms under Lennard-Jones forces: some atoms nearly meet, and those forces are millions of
/// times the others.
fn clusters(rows: usize, seed: u64) -> String {
    const CORNERS: [[f64; 3]; 4] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]];
    let mut text = String::new();
    for moved in noise(12 * rows, seed).chunks_exact(12) {
        let places: Vec<[f64; 3]> =
            (0..4).map(|i| std::array::from_fn(|c| 1.1 * CORNERS[i][c] + 0.25 * f64::from(moved[3 * i + c]))).collect();
        text += "4\nProperties=species:S:1:pos:R:3:forces:R:3 pbc=\"F F F\"\n";
        for at in &places {
            let mut force = [0.0; 3];
            for other in &places {
                let apart: [f64; 3] = std::array::from_fn(|c| at[c] - other[c]);
                let square: f64 = apart.iter().map(|d| d * d).sum();
                if square > 0.0 {
                    let pull = 24.0 * (2.0 * square.powi(-7) - square.powi(-4));
                    (0..3).for_each(|c| force[c] += pull * apart[c]);
                }
            }
            let numbers = at.iter().chain(&force).map(f64::to_string).collect::<Vec<_>>().join(" ");
            writeln!(text, "Ar {numbers}").unwrap();
        }
    }
    text
}

#[test]
fn forces_of_atoms_that_nearly_meet_turn_with_the_atoms() {
    let project = Project::with_pipeline("");
    project.put("lj.extxyz", clusters(400, 3));
    let (said, _) = sentence(&project, "lj.extxyz", &[]);
    assert!(
        std::fs::read_to_string(project.path("own.yaml")).unwrap().contains("compress: {fields: forces, fit: train}")
    );
    let words = unbroken(&said);
    let found =
        ["equivariant under rotations of the points `positions` (so(3), 3 generators)", "(on the compressed scale)"];
    found.iter().for_each(|found| assert!(words.contains(found), "{said}"));
    // What it gains in all poses.
    let shifted =
        words.split("under the shift rotate uniform, mean squared error").nth(1).unwrap_or_else(|| panic!("{said}"));
    let times = shifted.split(" times the plain").next().and_then(|text| text.rsplit(' ').next());
    assert!(times.unwrap().parse::<f64>().unwrap() < 0.75, "{said}");
}

#[test]
fn upright_digits_may_lean_but_not_turn() {
    let project = Project::with_pipeline("");
    put_fixture(&project, "digits.npz");
    let (said, noted) = sentence(&project, "digits.npz", &[]);
    assert!(noted.contains("1797 rows (npz)"), "{noted}");
    let words = unbroken(&said);
    assert!(words.contains("accuracy of test, shift none") && words.contains("learned: `labels`"), "{said}");
    assert!(!words.contains("so(2)") && !words.contains("The whole circle"), "{said}");
}

#[test]
fn flowers_have_no_geometry_and_that_is_said() {
    let project = Project::with_pipeline("");
    put_fixture(&project, "iris.csv");
    let (said, noted) = sentence(&project, "iris.csv", &[]);
    assert!(noted.contains("no group acts on anything, so that no symmetry can be discovered"), "{noted}");
    assert!(unbroken(&said).contains("No group acts on these fields: they are plain numbers"), "{said}");
    assert!(said.contains("accuracy of test") && !said.contains("learned"), "{said}");
}

#[test]
fn scalars_that_are_called_like_components_are_told() {
    let project = project();
    let scalars = PIPELINE
        .replace("a: {columns: [ax, ay], action: vector, dim: 2}", "ax: {}\n        ay: {}")
        .replace("target: a", "target: [ax, ay]");
    project.put("p.yaml", scalars);
    for command in ["check", "run"] {
        let done = project.semola(&[command, "p.yaml"]);
        let words = ["`ax`, `ay` are read as scalars", "`{columns: [ax, ay], action: vector, dim: 2}`"];
        words.iter().for_each(|word| assert_eq!(done.err.matches(word).count(), 1, "{done:#?}"));
        done.succeeds();
    }
    project.put("p.yaml", PIPELINE);
    assert!(!project.semola(&["check", "p.yaml"]).err.contains("read as scalars"));
}

#[test]
fn an_open_action_is_decided_by_a_run_for_each() {
    let project = Project::with_pipeline("");
    project.put("force.csv", force(1500, 5));
    project.semola(&["init", "force.csv", "--out", "own.yaml"]).succeeds();
    let open = ["--set", "stages[0].read.fields.a.action=auto"];
    let checked = project.semola(&[&["check", "own.yaml"], &open[..]].concat()).succeeds();
    assert!(checked.contains("4 points, 4 members"), "{checked}");
    let done = project.semola(&[&["run", "own.yaml"], &open[..]].concat());
    assert!(done.err.contains("action: auto of a: 4 runs, one for each candidate"), "{done:#?}");
    let said = done.succeeds();
    let table = said.split_once("action: auto, one run for each candidate").unwrap().1.to_owned();
    let verdict = |action: &str| {
        let line = table.lines().find(|line| line.trim_start().starts_with(action)).unwrap();
        line.split_once(action).unwrap().1.trim_start().to_owned()
    };
    // Under rotations a covector is a vector, and so is a pseudovector; under mirrors it is not.
    assert!(verdict("vector").starts_with("fits") && verdict("covector").starts_with("fits"), "{table}");
    assert!(verdict("pseudovector").contains("so(2) (accepted)"), "{table}");
    assert!(verdict("vector").contains("O(2) (accepted)") && !verdict("scalar").starts_with("fits"), "{table}");
}
