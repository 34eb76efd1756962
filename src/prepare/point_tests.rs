//! Steps on points, classes and images: values, shapes, what can be undone, and equality on any number of threads.

use std::collections::BTreeMap;

use super::tests::{assert_close, back, field, numbers, quiet};
use super::*;
use crate::data::pieces::offsets;
use crate::data::{Field, RowShape, SourceFile, Values};
use crate::engine::Streams;
use crate::lie::action::{Action, Image};
use crate::lie::random::normal;
use crate::spec::types::Prepare;

/// Ragged clouds `p` with forces `f` and elements `z`, and images `i` with masks `m`.
fn clouds(rows: usize, seed: u64) -> Dataset {
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
fn fixed(rows: usize, seed: u64) -> Dataset {
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

fn steps(text: &str) -> Vec<Step> {
    let text = format!("name: t\nstages:\n  - prepare: {{from: a, steps: [{text}]}}\n");
    let document = crate::spec::Document::from_text("p.yaml", &text, &[]).unwrap_or_else(|e| panic!("{e}"));
    let crate::spec::types::Stage::Prepare(Prepare { steps, .. }) = &document.content().stages[0] else { panic!() };
    steps.clone()
}

fn prepared(text: &str, data: Dataset) -> Result<(Dataset, Vec<Fitted>), PrepareError> {
    let mut all = BTreeMap::from([("a".to_string(), data)]);
    let fitted = fit_and_apply(&steps(text), &mut all, &["a".to_string()], quiet(&Streams::new(5)))?;
    Ok((all.remove("a").unwrap(), fitted))
}

fn one(text: &str, data: Dataset) -> Dataset {
    prepared(text, data).unwrap_or_else(|e| panic!("{text}: {e}")).0
}

fn failure(text: &str, data: Dataset) -> String {
    prepared(text, data).err().unwrap_or_else(|| panic!("{text} does not fail")).to_string()
}

/// The points of a row, in physical or prepared units.
fn row(data: &Dataset, name: &str, i: usize) -> Vec<Vec<f64>> {
    let f = &data.fields[name];
    let values: Vec<f64> = f.range(i).map(|i| f.values.get(i)).collect();
    values.chunks(3).map(<[f64]>::to_vec).collect()
}

#[test]
fn the_same_points_are_kept_in_every_field() {
    for method in ["farthest", "random"] {
        let text = format!("{{sample_points: {{fields: [p, f, z], points: 6, method: {method}}}}}");
        for (ragged, whole) in [(true, clouds(50, 1)), (false, fixed(50, 1))] {
            let data = one(&text, whole.clone());
            for i in 0..data.rows {
                let (all, kept) = (row(&whole, "p", i), row(&data, "p", i));
                assert_eq!(kept.len(), all.len().min(6));
                let places: Vec<usize> = kept.iter().map(|k| all.iter().position(|p| p == k).unwrap()).collect();
                assert!(places.is_sorted());
                let forces: Vec<Vec<f64>> = places.iter().map(|&n| row(&whole, "f", i)[n].clone()).collect();
                assert_eq!(row(&data, "f", i), forces);
                let z = |d: &Dataset| d.fields["z"].range(i).map(|j| d.fields["z"].values.get(j)).collect::<Vec<_>>();
                assert_eq!(z(&data), places.iter().map(|&n| z(&whole)[n]).collect::<Vec<f64>>());
            }
            let shape = data.fields["p"].row_shape();
            assert_eq!(shape, if ragged { RowShape::Ragged(vec![3]) } else { RowShape::Fixed(vec![6, 3]) });
            assert!(matches!(data.fields["p"].values, Values::F32(_)) == ragged);
        }
    }
}

#[test]
fn rows_with_fewer_points_are_kept_refused_or_left_out() {
    let text = |fewer: &str| format!("{{sample_points: {{fields: [p, z], points: 8, fewer: {fewer}}}}}");
    let message = failure(&text("error"), clouds(20, 1));
    assert!(message.contains("of f.parquet") && message.contains("fewer than 8"), "{message}");
    let data = one(&text("drop"), clouds(20, 1));
    assert_eq!(data.fields["p"].shape, [8, 3]);
    assert_eq!(data.fields["z"].shape, [8]);
    assert!(data.rows < 20 && data.dropped["p"] == 20 - data.rows);
    assert_eq!(data.fields["p"].values.len(), data.rows * 24);
}

#[test]
fn neighbours_and_normals_are_vectors_at_each_point() {
    let text = "{scale: {fields: [p]}}, {neighbours: {of: p, k: 6, as: near}}, {neighbours: {of: p, radius: 1.5, as: count}}, {normals: {of: p, k: 4, as: n3}}";
    for whole in [clouds(30, 2), fixed(30, 2)] {
        let data = one(text, whole);
        let near = &data.fields["near"];
        assert_eq!((near.action, near.shape[near.shape.len() - 2..].to_vec()), (Action::Vector { dim: 3 }, vec![6, 3]));
        for i in 0..data.rows {
            let points = row(&data, "p", i);
            let near: Vec<Vec<f64>> = row(&data, "near", i);
            let count: Vec<f64> = data.fields["count"].range(i).map(|j| data.fields["count"].values.get(j)).collect();
            assert_eq!((near.len(), count.len()), (points.len() * 6, points.len()));
            for (n, at) in points.iter().enumerate() {
                let vector = |p: &Vec<f64>| p.iter().zip(at).map(|(a, b)| a - b).collect::<Vec<f64>>();
                let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
                let mut all: Vec<Vec<f64>> =
                    points.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, p)| vector(p)).collect();
                all.sort_by(|a, b| norm(a).total_cmp(&norm(b)));
                assert_eq!(count[n], all.iter().filter(|v| norm(v) <= 1.5).count() as f64);
                all.resize(6, vec![0.0; 3]);
                for (found, wanted) in near[n * 6..(n + 1) * 6].iter().zip(&all) {
                    found.iter().zip(wanted).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{found:?} {wanted:?}"));
                }
            }
            row(&data, "n3", i).iter().for_each(|n| assert!((n.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-5));
        }
        let scale = data.scaling("p");
        assert!((data.scaling("near") - scale).abs() < 1e-12, "relative vectors have the scale of the points");
    }
}

#[test]
fn the_unit_sphere_holds_every_row_and_is_undone() {
    let whole = clouds(40, 3);
    let data = one("{unit_sphere: {fields: p}}", whole.clone());
    for i in 0..data.rows {
        let points = row(&data, "p", i);
        let largest = points.iter().map(|p| p.iter().map(|x| x * x).sum::<f64>().sqrt()).fold(0.0, f64::max);
        assert!((largest - 1.0).abs() < 1e-6, "{largest}");
        (0..3).for_each(|c| assert!(points.iter().map(|p| p[c]).sum::<f64>().abs() < 1e-5));
    }
    let near = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
    near(back(&data, "p"), numbers(&whole, "p"));
    near(back(&data.take(&[7, 3]), "p"), numbers(&whole.take(&[7, 3]), "p"));
}

#[test]
fn the_centre_of_mass_is_at_the_origin() {
    let whole = clouds(40, 3);
    let data = one("{center: {fields: p, on: mass, elements: z}}", whole.clone());
    let mass = |z: f64| [1.0080, 12.011, 15.999][[1.0, 6.0, 8.0].iter().position(|e| *e == z).unwrap()];
    for i in 0..data.rows {
        let z: Vec<f64> = data.fields["z"].range(i).map(|j| data.fields["z"].values.get(j)).collect();
        for c in 0..3 {
            let sum: f64 = row(&data, "p", i).iter().zip(&z).map(|(p, z)| p[c] * mass(*z)).sum();
            assert!(sum.abs() < 1e-3, "{sum}");
        }
    }
    back(&data, "p").iter().zip(numbers(&whole, "p")).for_each(|(a, b)| assert!((a - b).abs() < 1e-5));
    let mut strange = whole;
    strange.fields.get_mut("z").unwrap().values = Values::F64(vec![200.0; strange.fields["z"].values.len()]);
    assert!(failure("{center: {fields: p, on: mass, elements: z}}", strange).contains("200 (row 0"), "named");
}

#[test]
fn a_row_is_turned_as_a_whole() {
    let whole = fixed(200, 4);
    let data = one("{turn: {fields: [p, f], by: {rotate: uniform}}}", whole.clone());
    let dots = |d: &Dataset, i: usize| {
        let (p, f) = (row(d, "p", i), row(d, "f", i));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        p.iter().flat_map(|a| f.iter().chain(&p).map(|b| dot(a, b)).collect::<Vec<_>>()).collect::<Vec<f64>>()
    };
    let mut moved = 0.0;
    for i in 0..data.rows {
        assert_close(&dots(&data, i), &dots(&whole, i));
        moved += row(&data, "p", i)[0].iter().zip(&row(&whole, "p", i)[0]).map(|(a, b)| (a - b).abs()).sum::<f64>();
    }
    assert!(moved > 100.0);
    assert_eq!(numbers(&data, "z"), numbers(&whole, "z"));
    assert!(failure("{turn: {fields: [z], by: {rotate: uniform}}}", whole).contains("scalar"));
}

#[test]
fn images_are_turned_about_their_centre() {
    let mut whole = clouds(5, 4);
    let pixels = Image { height: 9, width: 9, channels: 1, edge: false };
    let mut spot = vec![0.0; 81];
    spot[4 * 9 + 7] = 1.0;
    let f = Field {
        values: Values::F32(spot.repeat(5).iter().map(|x: &f64| *x as f32).collect()),
        ..field(Action::Pixels(pixels), &[9, 9], vec![])
    };
    whole.fields.insert("s".into(), f);
    let data = one("{turn: {fields: s, by: {rotate: uniform}}}", whole);
    for i in 0..5 {
        let image: Vec<f64> = data.fields["s"].range(i).map(|j| data.fields["s"].values.get(j)).collect();
        let total: f64 = image.iter().sum();
        let far = |(p, v): (usize, &f64)| v * (((p / 9) as f64 - 4.0).powi(2) + ((p % 9) as f64 - 4.0).powi(2)).sqrt();
        let radius = image.iter().enumerate().map(far).sum::<f64>() / total;
        assert!((radius - 3.0).abs() < 0.25 && (total - 1.0).abs() < 0.25, "{radius} {total}");
    }
}

#[test]
fn noise_has_its_size_and_nothing_is_noted() {
    let whole = clouds(2000, 5);
    let data = one("{jitter: {fields: [p, f], size: 0.3}}", whole.clone());
    for name in ["p", "f"] {
        let noise: Vec<f64> = numbers(&data, name).iter().zip(numbers(&whole, name)).map(|(a, b)| a - b).collect();
        let n = noise.len() as f64;
        let std = (noise.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
        assert!((std - 0.3).abs() < 0.01 && noise.iter().sum::<f64>().abs() / n < 0.01, "{std}");
    }
    assert!(data.history.is_empty());
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
fn classes_are_found_on_fit_and_kept_for_other_data() {
    let text = "{one_hot: {field: z, as: e}}, {one_hot: {field: n, as: k}}, {encode: {field: n}}";
    let (data, fitted) = prepared(text, clouds(30, 1)).unwrap();
    assert_eq!((&data.fields["e"].shape, &data.fields["k"].shape), (&vec![3], &vec![3]));
    let (z, e) = (numbers(&data, "z"), numbers(&data, "e"));
    for (z, e) in z.iter().zip(e.chunks(3)) {
        assert_eq!(e, [1.0, 6.0, 8.0].map(|c| f64::from(u8::from(c == *z))));
    }
    assert_eq!(data.fields["n"].classes.as_deref().unwrap(), ["3", "20", "100"], "in ascending order");
    assert_eq!(numbers(&data, "n")[..3], [1.0, 0.0, 2.0]);
    let streams = Streams::new(1);
    let mut other = clouds(4, 2);
    other.fields.get_mut("z").unwrap().values = Values::F64(vec![8.0; other.fields["z"].values.len()]);
    fitted[0].apply(0, "b", &mut other, quiet(&streams)).unwrap();
    assert_eq!(numbers(&other, "e")[..3], [0.0, 0.0, 1.0]);
    let mut unknown = clouds(4, 2);
    unknown.fields.get_mut("n").unwrap().values = Values::F64(vec![3.0, 4.0, 3.0, 100.0]);
    let message = fitted[2].apply(2, "b", &mut unknown, quiet(&streams)).unwrap_err().to_string();
    assert!(message.contains("row 1 (row 1 of f.parquet) holds 4") && message.contains("3, 20, 100"), "{message}");
    let drop = "{encode: {field: n, on_invalid: drop}}";
    let fitted = prepared(drop, clouds(30, 1)).unwrap().1;
    fitted[0].apply(0, "b", &mut unknown, quiet(&streams)).unwrap();
    assert_eq!((unknown.rows, unknown.dropped["n"], numbers(&unknown, "n")), (3, 1, vec![0.0, 0.0, 2.0]));
    let given = one("{one_hot: {field: z, as: e, classes: [9, 8, 6, 1]}}", clouds(30, 1));
    assert_eq!(given.fields["e"].shape, [4]);
    let replaced = one("{one_hot: {field: z}}", clouds(30, 1));
    assert_eq!(replaced.fields["z"], data.fields["e"]);
    let mut labels = clouds(3, 1);
    let n = labels.fields.get_mut("n").unwrap();
    n.values = Values::F32(vec![1.0, 0.0, 1.0]);
    n.classes = Some(vec!["cat".into(), "dog".into()]);
    let (data, fitted) = prepared("{one_hot: {field: n, as: k}}", labels).unwrap();
    assert_eq!(numbers(&data, "k"), [0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
    let Fitted::OneHot(one_hot) = &fitted[0] else { panic!() };
    assert_eq!(one_hot.classes.names, ["cat", "dog"]);
    assert!(failure("{one_hot: {field: p, as: k}}", clouds(500, 1)).contains("only scalars"));
}

#[test]
fn images_change_size_channel_by_channel_and_are_undone_where_they_can_be() {
    let text = "{normalise: {fields: [i, m]}}, {resize: {fields: [i, m], size: [3, 2], filter: area}}";
    let whole = clouds(20, 7);
    let data = one(text, whole.clone());
    assert_eq!((&data.fields["i"].shape, &data.fields["m"].shape), (&vec![3, 2, 2], &vec![3, 2]));
    let (small, large) = (back(&data, "i"), numbers(&whole, "i"));
    for (r, (small, large)) in small.chunks(12).zip(large.chunks(48)).enumerate() {
        for c in 0..2 {
            let mean = [0, 1, 4, 5].iter().map(|p| large[p * 2 + c]).sum::<f64>() / 4.0;
            assert!((small[c] - mean).abs() < 1e-4, "row {r}: {} {mean}", small[c]);
        }
    }
    let data = one("{pad: {fields: [i], by: 2, value: 7}}, {crop: {fields: [i], to: [6, 4]}}", whole.clone());
    assert_eq!(numbers(&data, "i"), numbers(&whole, "i"));
    let text = "{crop: {fields: [i, m], to: [4, 3], at: random}}";
    let mut marked = whole;
    let values = |channels: usize| (0..20 * 24).flat_map(|p| vec![f64::from(p); channels]).collect::<Vec<f64>>();
    marked.fields.get_mut("i").unwrap().values = Values::F64(values(2));
    marked.fields.get_mut("m").unwrap().values = Values::F64(values(1));
    let data = one(text, marked);
    let (i, m) = (numbers(&data, "i"), numbers(&data, "m"));
    assert!(i.chunks(2).zip(&m).all(|(i, m)| i == [*m, *m]), "both are cut at the same place");
    let corners: std::collections::BTreeSet<u64> = m.chunks(12).map(|r| r[0] as u64 % 24).collect();
    assert!(corners.len() > 3, "{corners:?}");
    assert!(failure("{crop: {fields: i, to: [9, 3]}}", clouds(2, 1)).contains("smaller than 9×3"));
    assert!(failure("{normalise: {fields: p}}", clouds(2, 1)).contains("no image"));
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
