//! Small data sets and pipelines for the tests of the steps.

use std::collections::BTreeMap;

use semola_data::pieces::offsets;
use semola_data::{Dataset, Field, SourceFile, Values};
use semola_document::OneOrMany;
use semola_engine::Streams;
use semola_lie::action::{Action, Image};
use semola_lie::random::normal;

use super::*;
use crate::pipeline::tests::{MORE, errors, plan, with};
use crate::pipeline::{Plan, PlannedStage};
use crate::prepare::steps::{Center, CenterOn, ElementBaseline, Scale, Standardise};
use semola_plan::FieldShape;

pub(crate) fn field(action: Action, shape: &[usize], values: Vec<f64>) -> Field {
    let values = Values::F64(values);
    Field { action, values, shape: shape.to_vec(), offsets: None, unit: None, classes: None }
}

/// Rows with two 2-vectors `x`, two scalars `s`, an energy `e` and ragged elements `z`; groups of four rows.
pub(crate) fn dataset(rows: usize, seed: usize) -> Dataset {
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

pub(crate) fn names(list: &[&str]) -> OneOrMany<String> {
    OneOrMany::Many(list.iter().map(ToString::to_string).collect())
}

/// A run without progress reporting.
pub(crate) fn quiet(streams: &Streams) -> Run<'_> {
    Run { streams, tell: &|_, _, _| {} }
}

pub(crate) fn apply_all(fitted: &[Fitted], name: &str, data: &mut Dataset) {
    let streams = Streams::new(1);
    let each = fitted.iter().enumerate();
    each.for_each(|(number, step)| step.apply(number, name, data, quiet(&streams)).unwrap());
}

pub(crate) fn run(
    steps: &[Step],
    data: &mut BTreeMap<String, Dataset>,
    from: &[&str],
) -> Result<Vec<Fitted>, PrepareError> {
    let from: Vec<String> = from.iter().map(ToString::to_string).collect();
    fit_and_apply(steps, data, &from, quiet(&Streams::new(1)))
}

pub(crate) fn two() -> BTreeMap<String, Dataset> {
    BTreeMap::from([("train".into(), dataset(40, 1)), ("test".into(), dataset(20, 2))])
}

pub(crate) fn center(list: &[&str], on: CenterOn) -> Step {
    Step::Center(Center { fields: names(list), fit: None, on, elements: None })
}

pub(crate) fn scale(list: &[&str]) -> Step {
    Step::Scale(Scale(Fit { fields: names(list), fit: None }))
}

pub(crate) fn standardise(list: &[&str]) -> Step {
    Step::Standardise(Standardise(Fit { fields: names(list), fit: None }))
}

pub(crate) fn baseline() -> Step {
    Step::ElementBaseline(ElementBaseline { field: "e".into(), elements: "z".into(), fit: None })
}

pub(crate) fn numbers(data: &Dataset, name: &str) -> Vec<f64> {
    data.fields[name].values.iter().collect()
}

/// The values of a field, converted back to physical units.
pub(crate) fn back(data: &Dataset, name: &str) -> Vec<f64> {
    let mut values = numbers(data, name);
    data.inverse(name, &(0..data.rows).collect::<Vec<_>>(), &mut values).unwrap();
    values
}

pub(crate) fn assert_close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{a} is not {b}"));
}

/// Ragged clouds `p` with forces `f` and elements `z`, and images `i` with masks `m`.
pub(crate) fn clouds(rows: usize, seed: u64) -> Dataset {
    let mut rng = Streams::new(seed).get("clouds", 0);
    let starts = offsets((0..rows).map(|row| 5 + (row * 7 + seed as usize) % 9));
    let all = *starts.last().unwrap();
    let mut draw = |n: usize| (0..n).map(|_| normal(&mut rng)).collect::<Vec<f64>>();
    let ragged =
        |action, shape: &[usize], values| Field { offsets: Some(starts.clone()), ..field(action, shape, values) };
    let image = |channels| Action::Pixels(Image { height: 6, width: 4, channels, edge: false });
    let single = |f: Field| Field { values: Values::F32(f.values.to_f32()), ..f };
    let fields = BTreeMap::from([
        ("p".to_string(), single(ragged(Action::Points { dim: 3 }, &[3], draw(3 * all)))),
        ("f".to_string(), ragged(Action::Vector { dim: 3 }, &[3], draw(3 * all))),
        ("z".to_string(), ragged(Action::Scalar, &[], (0..all).map(|i| [1.0, 6.0, 8.0][i % 3]).collect())),
        ("i".to_string(), single(field(image(2), &[6, 4, 2], draw(48 * rows)))),
        ("m".to_string(), field(image(1), &[6, 4], draw(24 * rows))),
        ("n".to_string(), field(Action::Scalar, &[], (0..rows).map(|i| [20.0, 3.0, 100.0][i % 3]).collect())),
    ]);
    Dataset {
        rows,
        fields,
        row_ids: (0..rows as u64).collect(),
        files: vec![SourceFile { path: "f.parquet".into(), hash: String::new(), rows }],
        ..Dataset::default()
    }
}

/// The same clouds with eight points each.
pub(crate) fn fixed(rows: usize, seed: u64) -> Dataset {
    let mut data = clouds(rows, seed);
    for name in ["p", "f", "z"] {
        let f = data.fields.get_mut(name).unwrap();
        let width = f.block();
        let starts = f.offsets.take().unwrap();
        let cut = |r: usize| starts[r % rows] * width..starts[r % rows] * width + 8 * width;
        let cycled: Vec<f64> = f.values.iter().chain(f.values.iter()).collect();
        f.values = Values::F64((0..rows).flat_map(|r| cycled[cut(r)].to_vec()).collect());
        f.shape.insert(0, 8);
    }
    data
}

pub(crate) fn steps(text: &str) -> Vec<Step> {
    let text = format!("name: t\nstages:\n  - prepare: {{from: a, steps: [{text}]}}\n");
    let document = crate::pipeline::Document::from_text("p.yaml", &text, &[]).unwrap_or_else(|e| panic!("{e}"));
    let crate::pipeline::Stage::Prepare(Prepare { steps, .. }) = &document.content().stages[0] else { panic!() };
    steps.clone()
}

pub(crate) fn prepared(text: &str, data: Dataset) -> Result<(Dataset, Vec<Fitted>), PrepareError> {
    let mut all = BTreeMap::from([("a".to_string(), data)]);
    let fitted = fit_and_apply(&steps(text), &mut all, &["a".to_string()], quiet(&Streams::new(5)))?;
    Ok((all.remove("a").unwrap(), fitted))
}

pub(crate) fn one(text: &str, data: Dataset) -> Dataset {
    prepared(text, data).unwrap_or_else(|e| panic!("{text}: {e}")).0
}

pub(crate) fn failure(text: &str, data: Dataset) -> String {
    prepared(text, data).err().unwrap_or_else(|| panic!("{text} does not fail")).to_string()
}

/// The points of a row, in physical or prepared units.
pub(crate) fn row(data: &Dataset, name: &str, i: usize) -> Vec<Vec<f64>> {
    let f = &data.fields[name];
    let values: Vec<f64> = f.range(i).map(|i| f.values.get(i)).collect();
    values.chunks(3).map(<[f64]>::to_vec).collect()
}

/// A pipeline that prepares the data set `more` with these steps.
pub(crate) fn preparing(steps: &str) -> String {
    with(&[MORE, &format!("prepare: {{from: more, steps: [{steps}]}}")])
}

/// `name shape` of every field after the steps.
fn shapes(plan: &Plan) -> String {
    let PlannedStage::Prepare(prepare) = &plan.stages[3] else { panic!("stage 3 prepares") };
    let show = |(name, field): (&String, &Option<FieldShape>)| {
        let field = field.as_ref().unwrap();
        format!("{name} {} {:?};", field.shape, field.action)
    };
    prepare.produces[0].1.fields.iter().map(show).collect()
}

/// Whether the shapes after the steps of each case are as expected.
pub(crate) fn shapes_after(cases: &[(&str, &str)]) {
    for (step, wanted) in cases {
        let plan = plan(&preparing(step)).unwrap_or_else(|e| panic!("{step}: {e}"));
        let shapes = shapes(&plan);
        assert!(shapes.contains(wanted), "{step}: {shapes}");
        let worth = if step.contains("fewer: drop") { "at most " } else { "" };
        assert!(plan.to_string().contains(&format!("→ more: {worth}1 000 rows")), "{plan}");
    }
}

/// Whether the steps of each case are refused before anything is read, with one matching error.
pub(crate) fn refused(cases: &[(&str, &str)]) {
    for (step, wanted) in cases {
        let found = errors(&preparing(step));
        assert!(found.len() == 1 && found[0].contains(wanted), "{step}: {found:?}");
    }
}
