//! What is recognised, and what the text says about it.

use std::path::Path;

use super::*;
use crate::pipeline::Document;
use crate::pipeline::{Pipeline, Stage};
use crate::train::Train;
use crate::train::augment::{Augment, Known};
use semola_data::foreign::How;
use semola_data::profile::{ColumnProfile, Kind, Sample};
use semola_data::{RowShape, profile};

fn column(name: &str, kind: Kind, shape: RowShape, values: Vec<f64>) -> ColumnProfile {
    let sample = Sample { values, ..Sample::default() };
    ColumnProfile { name: name.into(), kind, shape, unit: None, stated: None, classes: None, sample }
}

/// Numbers that repeat nowhere.
fn noise(count: usize, seed: usize) -> Vec<f64> {
    (0..count).map(|i| (((i + 1) * (2 * seed + 3)) as f64 * 0.618_033_988_7).fract() - 0.5).collect()
}

/// One number per row, in 24 rows.
fn scalar(name: &str, seed: usize) -> ColumnProfile {
    column(name, Kind::Float, RowShape::Fixed(vec![]), noise(24, seed))
}

fn vector(name: &str, width: usize, seed: usize) -> ColumnProfile {
    column(name, Kind::Float, RowShape::Fixed(vec![width]), noise(24 * width, seed))
}

/// Integers in 24 rows.
fn integers(name: &str, value: fn(usize) -> usize) -> ColumnProfile {
    column(name, Kind::Integer, RowShape::Fixed(vec![]), (0..24).map(|i| value(i) as f64).collect())
}

/// Between one and four points a row, in 24 rows.
fn ragged(name: &str, kind: Kind, point: &[usize], value: fn(usize) -> f64) -> ColumnProfile {
    let lengths: Vec<usize> = (0..24).map(|i| 1 + i % 4).collect();
    let count = lengths.iter().sum::<usize>() * point.iter().product::<usize>();
    let mut made = column(name, kind, RowShape::Ragged(point.to_vec()), (0..count).map(value).collect());
    made.sample.lengths = Some(lengths);
    made
}

fn text_of(columns: Vec<ColumnProfile>, targets: &[&str]) -> Result<String, InitError> {
    let profile = Profile { files: vec!["d.parquet".into()], rows: 24, columns };
    let request = Request {
        name: "d".into(),
        data: vec!["d.parquet".into()],
        targets: targets.iter().map(|t| (*t).to_owned()).collect(),
        ..Request::default()
    };
    starter(&profile, &request).map(|starter| starter.text)
}

/// The text in pieces, which every text must have.
#[track_caller]
fn parsed(text: &str) -> Pipeline {
    let document = Document::from_text("p.yaml", text, &[]);
    document.unwrap_or_else(|e| panic!("{e}\n{text}")).content().clone()
}

fn trained(pipeline: &Pipeline) -> Vec<&Train> {
    pipeline.stages.iter().filter_map(|s| if let Stage::Train(t) = s { Some(t) } else { None }).collect()
}

#[track_caller]
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in\n{text}");
    }
}

#[test]
fn pairs_of_vectors_are_learned_as_a_change() {
    let mut target = vector("target", 8, 1);
    target.sample.values.iter_mut().for_each(|v| *v += 0.01);
    let columns = vec![vector("input", 8, 1), target, integers("trajectory", |i| i / 4), integers("step", |i| i % 4)];
    let text = text_of(columns, &[]).unwrap();
    assert_says(
        &text,
        &[
            "x: {column: input, action: vector, dim: 2}",
            "group: trajectory",
            "`dim` could also be 4, 8",
            "Not used: step",
        ],
    );
    let pipeline = parsed(&text);
    let models = trained(&pipeline);
    assert!(models.iter().all(|t| t.residual && t.input.as_slice() == ["x"]));
    assert_eq!(models.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["plain", "learned"]);
    assert!(matches!(models[1].augment, Augment::Learned(_)) && models[0].epochs > models[1].epochs);
}

#[test]
fn pairs_that_lie_far_apart_are_not() {
    let text = text_of(vec![vector("a", 3, 1), vector("b", 3, 9)], &["b"]).unwrap();
    assert_says(&text, &["# check: The state", "column: a, action: vector, dim: 3"]);
    assert!(trained(&parsed(&text)).iter().all(|t| !t.residual));
}

#[test]
fn four_momenta_are_found_with_any_prefix_and_suffix() {
    let names = ["mu_E1", "mu_px1", "mu_py1", "mu_pz1", "mu_E2", "mu_px2", "mu_py2", "mu_pz2", "run", "pt1", "M"];
    let mut columns: Vec<ColumnProfile> = names.iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
    columns
        .iter_mut()
        .filter(|c| c.name.starts_with("mu_E"))
        .for_each(|c| c.sample.values.iter_mut().for_each(|v| *v += 5.0));
    let text = text_of(columns.clone(), &[]).unwrap();
    let grouped =
        "momenta: {columns: [mu_E1, mu_px1, mu_py1, mu_pz1, mu_E2, mu_px2, mu_py2, mu_pz2], action: vector, dim: 4}";
    assert_says(&text, &[grouped, "target: M", "space: {gl: 4}", "2 four-momenta side by side"]);
    assert!(!text.contains("massless") && !text.contains("energy the first"), "{text}");
    let pipeline = parsed(&text);
    let known = trained(&pipeline)
        .iter()
        .any(|t| matches!(&t.augment, Augment::Known(Known::Detailed(g)) if g.group.as_deref() == Some("so(1,3)")));
    assert!(known, "{text}");
    columns
        .iter_mut()
        .filter(|c| c.name.starts_with("mu_E"))
        .for_each(|c| c.sample.values.iter_mut().for_each(|v| *v = 0.0));
    assert_says(&text_of(columns, &[]).unwrap(), &["check: many energies are smaller than the momentum"]);
}

#[test]
fn lists_in_which_the_first_of_four_is_the_largest_are_four_momenta() {
    let mut input = vector("input", 8, 3);
    input.sample.values.iter_mut().step_by(4).for_each(|v| *v = 2.0 + v.abs());
    let target = column("target", Kind::Float, RowShape::Fixed(vec![1]), noise(24, 7));
    let text = text_of(vec![input, target], &[]).unwrap();
    assert_says(
        &text,
        &["momenta: {column: input, action: vector, dim: 4}", "# check: taken for four-momenta", "target: target"],
    );
    parsed(&text);
    let text = text_of(vec![vector("input", 8, 3), scalar("target", 7)], &[]).unwrap();
    assert_says(&text, &["input: {action: vector, dim: 2}"]);
}

#[test]
fn molecules_have_elements_and_positions() {
    let number = |i: usize| [1.0, 6.0, 8.0][i % 3];
    let position = |i: usize| (i as f64 * 0.37).sin();
    let atoms = || vec![ragged("Z", Kind::Integer, &[], number), ragged("R", Kind::Float, &[3], position)];
    let energies = [atoms(), vec![scalar("energy", 4)]].concat();
    let text = text_of(energies, &[]).unwrap();
    assert_says(
        &text,
        &[
            "positions: {column: R, action: points, dim: 3}",
            "atomic_numbers: {column: Z}",
            "one_hot: {field: atomic_numbers, as: elements, fit: train}",
            "element_baseline: {field: energy, elements: atomic_numbers, fit: train}",
            "standardise: {fields: energy, fit: train}",
            "input: [positions, elements]",
            "model: {pair:",
            "augment: {known: so(3)}",
        ],
    );
    let forces = [atoms(), vec![scalar("energy", 4), ragged("F", Kind::Float, &[3], position)]].concat();
    let text = text_of(forces.clone(), &[]).unwrap();
    assert_says(&text, &["F: {action: vector, dim: 3}", "target: F", "chooses another, such as energy"]);
    let both = text_of(forces, &["energy", "F"]).unwrap();
    assert_says(&both, &["target: [energy, F]", "element_baseline", "scale: {fields: F, fit: train}"]);
    let mut cell = atoms();
    cell.extend([scalar("r2", 1), vector("cell", 9, 1)]);
    assert_says(
        &text_of(cell, &[]).unwrap(),
        &["cell: ignore", "check: periodic cells are not supported", "target: r2"],
    );
}

#[test]
fn one_hot_elements_make_a_molecule_too() {
    let one_hot = |i: usize| if (i / 3) % 3 == i % 3 { 1.0 } else { 0.0 };
    let columns = vec![
        ragged("pos", Kind::Float, &[3], |i| (i as f64).cos()),
        ragged("x", Kind::Float, &[3], one_hot),
        column("dipole", Kind::Float, RowShape::Fixed(vec![3]), noise(72, 2)),
        scalar("gap", 3),
    ];
    let text = text_of(columns, &[]).unwrap();
    assert_says(&text, &["elements: {column: x}", "dipole: {action: vector, dim: 3}", "target: dipole"]);
    assert!(!text.contains("one_hot:"), "{text}");
    parsed(&text);
}

#[test]
fn clouds_come_as_lists_or_as_rows() {
    let cloud = vec![
        ragged("points", Kind::Float, &[3], |i| (i as f64).sin()),
        ragged("charge", Kind::Float, &[], |i| (i as f64).cos()),
        integers("label", |i| i % 3),
    ];
    let text = text_of(cloud, &[]).unwrap();
    assert_says(
        &text,
        &["positions: {column: points, action: points, dim: 3}", "input: [positions, charge]", "loss: cross_entropy"],
    );
    parsed(&text);
    let mut long: Vec<ColumnProfile> =
        ["x", "y", "z", "vx", "vy", "vz", "q"].iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
    long.push(integers("cloud_id", |i| i / 6));
    long.push(column(
        "volume",
        Kind::Float,
        RowShape::Fixed(vec![]),
        (0..24).map(|i| f64::from(i / 6) * 0.7).collect(),
    ));
    let text = text_of(long, &[]).unwrap();
    assert_says(
        &text,
        &[
            "group_by: cloud_id",
            "positions: {columns: [x, y, z], action: points, dim: 3}",
            "{columns: [vx, vy, vz], action: vector, dim: 3}",
            "volume: {shape: [1]}",
            "target: volume",
        ],
    );
    parsed(&text);
}

#[test]
fn images_are_pictures_or_pixels_with_a_shape() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pictures.parquet");
    let found = profile(&[path], Path::new(""), How::default()).unwrap();
    let request = Request { name: "p".into(), data: vec!["p".into()], ..Request::default() };
    let text = starter(&found, &request).unwrap().text;
    assert_says(
        &text,
        &["image: {action: pixels}", "(bar, cross, ring)", "label: {labels: true}", "model: {cnn:", "{gl: 2}"],
    );
    parsed(&text);
    let mut flat = column("image", Kind::Integer, RowShape::Fixed(vec![784]), vec![7.0; 24 * 784]);
    let text = text_of(vec![flat.clone(), integers("label", |i| i % 3)], &[]).unwrap();
    assert_says(&text, &["image: {action: pixels, shape: [28, 28, 1]}", "check: 784 numbers a row"]);
    flat.stated = Some(vec![28, 28, 1]);
    let text = text_of(vec![flat, integers("label", |i| i % 3)], &[]).unwrap();
    assert_says(&text, &["image: {action: pixels}"]);
}

#[test]
fn columns_without_any_value_are_neither_input_nor_target() {
    let empty = |name: &str| column(name, Kind::Empty, RowShape::Fixed(vec![]), vec![]);
    let text = text_of(vec![empty("target"), scalar("a", 1), scalar("b", 2), empty("x")], &[]).unwrap();
    assert_says(&text, &["input: b", "target: a", "without a value in the sampled rows: target, x."]);
    assert!(!text.contains("Not used:"), "{text}");
    parsed(&text);
    let error = text_of(vec![empty("e"), scalar("a", 1)], &["e"]).unwrap_err();
    assert_says(&error.to_string(), &["--target e", "no sampled row has a value"]);
}

#[test]
fn an_index_is_neither_input_nor_target() {
    let index = integers("column_0", |i| i + 7);
    let columns = vec![index, scalar("x1", 1), scalar("y1", 2), scalar("x2", 3), scalar("y2", 4), scalar("energy", 5)];
    let text = text_of(columns, &[]).unwrap();
    assert_says(&text, &["columns: [x1, y1, x2, y2], action: vector, dim: 2", "target: energy", "Not used: column_0."]);
    // As floats, as pandas writes it after a merge; and beside plain numbers.
    let floats = column("Unnamed: 0", Kind::Float, RowShape::Fixed(vec![]), (0..24).map(f64::from).collect());
    let text = text_of(vec![floats, scalar("a", 1), scalar("b", 2)], &[]).unwrap();
    assert_says(&text, &["input: b", "target: a", "Not used: Unnamed: 0."]);
    let years = integers("years", |i| 1990 + i / 2);
    assert_says(&text_of(vec![scalar("a", 1), years], &[]).unwrap(), &["target: a", "input: years"]);
}

#[test]
fn components_of_one_vector_are_predicted_together() {
    let names = ["qx", "qy", "vx", "vy", "ax", "ay"];
    let columns: Vec<ColumnProfile> = names.iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
    let words = [
        "vectors: {columns: [qx, qy, vx, vy], action: vector, dim: 2}",
        "a: {columns: [ax, ay], action: vector, dim: 2}",
        "target: a\n",
        "scale: {fields: a, fit: train}",
    ];
    for targets in [&[][..], &["ax", "ay"]] {
        let text = text_of(columns.clone(), targets).unwrap();
        assert_says(&text, &words);
        parsed(&text);
    }
    // Where the outcome is not the last.
    let names = ["force_x", "force_y", "force_z", "r_x", "r_y", "r_z"];
    let columns = names.iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
    assert_says(&text_of(columns, &[]).unwrap(), &["[r_x, r_y, r_z]", "force: {columns: [force_x, force_y, force_z]"]);
    let columns = vec![scalar("x", 1), scalar("y", 2)];
    assert_says(&text_of(columns, &[]).unwrap(), &["input: x", "target: y\n"]);
}

#[test]
fn forces_follow_from_positions_and_masses_are_inputs() {
    let names = ["m1", "x1", "y1", "x2", "y2", "energy", "fx", "fy"];
    let columns: Vec<ColumnProfile> = names.iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
    let text = text_of(columns.clone(), &[]).unwrap();
    assert_says(
        &text,
        &[
            "columns: [x1, y1, x2, y2], action: vector, dim: 2",
            "f: {columns: [fx, fy], action: vector, dim: 2}",
            "target: f\n",
            "input: [vectors, m1]",
            "standardise: {fields: m1, fit: train}",
            "Not used: energy.",
        ],
    );
    parsed(&text);
    let text = text_of(columns[..6].to_vec(), &[]).unwrap();
    assert_says(&text, &["target: energy", "input: [vectors, m1]"]);
    let asked = text_of(columns, &["energy"]).unwrap();
    assert_says(&asked, &["target: energy", "columns: [x1, y1, x2, y2, fx, fy]"]);
}

#[test]
fn targets_of_very_different_sizes_are_compressed() {
    let columns = |power: i32| -> Vec<ColumnProfile> {
        let steep = |name: &str, at: usize| {
            let values = (0..400).map(|i| ((i * 7 + at * 13) % 101) as f64 / 50.0 + 0.01).map(|x| x.powi(power));
            column(name, Kind::Float, RowShape::Fixed(vec![]), values.collect())
        };
        vec![scalar("qx", 1), scalar("qy", 2), steep("ax", 3), steep("ay", 4)]
    };
    let text = text_of(columns(-3), &[]).unwrap();
    assert_says(
        &text,
        &["# check: its largest values are", "compress: {fields: a, fit: train}\n", "scale: {fields: a, "],
    );
    parsed(&text);
    assert!(!text_of(columns(1), &[]).unwrap().contains("compress"));
    let one = text_of(columns(-3), &["ax"]).unwrap();
    assert_says(&one, &["compress: {fields: ax, fit: train}", "standardise: {fields: ax, fit: train}"]);
}

#[test]
fn numbered_components_of_telling_names_are_vectors() {
    let names = ["pos_0", "pos_1", "pos_2", "force_0", "force_1", "force_2"];
    let columns = names.iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
    let text = text_of(columns, &[]).unwrap();
    assert_says(
        &text,
        &["[pos_0, pos_1, pos_2], action: vector, dim: 3", "force: {columns: [force_0, force_1, force_2]"],
    );
    parsed(&text);
    let columns = ["q1", "q2", "p1", "p2", "energy"].iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
    assert_says(
        &text_of(columns, &[]).unwrap(),
        &["columns: [q1, q2, p1, p2], action: vector, dim: 2", "target: energy"],
    );
    // Features that are numbered are no vector, nor are components of which one is missing.
    for names in [["feature_0", "feature_1", "y"], ["pos_0", "pos_2", "y"]] {
        let columns = names.iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
        assert_says(&text_of(columns, &[]).unwrap(), &["a table of numbers", "target: y"]);
    }
}

#[test]
fn constants_and_boxes_are_no_targets() {
    let constant = column("level", Kind::Float, RowShape::Fixed(vec![]), vec![2.5; 24]);
    let columns = vec![constant, scalar("a", 1), scalar("b", 2)];
    assert_says(&text_of(columns, &[]).unwrap(), &["input: b", "target: a", "Not used: level."]);
    let number = |i: usize| [1.0, 6.0, 8.0][i % 3];
    let position = |i: usize| (i as f64 * 0.37).sin();
    let mut columns = vec![ragged("Z", Kind::Integer, &[], number), ragged("pos", Kind::Float, &[3], position)];
    let mut pbc = integers("pbc", |_| 0);
    pbc.kind = Kind::Truth;
    columns.extend([pbc, scalar("energy", 1)]);
    let text = text_of(columns, &[]).unwrap();
    assert_says(&text, &["target: energy", "Not used: pbc."]);
    assert!(!text.contains("such as pbc"), "{text}");
}

#[test]
fn columns_that_are_called_the_truth_are_no_inputs() {
    let names =
        ["E_0", "PX_0", "PY_0", "PZ_0", "E_1", "PX_1", "PY_1", "PZ_1", "truthE", "truthPX", "truthPY", "truthPZ"];
    let mut columns: Vec<ColumnProfile> = names.iter().enumerate().map(|(i, n)| scalar(n, i)).collect();
    columns.push(integers("is_signal_new", |i| i % 2));
    let text = text_of(columns.clone(), &[]).unwrap();
    assert_says(
        &text,
        &[
            "columns: [E_0, PX_0, PY_0, PZ_0, E_1, PX_1, PY_1, PZ_1], action",
            "target: is_signal_new",
            "# check: not used, since the names say that they hold what is to be found out: truthE,",
        ],
    );
    let asked = text_of(columns, &["truthE", "truthPX", "truthPY", "truthPZ"]).unwrap();
    assert_says(&asked, &["truth: {columns: [truthE, truthPX, truthPY, truthPZ], action: vector, dim: 4}"]);
    let table = vec![scalar("a", 1), scalar("target_1", 2), scalar("target_2", 3), scalar("b_true", 4)];
    assert_says(&text_of(table, &[]).unwrap(), &["input: a\n", "target: target_1"]);
    let lists = vec![vector("pos", 2, 1), vector("true_pos", 2, 2), vector("vel", 2, 3)];
    assert_says(&text_of(lists, &[]).unwrap(), &["input: [pos, vel]", "target: true_pos"]);
}

#[test]
fn flat_lists_are_points_and_sets_of_numbers() {
    let position = |i: usize| (i as f64 * 0.37).sin();
    let mut flat = ragged("positions", Kind::Float, &[], position);
    flat.sample.values = noise(3 * flat.sample.values.len(), 1);
    flat.sample.lengths.iter_mut().flatten().for_each(|n| *n *= 3);
    let forces = ColumnProfile { name: "forces".into(), ..flat.clone() };
    let text = text_of(vec![flat.clone(), scalar("y", 3)], &[]).unwrap();
    assert_says(&text, &["positions: {action: points, dim: 3}", "target: y"]);
    let text = text_of(vec![flat, forces, scalar("y", 3)], &["forces"]).unwrap();
    assert_says(&text, &["positions: {action: points, dim: 3}", "forces: {action: vector, dim: 3}"]);
    // No target is made of lists that differ in length, and no positions of those with other names.
    let sets = || vec![ragged("v", Kind::Integer, &[], |i| i as f64), scalar("e", 1)];
    assert_says(&text_of(sets(), &[]).unwrap(), &["v: {action: points, dim: 1}", "target: e", "point_net"]);
    let wrong = text_of(sets(), &["v"]).unwrap_err();
    assert!(matches!(wrong, InitError::Target { .. }), "{wrong}");
}

#[test]
fn a_cell_that_is_not_periodic_plays_no_part() {
    let atoms = |flag: bool| {
        let mut pbc = column("pbc", Kind::Text, RowShape::Fixed(vec![]), vec![]);
        let text = if flag { "T T F" } else { "F F F" };
        pbc.sample.texts = vec![Some(text.to_owned()); 24];
        let number = |i: usize| [1.0, 6.0, 8.0][i % 3];
        let position = |i: usize| (i as f64 * 0.37).sin();
        vec![
            ragged("Z", Kind::Integer, &[], number),
            ragged("R", Kind::Float, &[3], position),
            scalar("energy", 4),
            pbc,
        ]
    };
    let text = text_of(atoms(false), &[]).unwrap();
    assert!(!text.contains("cell:") && !text.contains("such as pbc"), "{text}");
    assert_says(&text_of(atoms(true), &[]).unwrap(), &["cell: ignore"]);
}

#[test]
fn tables_promise_no_discovery() {
    let columns = vec![integers("id", |i| i), scalar("age", 1), scalar("weight", 2), scalar("target", 3)];
    let text = text_of(columns, &[]).unwrap();
    assert_says(&text, &["no group acts on anything", "input: [age, weight]", "target: target", "Not used: id"]);
    let pipeline = parsed(&text);
    let models = trained(&pipeline);
    assert_eq!((models.len(), &models[0].augment), (1, &Augment::None));
}

#[test]
fn names_that_yaml_would_misread_are_quoted() {
    let columns = vec![scalar("no", 1), scalar("a: b", 2), scalar("1", 3), scalar("µ \"x\"", 4), scalar("target", 5)];
    let text = text_of(columns, &[]).unwrap();
    let pipeline = parsed(&text);
    let Stage::Read(read) = &pipeline.stages[0] else { panic!("{text}") };
    let columns: Vec<&str> = read.fields.iter().map(|(name, f)| f.column.as_deref().unwrap_or(name)).collect();
    for name in ["no", "a: b", "1", "µ \"x\"", "target"] {
        assert!(columns.contains(&name), "{name}: {columns:?}\n{text}");
    }
}

#[test]
fn nothing_to_learn_and_targets_that_are_none_are_told() {
    let text = |name: &str| {
        let mut column = column(name, Kind::Text, RowShape::Fixed(vec![]), vec![]);
        column.sample.texts = (0..24).map(|i| Some(i.to_string())).collect();
        column
    };
    let error = text_of(vec![text("smiles"), text("name")], &[]).unwrap_err();
    assert!(matches!(error, InitError::Nothing { .. }));
    assert_says(&error.to_string(), &["d.parquet", "`smiles` (text)", "`name` (text)"]);
    assert!(text_of(vec![], &[]).unwrap_err().to_string().contains("none"));
    let wrong = text_of(vec![scalar("a", 1), scalar("mass", 2)], &["mas"]).unwrap_err();
    assert_says(&wrong.to_string(), &["--target mas", "did you mean `mass`"]);
    assert!(matches!(text_of(vec![text("smiles"), scalar("a", 1)], &["smiles"]), Err(InitError::Target { .. })));
    let only = text_of(vec![ragged("points", Kind::Float, &[3], |i| i as f64)], &[]).unwrap_err();
    assert_says(&only.to_string(), &["there are points (`points`)", "--target"]);
}
