//! All steps on small data sets: fitted on the training part only, invertible, equal on any number of threads.

use std::collections::BTreeMap;

use super::*;
use crate::data::{Field, SourceFile, Values};
use crate::engine::Streams;
use crate::lie::action::Action;
use crate::spec::types::{ActionName, Add, Center, CenterOn, ElementBaseline, Fit, OneOrMany, Split, Subsample};

pub(super) fn field(action: Action, shape: &[usize], values: Vec<f64>) -> Field {
    let values = Values::F64(values);
    Field { action, values, shape: shape.to_vec(), offsets: None, unit: None, classes: None }
}

/// Rows with two 2-vectors `x`, two scalars `s`, an energy `e` and ragged elements `z`; groups of four rows.
fn dataset(rows: usize, seed: usize) -> Dataset {
    let noise = |i: usize| ((i * 7919 + seed * 104_729) % 1000) as f64 / 100.0 - 3.0;
    let list = |n: usize, at: usize| (0..rows * n).map(|i| noise(i + at)).collect::<Vec<f64>>();
    let lengths: Vec<usize> = (0..rows).map(|i| 1 + i % 3).collect();
    let offsets = std::iter::once(0).chain(lengths.iter().scan(0, |end, n| {
        *end += n;
        Some(*end)
    }));
    let offsets: Vec<usize> = offsets.collect();
    let z: Vec<f64> = (0..*offsets.last().unwrap()).map(|i| if i % 2 == 0 { 1.0 } else { 8.0 }).collect();
    let energy =
        |row: usize| z[offsets[row]..offsets[row + 1]].iter().map(|z| if *z == 1.0 { -0.5 } else { -75.0 }).sum();
    let fields = BTreeMap::from([
        ("x".to_string(), field(Action::Vector { dim: 2 }, &[4], list(4, 1))),
        ("y".to_string(), field(Action::Vector { dim: 2 }, &[4], list(4, 77))),
        ("s".to_string(), field(Action::Scalar, &[2], list(1, 5).into_iter().flat_map(|v| [v, 4.0]).collect())),
        ("e".to_string(), field(Action::Scalar, &[], (0..rows).map(energy).collect())),
        ("z".to_string(), Field { offsets: Some(offsets), ..field(Action::Scalar, &[], z.clone()) }),
    ]);
    Dataset {
        rows,
        fields,
        groups: Some((0..rows).map(|i| i as u32 / 4).collect()),
        keys: BTreeMap::from([("part".into(), (0..rows).map(|i| ["a", "b"][i % 2].to_string()).collect())]),
        row_ids: (0..rows as u64).collect(),
        files: vec![SourceFile { path: "f.parquet".into(), hash: String::new(), rows }],
        ..Dataset::default()
    }
}

pub(super) fn names(list: &[&str]) -> OneOrMany<String> {
    OneOrMany::Many(list.iter().map(ToString::to_string).collect())
}

/// A run that nobody watches.
pub(super) fn quiet(streams: &Streams) -> Run<'_> {
    Run { streams, tell: &|_, _, _| {} }
}

fn apply_all(fitted: &[Fitted], name: &str, data: &mut Dataset) {
    let streams = Streams::new(1);
    let each = fitted.iter().enumerate();
    each.for_each(|(number, step)| step.apply(number, name, data, quiet(&streams)).unwrap());
}

pub(super) fn run(
    steps: &[Step],
    data: &mut BTreeMap<String, Dataset>,
    from: &[&str],
) -> Result<Vec<Fitted>, PrepareError> {
    let from: Vec<String> = from.iter().map(ToString::to_string).collect();
    fit_and_apply(steps, data, &from, quiet(&Streams::new(1)))
}

fn two() -> BTreeMap<String, Dataset> {
    BTreeMap::from([("train".into(), dataset(40, 1)), ("test".into(), dataset(20, 2))])
}

fn center(list: &[&str], on: CenterOn) -> Step {
    Step::Center(Center { fields: names(list), fit: None, on, elements: None })
}

fn scale(list: &[&str]) -> Step {
    Step::Scale(Fit { fields: names(list), fit: None })
}

fn standardise(list: &[&str]) -> Step {
    Step::Standardise(Fit { fields: names(list), fit: None })
}

fn baseline() -> Step {
    Step::ElementBaseline(ElementBaseline { field: "e".into(), elements: "z".into(), fit: None })
}

pub(super) fn numbers(data: &Dataset, name: &str) -> Vec<f64> {
    data.fields[name].values.iter().collect()
}

/// The values of a field, back in physical units.
pub(super) fn back(data: &Dataset, name: &str) -> Vec<f64> {
    let mut values = numbers(data, name);
    data.inverse(name, &(0..data.rows).collect::<Vec<_>>(), &mut values).unwrap();
    values
}

pub(super) fn assert_close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{a} is not {b}"));
}

#[test]
fn every_step_is_undone_by_inverse() {
    let (original, mut data) = (two(), two());
    let steps = [
        center(&["x"], CenterOn::Centroid),
        center(&["y"], CenterOn::Mean),
        scale(&["x", "y"]),
        standardise(&["s"]),
        baseline(),
        scale(&["x"]),
    ];
    let fitted = run(&steps, &mut data, &["train", "test"]).unwrap();
    for (name, prepared) in &data {
        for field in ["x", "y", "s", "e"] {
            assert_close(&back(prepared, field), &numbers(&original[name], field));
        }
        let taken = prepared.take(&[7, 3]);
        assert_close(&back(&taken, "x"), &numbers(&original[name].take(&[7, 3]), "x"));
    }
    let text = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Fitted>>(&text).unwrap(), fitted);
    let mut again = original["test"].clone();
    apply_all(&fitted, "test", &mut again);
    assert_eq!(again, data["test"]);
}

#[test]
fn numbers_come_from_the_training_data_alone() {
    let mut data = two();
    let steps = [center(&["x"], CenterOn::Mean), scale(&["x"]), standardise(&["s"]), baseline()];
    let fitted = run(&steps, &mut data, &["train", "test"]).unwrap();
    let mut other = two();
    other.insert("test".into(), dataset(8, 9));
    assert_eq!(run(&steps, &mut other, &["train", "test"]).unwrap(), fitted);
    let train = &data["train"];
    let x = numbers(train, "x");
    for component in 0..2 {
        assert!(x.iter().skip(component).step_by(2).sum::<f64>().abs() < 1e-9);
    }
    assert!((x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64 - 1.0).abs() < 1e-9);
    let s = numbers(train, "s");
    assert!(s.iter().sum::<f64>().abs() < 1e-9);
    assert!((s.iter().map(|v| v * v).sum::<f64>() / 40.0 - 1.0).abs() < 1e-9, "the constant component has deviation 1");
    assert!(numbers(&data["test"], "e").iter().all(|e| e.abs() < 1e-6), "the energies are sums of atoms");
    let Fitted::ElementBaseline(b) = &fitted[3] else { panic!() };
    assert!((b.constants[&1] + 0.5).abs() < 1e-8 && (b.constants[&8] + 75.0).abs() < 1e-8);
}

#[test]
fn a_baseline_without_variation_has_least_norm_and_unknown_elements_are_named() {
    let mut data = two();
    let train = data.get_mut("train").unwrap();
    let constant = Field { values: Values::F64([6.0, 1.0].repeat(40)), ..field(Action::Scalar, &[2], vec![]) };
    train.fields.insert("z".into(), constant);
    train.fields.insert("e".into(), field(Action::Scalar, &[], vec![-4.0; 40]));
    let message = run(&[baseline()], &mut data, &["train", "test"]).unwrap_err().to_string();
    assert!(message.contains("element 8") && message.contains("of f.parquet"), "{message}");
    let e = numbers(&data["train"], "e");
    assert!(e.iter().all(|e| e.abs() < 1e-9), "C and H share the energy equally: {e:?}");
}

#[test]
fn splits_keep_groups_whole_and_repeat() {
    let split = || {
        let mut data = BTreeMap::from([("all".to_string(), dataset(103, 3))]);
        let into = BTreeMap::from([("train".to_string(), 0.7), ("valid".into(), 0.1), ("test".into(), 0.2)]);
        let step = Step::Split(Split { of: "all".into(), into, by: None });
        let fit = Step::Scale(Fit { fields: names(&["x"]), fit: Some("train".into()) });
        run(&[step, fit], &mut data, &["all"]).unwrap();
        data
    };
    let data = split();
    assert_eq!(data, split());
    assert!(!data.contains_key("all"));
    let mut seen: Vec<u64> = data.values().flat_map(|d| d.row_ids.clone()).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..103).collect::<Vec<u64>>());
    let mut owner = BTreeMap::new();
    for (name, part) in &data {
        for group in part.groups.iter().flatten() {
            assert_eq!(owner.entry(*group).or_insert(name), &name, "group {group} is in two parts");
        }
    }
    assert!((68..=76).contains(&data["train"].rows), "{}", data["train"].rows);
    assert!(data["test"].history["x"] == data["train"].history["x"]);
}

#[test]
fn splits_by_rows_and_by_column_are_exact() {
    let mut whole = dataset(10, 1);
    whole.groups = None;
    let mut data = BTreeMap::from([("all".to_string(), whole.clone())]);
    let into = BTreeMap::from([("train".to_string(), 0.5), ("test".into(), 0.3)]);
    run(&[Step::Split(Split { of: "all".into(), into, by: None })], &mut data, &["all"]).unwrap();
    assert_eq!((data["train"].rows, data["test"].rows), (5, 3));
    let mut data = BTreeMap::from([("all".to_string(), whole)]);
    let by = |column: &str| Step::Split(Split { of: "all".into(), into: BTreeMap::new(), by: Some(column.into()) });
    let message = run(&[by("prat")], &mut data, &["all"]).unwrap_err().to_string();
    assert!(message.contains("did you mean `part`"), "{message}");
    run(&[by("part"), scale(&["x"])], &mut data, &["all"]).unwrap_err();
    assert_eq!(data["a"].row_ids, [0, 2, 4, 6, 8]);
    assert_eq!(data["b"].row_ids, [1, 3, 5, 7, 9]);
}

#[test]
fn subsamples_keep_whole_groups_in_order() {
    let mut data = two();
    run(&[Step::Subsample(Subsample { rows: 22 })], &mut data, &["train", "test"]).unwrap();
    assert_eq!((data["train"].rows, data["test"].rows), (20, 20));
    let groups = data["train"].groups.clone().unwrap();
    assert!(groups.is_sorted() && groups.chunk_by(|a, b| a == b).all(|g| g.len() == 4));
    assert_ne!(data["train"].row_ids, (0..20).collect::<Vec<u64>>());
    assert!(run(&[Step::Subsample(Subsample { rows: 3 })], &mut data, &["train"]).is_err());
}

#[test]
fn computed_fields_come_back_to_physical_units() {
    let (original, mut data) = (two(), two());
    let add = |name: &str| Add {
        field: name.into(),
        constant: None,
        difference: None,
        join: None,
        action: ActionName::Scalar,
        dim: None,
    };
    let steps = [
        center(&["x"], CenterOn::Centroid),
        scale(&["x", "y"]),
        standardise(&["s"]),
        Step::Add(Add { difference: Some(["y".into(), "x".into()]), ..add("d") }),
        Step::Add(Add { join: Some(vec!["x".into(), "y".into()]), ..add("xy") }),
        Step::Add(Add { join: Some(vec!["s".into(), "e".into()]), ..add("se") }),
        Step::Add(Add { constant: Some(vec![0.0, 1.0]), action: ActionName::Vector, dim: Some(2), ..add("up") }),
        scale(&["d", "xy"]),
    ];
    run(&steps, &mut data, &["train", "test"]).unwrap();
    for (name, prepared) in &data {
        let (x, y) = (numbers(&original[name], "x"), numbers(&original[name], "y"));
        let d: Vec<f64> = y.iter().zip(&x).map(|(y, x)| y - x).collect();
        assert_close(&back(prepared, "d"), &d);
        let xy: Vec<f64> = x.chunks(4).zip(y.chunks(4)).flat_map(|(x, y)| [x, y].concat()).collect();
        assert_close(&back(prepared, "xy"), &xy);
        assert_eq!(prepared.fields["xy"].action, Action::Vector { dim: 2 });
        let (s, e) = (numbers(&original[name], "s"), numbers(&original[name], "e"));
        let se: Vec<f64> = s.chunks(2).zip(&e).flat_map(|(s, e)| [s[0], s[1], *e]).collect();
        assert_close(&back(prepared, "se"), &se);
        assert_eq!(numbers(prepared, "up")[..4], [0.0, 1.0, 0.0, 1.0]);
    }
    let twice = Step::Add(Add { constant: Some(vec![1.0]), ..add("up") });
    assert!(run(&[twice], &mut data, &["train"]).unwrap_err().to_string().contains("already"));
    let uneven = [scale(&["y"]), Step::Add(Add { difference: Some(["y".into(), "x".into()]), ..add("d2") })];
    assert!(run(&uneven, &mut data, &["train"]).unwrap_err().to_string().contains("scaled differently"));
}

#[test]
fn unsuitable_fields_and_unknown_names_are_errors() {
    let message = |steps: &[Step], from: &[&str]| run(steps, &mut two(), from).unwrap_err().to_string();
    assert!(
        message(&[standardise(&["x"])], &["train"]).contains("would break the linear action of the field; use scale")
    );
    assert!(message(&[scale(&["ss"])], &["train"]).contains("no field `ss` (there are: e, s, x, y, z)"));
    assert!(message(&[scale(&["x"])], &["trian"]).contains("did you mean `train`"));
    let elsewhere = Step::Scale(Fit { fields: names(&["x"]), fit: Some("test".into()) });
    assert!(message(&[elsewhere], &["train"]).contains("no data set `test`"));
    assert!(message(&[center(&["s"], CenterOn::Centroid)], &["train"]).contains("no points"));
    let mut data = two();
    data.get_mut("train").unwrap().fields.get_mut("s").unwrap().classes = Some(vec!["a".into()]);
    assert!(run(&[standardise(&["s"])], &mut data, &["train"]).unwrap_err().to_string().contains("class labels"));
    data.get_mut("train").unwrap().fields.get_mut("x").unwrap().values = Values::F32(vec![0.0; 160]);
    assert!(run(&[scale(&["x"])], &mut data, &["train"]).unwrap_err().to_string().contains("size 0"));
}

#[test]
fn predictions_without_targets_are_brought_back() {
    let mut data = two();
    let fitted = run(&[standardise(&["s"]), baseline()], &mut data, &["train"]).unwrap();
    let mut unseen = dataset(6, 4);
    let energies = numbers(&unseen, "e");
    unseen.fields.remove("e");
    unseen.fields.remove("s");
    apply_all(&fitted, "unseen", &mut unseen);
    let mut predicted = vec![0.0; 2];
    unseen.inverse("e", &[5, 2], &mut predicted).unwrap();
    assert_close(&predicted, &[energies[5], energies[2]]);
}

#[test]
fn threads_do_not_change_a_bit() {
    let prepared = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut data = BTreeMap::from([("train".to_string(), dataset(9001, 1))]);
        let steps = [center(&["x"], CenterOn::Mean), scale(&["x", "y"]), standardise(&["s"]), baseline()];
        let fitted = pool.install(|| run(&steps, &mut data, &["train"]).unwrap());
        (fitted, data)
    };
    assert_eq!(prepared(1), prepared(2));
}
