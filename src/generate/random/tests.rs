//! Draws over many seeds: exact truth, distributions, refusals.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::facts::property;
use super::keys::KEYS;
use super::*;
use crate::generate::table::Table;
use crate::generate::task::Split;
use crate::generate::truth::Truth;
use semola_lie::{closure_residual, orthonormalise};

fn task(seed: u64, like: &[&str]) -> Random {
    let like: Vec<String> = like.iter().map(|s| (*s).to_owned()).collect();
    Random::draw(seed, &like).unwrap_or_else(|e| panic!("seed {seed}: {e}"))
}

/// Streams of the task's seed.
fn streams(task: &Random) -> Draw {
    Draw::new(task.seed, &[]).unwrap()
}

fn refusal(like: &[&str]) -> String {
    let like: Vec<String> = like.iter().map(|s| (*s).to_owned()).collect();
    Random::draw(1, &like).err().map(|e| e.to_string()).unwrap_or_default()
}

/// The spectrum on rows that had no part in the draw.
fn again(task: &Random) -> verify::Spectrum {
    let p = &task.properties;
    let mut rng = streams(task).stream("test");
    let rows = task.inputs.spread(300, &mut rng);
    let seen = Seen { target: &task.target, fields: &task.fields, vector: p.vector, rows: &rows };
    seen.spectrum((p.k, p.affine), &task.generators).unwrap()
}

#[test]
fn every_task_has_exactly_the_stated_algebra() {
    (0..200).into_par_iter().for_each(|seed| {
        let task = task(seed, &["rows=300"]);
        let truth = task.truth();
        let basis = orthonormalise(&task.generators);
        assert_eq!((truth.rank, basis.len()), (task.generators.len(), task.generators.len()), "seed {seed}");
        assert_eq!(truth.rank == 0, task.properties.control != Control::No, "seed {seed}");
        assert!(closure_residual(&basis) < 1e-9, "seed {seed}: {}", truth.algebra);
        let spectrum = again(&task);
        let below = spectrum.values.iter().filter(|v| **v < verify::ZERO).count();
        assert_eq!(below, truth.rank, "seed {seed}, {}: {:?}", truth.algebra, spectrum.values);
        assert!(spectrum.stated < verify::ZERO, "seed {seed}, {}: a generator is none", truth.algebra);
        // Other rows, another estimate; that of the draw is above the limit itself.
        assert!(spectrum.gap(truth.rank) > verify::GAP / 4.0, "seed {seed}: {:?}", spectrum.values);
    });
}

#[test]
fn every_family_can_be_drawn_with_its_algebra() {
    let names = [
        "rotations",
        "lorentz",
        "product",
        "scaling",
        "similarity",
        "unitary",
        "circle",
        "special",
        "symplectic",
        "shear",
        "translations",
        "euclidean",
    ];
    for name in names {
        for seed in 0..4 {
            let drawn = task(seed, &[&format!("algebra={name}"), "rows=300"]);
            assert!(!drawn.generators.is_empty() && property(&drawn.truth(), "family") == name);
            let broken = task(seed, &[&format!("base={name}"), "breaking=0.1", "rows=300"]);
            assert!(broken.generators.is_empty() && property(&broken.truth(), "base") == name);
            assert!(property(&broken.truth(), "base_rank").as_u64().unwrap() > 0);
        }
    }
}

#[test]
fn an_algebra_that_is_larger_than_stated_is_noticed() {
    // One vector of R⁴ under unit quaternions has its length as its only invariant: so(4).
    let p = Properties { blocks: vec![Block::new((0..4).collect(), Kind::Quaternion)], ..task(8, &["k=4"]).properties };
    let field = |copies| Field { name: "x1".to_owned(), action: semola_lie::Action::Vector { dim: 4 }, copies };
    let basis = basis(4, 1.0, &mut Draw::new(1, &[]).unwrap().stream("basis"));
    for (copies, rank) in [(1, 6), (2, 3)] {
        let p = Properties { control: Control::No, vector: false, affine: false, ..p.clone() };
        let setting =
            Setting { fields: vec![field(copies)], basis: basis.clone(), vector: false, wave: p.wave, roughness: 1.0 };
        let mut rng = Draw::new(2, &[]).unwrap().stream("rows");
        let law = Inputs::new(Law::Gaussian, &setting.fields, &basis, &mut rng);
        let rows = law.spread(300, &mut rng);
        let target = drawn_target(&p, &setting, &rows, &mut rng).unwrap();
        let seen = Seen { target: &target, fields: &setting.fields, vector: false, rows: &rows };
        let (_, stated) = algebra(&p, &basis).unwrap();
        let spectrum = seen.spectrum((4, false), &stated).unwrap();
        assert_eq!(spectrum.values.iter().filter(|v| **v < verify::ZERO).count(), rank);
        assert_eq!(spectrum.is_exactly(3), rank == 3);
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the counts are of interest with --nocapture")]
fn draws_have_the_stated_distribution() {
    let mut counts = BTreeMap::<String, usize>::new();
    for seed in 0..1000 {
        let drawn = Draw::new(seed, &[]).unwrap();
        let p = Properties::draw(&drawn).unwrap();
        let family = p.family.and_then(traits).map_or("none", |t| t.name);
        let kinds = [
            format!("control {:?}", p.control),
            format!("{} {family}", if p.control == Control::No { "algebra" } else { "base" }),
            format!("representation {:?}", p.representation),
            format!("k {}", p.k),
            format!("fields {}", p.fields),
            format!("law {:?}", p.law),
            format!("tails {:?}", p.noise.tails),
            format!("vector {}", p.vector),
            format!("affine {}", p.affine),
            format!("repeated {}", p.repeats > 1),
            format!("outliers {}", p.noise.outliers > 0.0),
            format!("hidden {}", p.condition > 1.0),
        ];
        kinds.into_iter().for_each(|kind| *counts.entry(kind).or_default() += 1);
        assert!((300..=20_000).contains(&p.rows) && (0.3..=1.0).contains(&p.noise.share));
        assert!(p.control != Control::Broken || (0.03..=0.5).contains(&p.breaking));
    }
    println!("{counts:#?}");
    let near = |kind: &str, of: f64| {
        let share = counts.get(kind).copied().unwrap_or(0) as f64 / 1000.0;
        assert!((share - of).abs() < 0.05, "{kind}: {share}");
    };
    near("control No", 0.5);
    near("control Broken", 0.25);
    near("tails None", 1.0 / 3.0);
    near("hidden true", 0.5);
    near("repeated true", 0.15 * 0.87);
}

#[test]
fn fixing_a_property_leaves_the_others() {
    let drawn = |like: &[&str]| serde_json::to_value(task(5, like).truth()).unwrap()["drawn"].clone();
    let (free, fixed) = (drawn(&[]), drawn(&["noise=0.5", "units=yes"]));
    for key in KEYS.iter().map(|k| k.name).filter(|k| !["noise", "tails", "units", "algebra"].contains(k)) {
        assert_eq!(free[key], fixed[key], "{key}");
    }
    assert_eq!((fixed["noise"].as_f64(), fixed["units"].as_str()), (Some(0.5), Some("yes")));
}

#[test]
fn what_does_not_exist_or_fit_is_refused_in_words() {
    for (like, words) in [
        (vec!["noise"], "'noise' has no '='; give KEY=VALUE"),
        (vec!["noize=1"], "there is no property 'noize'; did you mean 'noise'?; the properties are control, algebra"),
        (vec!["noise=1", "noise=1"], "given twice"),
        (vec!["noise=2"], "noise=2; give a number from 0.05 to 1"),
        (vec!["rows=9"], "give a whole number from 10 to 10000000"),
        (vec!["law=cauchy"], "law=cauchy; allowed here: gaussian, anisotropic"),
        (vec!["algebra=special", "k=5"], "algebra=special (beside k=5); allowed here: rotations"),
        (vec!["algebra=e8"], "algebra=e8; allowed are none, some, rotations"),
        (vec!["algebra=none", "control=no"], "control=no (beside algebra=none); allowed here: generic, broken"),
        (vec!["algebra=rotations", "base=rotations"], "no value of 'control' goes with what is fixed"),
        (vec!["space=affine", "representation=vectors"], "no representation goes with"),
    ] {
        let message = refusal(&like);
        assert!(message.contains(words) && message.contains("'like' of task 'random'"), "{like:?}: {message}");
    }
}

#[test]
fn labels_belong_to_the_numbers_in_the_file() {
    for seed in 0..20 {
        let task = task(seed, &["rows=40", "noise=1", "outliers=0", "units=no"]);
        let columns = task.columns(Split::Train, 40, &mut streams(&task).stream("rows")).unwrap();
        let rows = task.rows(40, &mut streams(&task).stream("rows"));
        let labels = columns[task.fields.len()].1.to_data();
        let values = if task.properties.vector { labels.child_data()[0].clone() } else { labels };
        let clean: Vec<f64> = rows.iter().flat_map(|r| task.target.at(&r.0)).collect();
        let written = values.buffers()[0].typed_data::<f32>();
        let far = clean.iter().zip(written).map(|(c, w)| (c - f64::from(*w)).abs()).fold(0.0, f64::max);
        assert!(written.len() == clean.len() && far < 1e-3, "seed {seed}: {far}");
    }
}

#[test]
fn the_documentation_lists_every_property_in_order() {
    let page = include_str!("../../../docs/random.md");
    let rows: Vec<&str> = page.lines().filter(|l| l.starts_with("| `")).collect();
    let documented: Vec<(String, String)> = rows
        .iter()
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`').to_owned(), cells[2].replace('`', ""))
        })
        .collect();
    let own: Vec<(String, String)> = KEYS.iter().map(|k| (k.name.to_owned(), k.values.to_owned())).collect();
    assert_eq!(documented[..own.len().min(documented.len())], own);
    let drawn = serde_json::to_value(Truth { ..task(3, &[]).truth() }).unwrap()["drawn"].clone();
    for key in drawn.as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{key}`")), "`{key}` of the truth is not in docs/random.md");
    }
}

#[test]
fn the_clean_label_has_variance_one() {
    for seed in 0..30 {
        let task = task(seed, &["breaking=0.2"]);
        let rows = task.inputs.spread(2000, &mut streams(&task).stream("test"));
        let values: Vec<Vec<f64>> = rows.iter().map(|r| task.target.at(r)).collect();
        let variance: f64 = (0..values[0].len())
            .map(|i| {
                let mean = values.iter().map(|v| v[i]).sum::<f64>() / 2000.0;
                values.iter().map(|v| (v[i] - mean).powi(2)).sum::<f64>() / 2000.0
            })
            .sum();
        assert!((0.6..1.6).contains(&variance), "seed {seed}: {variance}");
    }
}
