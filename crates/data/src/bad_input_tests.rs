//! Every kind of bad input ends in a message that names file, column and row.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray};

use super::testing::*;
use super::{Blame, DataError, Fault, Values, relabel};
use crate::settings::{ActionName, FieldSpec, OnInvalid};
use semola_document::OneOrMany;

fn dropping(case: Case) -> Case {
    case.with(|r| r.on_invalid = OnInvalid::Drop)
}

fn nullable(values: &[Option<f64>]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

#[track_caller]
fn assert_has(message: &str, words: &[&str]) {
    words.iter().for_each(|w| assert!(message.contains(w), "`{w}` is not in: {message}"));
}

#[test]
fn invalid_values_name_file_column_and_row_or_are_dropped_and_counted() {
    let y = nullable(&[Some(0.), Some(1.), Some(2.), None, Some(f64::NAN), Some(5.)]);
    let x = fixed(f64s(&[0., 0., 1., f64::INFINITY, 2., 2., 3., 3., 4., 4., 5., 5.]), 2);
    let case = Case::new(&[("x", x, &[]), ("y", y, &[])]).acting("x", ActionName::Vector, Some(2));
    let case = case.field("y", FieldSpec::default());
    assert_has(&case.error(), &["a.parquet", "column `x`, row 1", "the value is inf", "on_invalid: drop"]);
    let case = dropping(case);
    let data = case.data();
    assert_eq!(data.row_ids, [0, 2, 5]);
    assert_eq!(data.fields["y"].values, Values::F64(vec![0., 2., 5.]));
    assert_eq!(data.fields["x"].values, Values::F64(vec![0., 0., 2., 2., 5., 5.]));
    assert_eq!((data.dropped["x"], data.dropped["y"]), (1, 2));
}

#[test]
fn rows_are_counted_in_their_own_file() {
    let case = Case::new(&[("y", f64s(&[0., 1., 2.]), &[])]).field("y", FieldSpec::default());
    let case = case.file("b.parquet", &[("y", nullable(&[Some(1.), Some(1.), Some(1.), Some(1.), None]), &[])]);
    let case = case.with(|r| r.path = OneOrMany::Many(vec!["a.parquet".into(), "b.parquet".into()]));
    assert_has(&case.error(), &["b.parquet: column `y`, row 4", "null"]);
    let all_bad = Case::new(&[("y", nullable(&[None]), &[])]).field("y", FieldSpec::default());
    assert_has(&dropping(all_bad).error(), &["no row is left after the invalid ones were dropped"]);
}

#[test]
fn lists_of_the_wrong_length_are_invalid_where_a_length_is_needed() {
    let x = lists(f32s(&count(11)), &[Some(4), Some(3), Some(4), None]);
    let case = Case::new(&[("x", x.clone(), &[])]).acting("x", ActionName::Vector, Some(2));
    assert_has(&case.error(), &["column `x`, row 1", "3 values where 4 are needed"]);
    let data = dropping(case).data();
    assert_eq!((data.row_ids.clone(), data.fields["x"].shape.clone(), data.dropped["x"]), (vec![0, 2], vec![4], 2));
    let shaped = FieldSpec { shape: Some(vec![3]), ..FieldSpec::default() };
    let case = Case::new(&[("x", x, &[])]).field("x", shaped);
    assert_has(&case.error(), &["row 0", "4 values where 3 are needed"]);
    let points = lists(lists(f32s(&count(8)), &[Some(3), Some(2), Some(3)]), &[Some(1), Some(1), Some(1)]);
    let case = Case::new(&[("p", points, &[])]).acting("p", ActionName::Points, Some(3));
    assert_has(&case.error(), &["column `p`, row 1", "2 values where 3 are needed"]);
}

#[test]
fn missing_columns_and_wrong_types_are_named_before_reading() {
    let columns: [Column; 2] = [("energy", f64s(&[1.]), &[]), ("name", texts(&["a"]), &[])];
    let case = Case::new(&columns).field("enrgy", FieldSpec::default()).field("name", FieldSpec::default());
    let errors = case.probed_errors();
    assert_has(&errors[0], &["a.parquet: no column `enrgy`", "did you mean `energy`", "there are: energy, name"]);
    assert_has(&errors[1], &["column `name` is of type Utf8", "numbers"]);
    assert_has(&case.error(), &["no column `enrgy`"]);
    let case = Case::new(&columns).field("energy", FieldSpec { labels: true, ..FieldSpec::default() });
    assert_has(&case.error(), &["column `energy` is floating-point numbers, but labels are"]);
    let case = Case::new(&columns).field("energy", FieldSpec::default()).with(|r| r.group = Some("mol".into()));
    assert_has(&case.error(), &["no column `mol`"]);
    assert_has(&case.probed_errors()[0], &["no column `mol`"]);
}

#[test]
fn actions_that_do_not_fit_are_errors_of_the_pipeline() {
    let case = Case::new(&[("x", fixed(f32s(&count(8)), 4), &[])]).acting("x", ActionName::Vector, Some(3));
    let error = case.result().unwrap_err();
    assert_eq!(error.blame(), Blame::Pipeline);
    assert_has(&error.to_string(), &["field `x`", "blocks of 3"]);
    assert_has(&case.acting("x", ActionName::Vector, None).error(), &["say with `dim`"]);
}

#[test]
fn mixed_units_are_errors() {
    let unit = |u: &'static str| -> [(&'static str, &'static str); 1] { [("unit", u)] };
    let case = Case::new(&[("e", f64s(&[1.]), &unit("eV"))]).field("e", FieldSpec::default());
    let two = case.file("b.parquet", &[("e", f64s(&[1.]), &unit("kcal/mol"))]);
    assert_eq!(two.data().fields["e"].unit.as_deref(), Some("eV"));
    let two = two.with(|r| r.path = OneOrMany::One("*.parquet".into()));
    assert_has(&two.error(), &["mixed units", "a.parquet", "`eV`", "b.parquet", "`kcal/mol`"]);
    let declared = FieldSpec { unit: Some("Ha".into()), ..FieldSpec::default() };
    let declared = two.with(|r| r.path = OneOrMany::One("a.parquet".into())).field("e", declared);
    assert_has(&declared.error(), &["mixed units", "the pipeline's `unit` says `Ha`", "`eV`"]);
}

#[test]
fn damaged_files_end_in_a_message() {
    let whole = Case::new(&[("x", fixed(f32s(&count(60)), 2), &[]), ("t", texts(&["a"; 30]), &[])]);
    let whole = whole.acting("x", ActionName::Vector, Some(2)).with(|r| r.group = Some("t".into()));
    let path = whole.path("a.parquet");
    let bytes = std::fs::read(&path).unwrap();
    whole.data();
    for length in [0, 3, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert_has(&whole.error(), &["a.parquet: not a readable Parquet file"]);
    }
    std::fs::write(&path, b"a,b\n1,2\n").unwrap();
    assert_has(&whole.error(), &["a.parquet: not a readable Parquet file"]);
    // Whatever byte is damaged: a message or numbers, but no panic.
    for i in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[i] ^= 0x55;
        std::fs::write(&path, &damaged).unwrap();
        if let Ok(data) = whole.result() {
            assert_eq!(data.fields["x"].values.len(), 2 * data.rows);
        }
    }
}

#[test]
fn files_without_rows_and_rows_without_numbers_are_errors() {
    let case = Case::new(&[("x", f64s(&[]), &[])]).field("x", FieldSpec::default());
    assert!(matches!(case.result(), Err(DataError::NoRows(_))));
    let case = Case::new(&[("x", lists(f64s(&[]), &[Some(0), Some(0)]), &[])]).field("x", FieldSpec::default());
    assert_has(&case.error(), &["field `x`", "hold no numbers"]);
    assert_has(&Case::new(&[("x", f64s(&[1.]), &[])]).error(), &["names no `fields`"]);
}

#[test]
fn labels_of_a_test_set_follow_the_training_classes() {
    let labels = || FieldSpec { labels: true, column: Some("animal".into()), ..FieldSpec::default() };
    let train = Case::new(&[("animal", texts(&["cat", "dog", "eel"]), &[])]).field("y", labels()).data();
    let classes = train.fields["y"].classes.clone().unwrap();
    let mut test = Case::new(&[("animal", texts(&["eel", "dog"]), &[])]).field("y", labels()).data();
    relabel(&mut test, "y", "animal", &classes, OnInvalid::Error).unwrap();
    assert_eq!(test.fields["y"].values, Values::F32(vec![2.0, 1.0]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["eel", "ant", "dog"]));
    let mut test = Case::new(&[("animal", names, &[])]).field("y", labels()).data();
    let before = test.clone();
    let error = relabel(&mut test, "y", "animal", &classes, OnInvalid::Error).unwrap_err().to_string();
    assert_has(&error, &["a.parquet", "column `animal`, row 1", "label `ant` is out of range", "cat, dog, eel"]);
    assert_eq!(test, before);
    relabel(&mut test, "y", "animal", &classes, OnInvalid::Drop).unwrap();
    assert_eq!((test.row_ids.clone(), test.dropped["animal"]), (vec![0, 2], 1));
    assert_eq!(test.fields["y"].values, Values::F32(vec![2.0, 1.0]));
}
