//! Which points are kept.

use rand_chacha::ChaCha8Rng;

use super::choose::{farthest, random};
use super::*;
use crate::prepare::fixtures::{clouds, failure, fixed, one, refused, row, shapes_after};
use rand::SeedableRng;
use semola_lie::random::normal;
use semola_lie::rotation::random_rotation;

fn cloud(n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..n * 3).map(|_| normal(rng)).collect()
}

/// The definition, step by step.
fn plain(points: &[f64], wanted: usize) -> Vec<usize> {
    let at: Vec<&[f64]> = points.chunks(3).collect();
    let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    let centre: Vec<f64> = (0..3).map(|c| at.iter().map(|p| p[c]).sum::<f64>() / at.len() as f64).collect();
    let best =
        |score: &dyn Fn(usize) -> f64| (0..at.len()).fold(0, |best, i| if score(i) > score(best) { i } else { best });
    let mut chosen = vec![best(&|i| square(at[i], &centre))];
    while chosen.len() < wanted {
        chosen.push(best(&|i| chosen.iter().map(|&c| square(at[i], at[c])).fold(f64::INFINITY, f64::min)));
    }
    chosen.sort_unstable();
    chosen
}

#[test]
fn farthest_points_are_those_of_the_definition_and_turn_with_the_cloud() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for n in [9, 50, 131] {
        let points = cloud(n, &mut rng);
        let chosen = farthest(&points, 3, 8);
        assert_eq!(chosen, plain(&points, 8));
        let g = random_rotation(3, &mut rng);
        let turned: Vec<f64> = points
            .chunks(3)
            .flat_map(|p| (0..3).map(|i| (0..3).map(|j| g[(i, j)] * p[j]).sum::<f64>()).collect::<Vec<_>>())
            .collect();
        assert_eq!(farthest(&turned, 3, 8), chosen);
    }
}

#[test]
fn points_at_one_place_are_chosen_once() {
    let points = [1.0_f32, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0];
    assert_eq!(farthest(&points, 2, 3), [0, 1, 2]);
}

#[test]
fn random_choices_are_even() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut counts = [0; 10];
    for _ in 0..5000 {
        let chosen = random(10, 3, &mut rng);
        assert!(chosen.len() == 3 && chosen.is_sorted());
        chosen.iter().for_each(|&n| counts[n] += 1);
    }
    assert!(counts.iter().all(|c| (1350..1650).contains(c)), "{counts:?}");
}

#[test]
fn its_shapes_are_known_before_reading() {
    shapes_after(&[
        ("{sample_points: {fields: [loose, z], points: 6}}", "loose ragged (any number of points [3])"),
        ("{sample_points: {fields: [loose, z], points: 6, fewer: drop}}", "loose [6, 3] Points"),
        ("{sample_points: {fields: [loose, z], points: 6, fewer: error}}", "z [6] Scalar"),
        ("{sample_points: {fields: cloud, points: 5}}", "cloud [5, 3] Points"),
        ("{sample_points: {fields: flat, points: 3}}", "flat [6] Points { dim: 2 }"),
    ]);
}

#[test]
fn it_is_checked_before_reading() {
    refused(&[
        (
            "{sample_points: {fields: [cloud, z], points: 5}}",
            "field 'z': a row is ragged (any number of single numbers), which has no values at each of 9 points",
        ),
        ("{sample_points: {fields: z, points: 5}}", "field 'z': it does not say where points are"),
        ("{sample_points: {fields: cloud, points: 0}}", "`points` is 0"),
        ("{sample_points: {fields: cloud, points: 12, fewer: error}}", "rows of data set 'more' have only 9 points"),
    ]);
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
