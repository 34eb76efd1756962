//! Values of new fields, in prepared and in physical units.

use super::*;
use crate::prepare::Step;
use crate::prepare::fixtures::{assert_close, back, center, numbers, run, scale, standardise, two};
use crate::prepare::steps::CenterOn;

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
