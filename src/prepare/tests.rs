//! Several steps on small data sets: fitted on the training part only, invertible, equal on any number of threads.

use std::collections::BTreeMap;

use semola_data::Values;
use semola_engine::Streams;

use super::*;
use crate::pipeline::Memory;
use crate::pipeline::tests::plan;
use crate::prepare::fixtures::{
    apply_all, assert_close, back, baseline, center, clouds, dataset, names, numbers, prepared, preparing, quiet, run,
    scale, shapes_after, standardise, steps, two,
};
use crate::prepare::steps::{CenterOn, Scale};

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
fn unsuitable_fields_and_unknown_names_are_errors() {
    let message = |steps: &[Step], from: &[&str]| run(steps, &mut two(), from).unwrap_err().to_string();
    assert!(
        message(&[standardise(&["x"])], &["train"]).contains("would break the linear action of the field; use scale")
    );
    assert!(message(&[scale(&["ss"])], &["train"]).contains("no field `ss` (there are: e, s, x, y, z)"));
    assert!(message(&[scale(&["x"])], &["trian"]).contains("did you mean `train`"));
    let elsewhere = Step::Scale(Scale(Fit { fields: names(&["x"]), fit: Some("test".into()) }));
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

#[test]
fn other_data_is_neither_turned_nor_disturbed() {
    let text = "{turn: {fields: p, by: {rotate: uniform}}}, {jitter: {fields: p, size: 1}}, {subsample: {rows: 3}}";
    let fitted = prepared(text, clouds(10, 1)).unwrap().1;
    let (mut other, streams) = (clouds(10, 6), Streams::new(9));
    for (number, step) in fitted.iter().enumerate() {
        step.apply(number, "b", &mut other, quiet(&streams)).unwrap();
    }
    assert_eq!(other, clouds(10, 6));
}

#[test]
fn threads_do_not_change_a_bit_and_progress_ends_with_all_rows() {
    let text = "{center: {fields: p, on: mass, elements: z}}, {unit_sphere: {fields: p}}, \
                {sample_points: {fields: [p, f, z], points: 7, method: random}}, {neighbours: {of: p, k: 3, as: near}}, \
                {normals: {of: p, k: 4, as: n3}}, {turn: {fields: [p, f, near], by: {rotate: {degrees: 40}}}}, \
                {jitter: {fields: [p], size: 0.1}}, {rasterise: {of: p, as: r, size: [8, 8], blur: 0.8}}, \
                {one_hot: {field: z, as: e}}, {encode: {field: n}}, {crop: {fields: [i, m], to: [5, 3], at: random}}, \
                {pad: {fields: i, to: [9, 9]}}, {resize: {fields: m, size: [7, 7]}}, {normalise: {fields: [i, r]}}, \
                {subsample: {rows: 900}}";
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let told = std::sync::Mutex::new(Vec::new());
        let tell = |done: usize, total: usize, words: &dyn Fn() -> String| {
            told.lock().unwrap().push((words(), done, total));
        };
        let mut data = BTreeMap::from([("a".to_string(), clouds(1001, 8))]);
        let streams = Streams::new(3);
        let run = Run { streams: &streams, tell: &tell };
        pool.install(|| fit_and_apply(&steps(text), &mut data, &["a".to_string()], run).unwrap());
        (data, told.into_inner().unwrap())
    };
    let ((one, _), (two, told)) = (run(1), run(2));
    assert_eq!(one, two);
    for part in told.chunk_by(|a, b| a.0 == b.0 && a.1 < b.1) {
        assert!(part.last().is_some_and(|(_, done, total)| done == total), "{part:?}");
    }
    assert!(told.iter().any(|(words, ..)| words == "sample_points p of a"));
}

#[test]
fn shapes_after_several_steps_are_known() {
    shapes_after(&[(
        "{unit_sphere: {fields: loose}}, {center: {fields: loose, on: mass, elements: z}}, {turn: {fields: [loose, force, cloud], by: {rotate: {degrees: 30}}}}, {jitter: {fields: loose, size: 0.1}}, {normalise: {fields: image}}",
        "loose ragged",
    )]);
}

#[test]
fn memory_is_stated_from_what_the_files_say() {
    let none = Memory::of(&plan(&preparing("{scale: {fields: cloud}}")).unwrap());
    let more = Memory::of(&plan(&preparing("{pad: {fields: image, to: [56, 56]}}")).unwrap());
    let image = 1000 * 28 * 28 * 4;
    assert_eq!(more.data.unwrap() - none.data.unwrap(), 3 * image);
    assert!(
        more.peak.unwrap() >= none.data.unwrap() + 4 * image,
        "the old images are there while the new ones are made"
    );
    let open = Memory::of(&plan(&preparing("{one_hot: {field: z, as: h}}")).unwrap());
    assert_eq!(open.data, None, "the number of classes is not known");
}

#[test]
fn steps_touch_the_fields_that_they_say() {
    let cases = [
        "{center: {fields: [p, f]}}",
        "{center: {fields: p, on: centroid}}",
        "{center: {fields: p, on: mass, elements: z}}",
        "{scale: {fields: [p, f]}}",
        "{compress: {fields: [f]}}",
        "{standardise: {fields: n}}",
        "{element_baseline: {field: n, elements: z}}",
        "{add: {field: d, join: [n, n]}}",
        "{add: {field: d, constant: [1, 2]}}",
        "{sample_points: {fields: [p, f], points: 3}}",
        "{neighbours: {of: p, k: 3, as: near}}",
        "{normals: {of: p, as: n3}}",
        "{unit_sphere: {fields: p}}",
        "{jitter: {fields: [p, n], size: 1}}",
        "{turn: {fields: [p, f], by: {rotate: uniform}}}",
        "{rasterise: {of: p, as: r, size: [8, 8]}}",
        "{one_hot: {field: z, as: e}}",
        "{one_hot: {field: z}}",
        "{encode: {field: n}}",
        "{resize: {fields: [i, m], size: [3, 2]}}",
        "{pad: {fields: i, by: 1}}",
        "{crop: {fields: m, to: [3, 2]}}",
        "{normalise: {fields: [i, m]}}",
    ];
    let whole = clouds(20, 1);
    let mut seen = Vec::new();
    for text in cases {
        let (data, fitted) = prepared(text, whole.clone()).unwrap_or_else(|e| panic!("{text}: {e}"));
        seen.push(fitted[0].name());
        let Touches { needs, makes, changes, .. } = fitted[0].touches();
        let told: Vec<&str> = changes.into_iter().chain(makes).collect();
        let touched = data.fields.iter().filter(|(name, field)| whole.fields.get(*name) != Some(field));
        let mut touched: Vec<&str> = touched.map(|(name, _)| name.as_str()).collect();
        touched.sort_by_key(|name| told.iter().position(|t| t == name));
        assert_eq!(touched, told, "{text}");
        for name in needs {
            let mut lacking = whole.clone();
            lacking.fields.remove(name);
            let before = lacking.clone();
            fitted[0].apply_where_possible(0, "b", &mut lacking, quiet(&Streams::new(1))).unwrap();
            assert_eq!(lacking, before, "{text} without {name}");
        }
    }
    let left: Vec<_> = steps::NAMES.iter().filter(|name| !seen.contains(name)).collect();
    assert_eq!(left, [&"subsample", &"split"], "these take rows");
}
