//! Where the centres are.

use crate::prepare::fixtures::{back, clouds, failure, numbers, one, refused, row};
use semola_data::Values;

#[test]
fn it_is_checked_before_reading() {
    refused(&[
        ("{center: {fields: cloud, on: mass}}", "needs to know the atoms"),
        ("{center: {fields: cloud, on: centroid, elements: z}}", "`on: mass` only"),
    ]);
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
