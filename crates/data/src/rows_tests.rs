//! Which rows are read: `where`, `select`, `limit`, partitions, groups, keys and long format.

use super::testing::*;
use super::{RowShape, Values, probe};
use crate::settings::{ActionName, FieldSpec, OnInvalid};
use semola_document::OneOrMany;
use semola_lie::action::Action;

fn steps() -> Case {
    let columns: [Column; 4] = [
        ("x", fixed(f32s(&count(14)), 2), &[]),
        ("step", ints(&[0, 1, 2, 3, 0, 1, 2]), &[]),
        ("split", texts(&["a", "a", "b", "a", "b", "a", "a"]), &[]),
        ("trajectory", ints(&[7, 7, 7, 7, 3, 3, 3]), &[]),
    ];
    Case::new(&columns).acting("x", ActionName::Vector, Some(2))
}

#[test]
fn only_the_rows_of_the_filter_are_read() {
    let case = steps().with(|r| r.filter = Some("step > 0 AND split = 'a'".into()));
    let data = case.data();
    assert_eq!(data.row_ids, [1, 3, 5, 6]);
    assert_eq!(data.fields["x"].values, Values::F32(vec![2., 3., 6., 7., 10., 11., 12., 13.]));
    assert_eq!(case.with(|r| r.limit = Some(2)).data().row_ids, [1, 3]);
    let none = steps().with(|r| r.filter = Some("step > 9".into()));
    assert!(none.error().contains("no row is left after `where: step > 9`"));
}

#[test]
fn a_row_that_the_filter_leaves_out_may_be_invalid() {
    let columns: [Column; 2] = [("y", f64s(&[1.0, f64::NAN, 3.0]), &[]), ("ok", ints(&[1, 0, 1]), &[])];
    let case = Case::new(&columns).field("y", FieldSpec::default()).with(|r| r.filter = Some("ok = 1".into()));
    assert_eq!(case.data().fields["y"].values, Values::F64(vec![1.0, 3.0]));
}

#[test]
fn computed_columns_are_fields_and_can_be_filtered_by() {
    let from = |column: &str| FieldSpec { column: Some(column.into()), ..FieldSpec::default() };
    let case = steps().field("t", from("time")).with(|r| {
        r.select.insert("time".into(), "step * 0.5".into());
        r.filter = Some("time >= 1".into());
    });
    let data = case.data();
    assert_eq!(data.fields["t"].values, Values::F64(vec![1.0, 1.5, 1.0]));
    assert!(case.probed_errors().is_empty());
    let taken = case.with(|r| drop(r.select.insert("step".into(), "1".into())));
    assert!(taken.error().contains("has a column `step` already"), "{}", taken.error());
}

#[test]
fn wrong_expressions_are_found_without_reading() {
    for (filter, words) in [
        ("stpe > 0", "no column `stpe`; did you mean `step`"),
        ("step >", "the expression `step >`"),
        ("step", "needs a truth value"),
        ("x > 0", "column `x` is of type"),
        ("split + 1 > step * 'a'", "the expression"),
    ] {
        let case = steps().with(|r| r.filter = Some(filter.into()));
        assert!(case.error().contains(words), "{}", case.error());
        assert!(case.probed_errors()[0].contains(words), "{:?}", case.probed_errors());
    }
}

#[test]
fn groups_and_keys_are_kept() {
    let mut case = steps().with(|r| r.group = Some("trajectory".into()));
    case.keys = vec!["split".into(), "step".into()];
    let data = case.data();
    assert_eq!(data.groups, Some(vec![0, 0, 0, 0, 1, 1, 1]));
    assert_eq!(data.keys["split"][4], "b");
    assert_eq!(data.keys["step"][3], "3");
}

#[test]
fn hive_directories_are_columns() {
    let x = |v: &[f64]| f64s(v);
    let case = Case::new(&[("x", x(&[0.]), &[])])
        .file("h/part=train/t=300/a.parquet", &[("x", x(&[1., 2.]), &[])])
        .file("h/part=test/t=77.5/b.parquet", &[("x", x(&[3.]), &[])]);
    let mut case = case.field("x", FieldSpec::default()).field("t", FieldSpec::default());
    case.read.path = OneOrMany::One("h".into());
    case.keys = vec!["part".into()];
    let data = case.data();
    assert_eq!(data.fields["x"].values, Values::F64(vec![3., 1., 2.]));
    assert_eq!(data.fields["t"].values, Values::F64(vec![77.5, 300., 300.]));
    assert_eq!(data.keys["part"], ["test", "train", "train"]);
    let some = case.with(|r| r.filter = Some("part = 'train' AND t > 100 AND x < 2".into()));
    assert_eq!(some.data().fields["x"].values, Values::F64(vec![1.]));
    let text = some.field("x", FieldSpec { column: Some("part".into()), ..FieldSpec::default() });
    assert!(text.error().contains("column `part` is strings, but numbers are needed"), "{}", text.error());
}

fn clouds() -> Case {
    let columns: [Column; 6] = [
        ("cloud", texts(&["b", "a", "b", "c", "a", "b"]), &[]),
        ("px", f32s(&[0., 10., 1., 20., 11., 2.]), &[]),
        ("py", f32s(&[0., 10., 1., 20., 11., 2.]), &[]),
        ("mass", f64s(&[5., 6., 5., 7., 6., 5.]), &[]),
        ("kind", texts(&["s", "t", "s", "s", "t", "s"]), &[]),
        ("run", ints(&[1, 1, 1, 2, 1, 1]), &[]),
    ];
    let points =
        FieldSpec { columns: Some(vec!["px".into(), "py".into()]), action: ActionName::Points, ..FieldSpec::default() };
    let mass = FieldSpec { shape: Some(vec![]), ..FieldSpec::default() };
    let kind = FieldSpec { labels: true, ..FieldSpec::default() };
    let case = Case::new(&columns).field("p", points).field("mass", mass).field("kind", kind);
    case.with(|r| (r.group_by, r.group) = (Some("cloud".into()), Some("run".into())))
}

#[test]
fn long_format_collects_points() {
    let case = clouds();
    let data = case.data();
    let p = &data.fields["p"];
    assert_eq!((p.action, p.row_shape()), (Action::Points { dim: 2 }, RowShape::Ragged(vec![2])));
    assert_eq!(p.values, Values::F32(vec![0., 0., 1., 1., 2., 2., 10., 10., 11., 11., 20., 20.]));
    assert_eq!(p.offsets, Some(vec![0, 3, 5, 6]));
    assert_eq!(data.fields["mass"].values, Values::F64(vec![5., 6., 7.]));
    assert_eq!(data.fields["kind"].values, Values::F32(vec![0., 1., 0.]));
    assert_eq!((data.groups.clone(), data.row_ids.clone()), (Some(vec![0, 0, 1]), vec![0, 1, 3]));
    let schema = probe(&case.read, case.dir.path(), &[]).unwrap();
    assert_eq!(schema.fields["p"].shape, RowShape::Ragged(vec![2]));
    assert_eq!(schema.fields["mass"].shape, RowShape::Fixed(vec![]));
    let two = case.with(|r| r.limit = Some(2)).data();
    assert_eq!((two.rows, two.fields["p"].offsets.clone()), (2, Some(vec![0, 3, 5])));
}

#[test]
fn long_format_drops_whole_examples_and_wants_one_value_each() {
    let case = clouds().field("px", FieldSpec { shape: Some(vec![]), ..FieldSpec::default() });
    assert!(case.error().contains("column `px`") && case.error().contains("different values"), "{}", case.error());
    let fixed = |n: usize| FieldSpec { shape: Some(vec![n, 1]), column: Some("px".into()), ..FieldSpec::default() };
    let case = clouds().field("q", fixed(3)).with(|r| r.on_invalid = OnInvalid::Drop);
    let data = case.data();
    assert_eq!((data.rows, data.dropped["px"], data.row_ids.clone()), (1, 2, vec![0]));
    assert_eq!(data.fields["q"].shape, [3, 1]);
    assert_eq!(data.fields["p"].row_shape(), RowShape::Fixed(vec![3, 2]));
}
