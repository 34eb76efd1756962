//! Frames, comments and columns of all dialects.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt8Type};

use super::comment::{Written, pairs};
use super::properties::properties;
use super::value::Value;
use super::*;
use crate::OnInvalid;
use crate::column::Layout;
use crate::error::Place;
use crate::infer::Leaf;
use crate::table::Found;
use crate::testing::find;
use crate::testing::{ask, watch};

fn import(text: &str, extended: bool) -> Result<(Vec<Column>, Decoded), ImportError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.xyz");
    std::fs::write(&path, text).unwrap();
    let inputs = find(&[path], None)?;
    let xyz = source(&inputs, extended, ask(&watch(), OnInvalid::Drop))?;
    let mut pieces = xyz.pieces()?;
    let decoded = xyz.decode(pieces.next().unwrap()?)?;
    Ok((xyz.columns().to_vec(), decoded))
}

fn column<'a>(found: &'a (Vec<Column>, Decoded), name: &str) -> (&'a Column, &'a arrow::array::ArrayRef) {
    let at = found.0.iter().position(|c| c.name == name).unwrap_or_else(|| panic!("no {name} in {:?}", found.0));
    (&found.0[at], &found.1.arrays[at])
}

fn fault(text: &str, extended: bool) -> (Place, String) {
    let (_, decoded) = import(text, extended).unwrap();
    let Found { fault, .. } = decoded.faults.into_iter().find(|f| !f.kept).unwrap();
    (fault.place, fault.what)
}

#[test]
fn comments_of_every_style() {
    let text = r#"a=1 "b c"="x \"y\"" flag d={1 2} e=[[1, 2], [3, 4]] f = 2.5 _g=_JSON name='q'"#;
    let words = |s: &str| Written::Words(s.to_owned());
    let expected = [
        ("a", words("1")),
        ("b c", words("x \"y\"")),
        ("flag", Written::Flag),
        ("d", words("1 2")),
        ("e", Written::Array("[[1, 2], [3, 4]]".to_owned())),
        ("f", words("2.5")),
        ("_g", words("_JSON")),
        ("name", words("'q'")),
    ];
    assert_eq!(pairs(text).unwrap(), expected.map(|(k, v)| (k.to_owned(), v)));
    for bad in ["a=\"1", "a={1 2", "a=[[1]", "=1"] {
        assert!(pairs(bad).is_err(), "{bad}");
    }
}

#[test]
fn values_know_their_type_and_shape() {
    let read = |text: &str| Value::read(&Written::Words(text.to_owned()), false);
    for (text, leaf, shape) in [
        ("3", Leaf::Int, vec![]),
        ("-1e-3", Leaf::Float, vec![]),
        ("T", Leaf::Bool, vec![]),
        ("300K_MD", Leaf::Text, vec![]),
        ("two words", Leaf::Text, vec![]),
        ("1 2 3", Leaf::Int, vec![3]),
        ("1 2.5 3", Leaf::Float, vec![3]),
        ("T F T", Leaf::Bool, vec![3]),
        ("_JSON [209.44, 80, 59.96]", Leaf::Float, vec![3]),
        ("_JSON [[1, 2], [3, 4]]", Leaf::Int, vec![2, 2]),
        ("_JSON {\"a\": 1}", Leaf::Text, vec![]),
    ] {
        let value = read(text);
        let layout = if shape.is_empty() { Layout::Scalar } else { Layout::Fixed(shape) };
        assert_eq!((value.leaf, value.layout), (leaf, layout), "{text}");
    }
    // Column by column, as the specification has it.
    assert_eq!(read("1 2 3 4 5 6 7 8 9").words, ["1", "4", "7", "2", "5", "8", "3", "6", "9"]);
    let array = Value::read(&Written::Array("[[1, 2, 3], [4, 5, 6]]".to_owned()), false);
    assert_eq!((array.layout, array.words.len()), (Layout::Fixed(vec![2, 3]), 6));
    assert_eq!(Value::read(&Written::Array("[[1, 2], [3]]".to_owned()), false).leaf, Leaf::Text);
}

#[test]
fn properties_are_renamed_and_checked() {
    let names = |text: &str| properties(text).map(|all| all.into_iter().map(|p| p.column).collect::<Vec<_>>());
    assert_eq!(names("species:S:1:pos:R:3:force:R:3").unwrap(), ["atomic_numbers", "positions", "forces"]);
    assert_eq!(names("Z:I:1:pos:R:3").unwrap(), ["atomic_numbers", "positions"]);
    assert_eq!(names("species:S:1:pos:R:3:Z:I:1").unwrap(), ["atomic_numbers", "positions", "Z"]);
    for bad in
        ["pos:R:3", "species:S:1", "species:S:1:pos:R", "species:S:1:pos:X:3", "species:S:1:pos:R:3:pos:R:3", "a:S:0"]
    {
        assert!(names(bad).is_err(), "{bad}");
    }
}

#[test]
fn extended_frames_become_typed_columns() {
    let text = "\
2
Lattice=\"1 0 0 0 2 0 0 0 3\" Properties=species:S:1:pos:R:3:forces:R:3:tag:I:1 energy=-1 label=a ok=T pbc=\"T T F\"
O 0 0 0.5 1 2 3 7
h 1 0 0 -1 0 1 8

1
Properties=species:S:1:pos:R:3:forces:R:3:tag:I:1 energy=-2.5 label=5 ok=F pbc=\"F F F\" charge=1
C 1 1 1 0 0 0 9
";
    let found = import(text, false).unwrap();
    assert_eq!(found.1.rows, 2);
    let (numbers, array) = column(&found, "atomic_numbers");
    assert_eq!((&numbers.leaf, numbers.nullable), (&DataType::UInt8, false));
    assert_eq!(array.as_list::<i32>().value(0).as_primitive::<UInt8Type>().values(), &[8, 1]);
    let energies = column(&found, "energy").1.as_primitive::<Float64Type>().values();
    assert_eq!(energies, &[-1.0, -2.5]);
    assert_eq!(column(&found, "label").1.as_string::<i32>().value(1), "5");
    assert!(column(&found, "ok").1.as_boolean().value(0));
    assert_eq!(column(&found, "tag").1.as_list::<i32>().value(0).as_primitive::<Int64Type>().values(), &[7, 8]);
    let (cell, array) = column(&found, "cell");
    assert!(cell.nullable && cell.layout == Layout::Fixed(vec![3, 3]) && array.is_null(1));
    assert!(column(&found, "charge").0.nullable);
    let missing: Vec<&str> = found.1.faults.iter().map(|f| f.fault.column.as_str()).collect();
    assert_eq!(missing, ["charge", "cell"]);
    assert!(found.1.faults.iter().all(|f| f.kept));
    assert_eq!(found.1.faults[1].fault.place, Place::Line(7));
}

#[test]
fn plain_frames_with_symbols_numbers_and_more() {
    let found = import("2\nfirst\nC 0 0 0 0.5\n1 1.0D0 0 0 -0.5\n1\n\n92 1 2 3 4\n\n\n", false).unwrap();
    assert_eq!((found.1.rows, found.1.faults.len()), (2, 0));
    assert_eq!(
        column(&found, "atomic_numbers").1.as_list::<i32>().value(1).as_primitive::<UInt8Type>().values(),
        &[92]
    );
    assert_eq!(
        column(&found, "extra").1.as_list::<i32>().value(0).as_primitive::<Float64Type>().values(),
        &[0.5, -0.5]
    );
    assert_eq!(column(&found, "comment").1.as_string::<i32>().value(0), "first");
}

const METHANE: &str = "\
1
gdb 1\t157.7\t157.6\t157.5\t0.\t13.21\t-0.38\t0.11\t0.50\t35.36\t4.4749*^-2\t-40.4\t-40.3\t-40.2\t-40.5\t6.469\t
C\t-1.0*^-6\t1.08\t0.008\t-0.53
1341.3\t1341.3
C\tC\t
InChI=1S/CH4/h1H4\tInChI=1S/CH4/h1H4
";

#[test]
fn the_dialect_of_qm9_is_recognised() {
    let found = import(METHANE, false).unwrap();
    assert_eq!((found.1.rows, found.1.faults.len()), (1, 0), "{:?}", found.1.faults);
    let (zpve, array) = column(&found, "zpve");
    assert_eq!((zpve.unit.as_deref(), array.as_primitive::<Float64Type>().value(0)), (Some("hartree"), 0.044749));
    let positions = column(&found, "positions").1.as_list::<i32>().value(0);
    assert_eq!(positions.as_fixed_size_list().value(0).as_primitive::<Float64Type>().value(0), -1e-6);
    assert_eq!(column(&found, "inchi").1.as_string::<i32>().value(0), "InChI=1S/CH4/h1H4");
    assert_eq!(column(&found, "index").1.as_primitive::<Int64Type>().value(0), 1);
    assert_eq!(found.0.iter().filter(|c| c.leaf == DataType::Float64 && c.layout == Layout::Scalar).count(), 15);
    let second = METHANE.replace("gdb 1", "gdb x");
    assert_eq!(fault(&format!("{METHANE}{second}"), false).0, Place::Line(8));
    assert_eq!(fault(&format!("{METHANE}{}", METHANE.replace("C\tC", "C")), false).0, Place::Line(11));
}

#[test]
fn a_bad_frame_is_named_with_its_line_and_can_be_left_out() {
    let good = "1\nProperties=species:S:1:pos:R:3 e=1\nC 0 0 0\n";
    for (bad, line, word) in [
        ("1\nProperties=species:S:1:pos:R:3 e=1\nXx 0 0 0\n", 6, "no element `Xx`"),
        ("1\nProperties=species:S:1:pos:R:3 e=1\nC 0 0 nan\n", 6, "NaN"),
        ("1\nProperties=species:S:1:pos:R:3 e=1\nC 0 0\n", 6, "3 values where"),
        ("1\nProperties=species:S:1:pos:R:3 e=\"1\nC 0 0 0\n", 5, "not closed"),
        ("1\nProperties=species:S:1:pos:R:3 e=inf\nC 0 0 0\n", 5, "inf"),
        ("\n\n1\nProperties=species:S:1:pos:R:3 e=nan\nC 0 0 0\n", 7, "NaN"),
        ("0\nProperties=species:S:1:pos:R:3 e=1\n", 4, "no atoms"),
        ("3\nProperties=species:S:1:pos:R:3 e=1\nC 0 0 0\n", 6, "cut off"),
        ("99999999999999999\nx\nC 0 0 0\n", 6, "cut off"),
        ("x\n", 4, "the number of atoms"),
    ] {
        let text = format!("{good}{bad}");
        assert_eq!(import(&text, true).unwrap().1.rows, 1, "{bad}");
        let (place, what) = fault(&text, true);
        assert_eq!(place, Place::Line(line), "{bad}: {what}");
        assert!(what.contains(word), "{what}");
    }
    assert_eq!(fault("1\n\nC 0 0 0\n1\n\nC 0 0 0 5\n", false).0, Place::Line(6));
}

#[test]
fn names_for_the_same_value_are_both_kept_where_both_are_there() {
    let frame = |comment: &str| format!("1\nProperties=species:S:1:pos:R:3 {comment}\nH 0 0 0\n");
    let both = import(&(frame("energy=-1.5 Energy=-2.5") + &frame("Energy=-3.5 energy=-4.5")), true).unwrap();
    assert_eq!(column(&both, "energy").1.as_primitive::<Float64Type>().values(), &[-1.5, -4.5]);
    assert_eq!(column(&both, "Energy").1.as_primitive::<Float64Type>().values(), &[-2.5, -3.5]);
    let one = import(&(frame("energy=-1.5") + &frame("Energy=-3.5")), true).unwrap();
    assert_eq!(column(&one, "energy").1.as_primitive::<Float64Type>().values(), &[-1.5, -3.5]);
    let dipoles = import(&frame("Dipole=\"1 2 3\" dipole_moment=\"4 5 6\""), true).unwrap();
    assert_eq!((dipoles.1.rows, dipoles.0.len()), (1, 4), "{:?}", dipoles.0);
    assert!(fault(&(frame("e=1") + &frame("e=1 e=2")), true).1.contains("`e` is there twice"));
}

#[test]
fn a_colon_in_the_name_of_a_property_is_named() {
    let what = |text: &str| properties(text).unwrap_err();
    assert!(what("species:S:1:pos:R:3:mtt::q:R:1").contains("must not hold a colon, as in `mtt::q`"));
    assert!(what("species:S:1:pos:R:3:a:b:R:1").contains("does a name hold a colon?"));
    assert!(what("species:S:1:pos:R:3:q").contains("has 7 parts"));
}

#[test]
fn words_for_nothing_are_missing_values_and_others_among_numbers_are_named() {
    let frame = |value: &str| format!("1\nProperties=species:S:1:pos:R:3 e={value}\nH 0 0 0\n");
    let text: String =
        ["-1.5", "None", "_JSON null", "nan"].map(frame).concat().replace("e=_JSON null", "e=\"_JSON null\"");
    let found = import(&text, true).unwrap();
    assert_eq!((found.1.rows, column(&found, "e").1.null_count()), (3, 2));
    let faults: Vec<&Found> = found.1.faults.iter().collect();
    assert_eq!((faults[0].kept, &faults[0].fault.place), (true, &Place::Line(5)));
    assert!(faults[0].fault.what.contains("`None` stands for no value"), "{faults:?}");
    assert_eq!(faults[0].count, 2);
    assert!(!faults[1].kept && faults[1].fault.what.contains("NaN"), "{faults:?}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.xyz");
    std::fs::write(&path, ["1", "2", "1.5."].map(frame).concat()).unwrap();
    let inputs = find(&[path], None).unwrap();
    let xyz = source(&inputs, true, ask(&watch(), OnInvalid::Drop)).unwrap();
    assert!(xyz.warnings()[0].contains("`e` is text: `1.5.`"));
    assert!(xyz.warnings()[0].contains("a.xyz:8)"));
}

#[test]
fn rows_of_points_that_differ_in_number_become_points_and_flat_lists_stay_as_written() {
    let frame = |value: &str| format!("1\nProperties=species:S:1:pos:R:3 q={value}\nH 0 0 0\n");
    let found = import(&(frame("[[1,2,3],[4,5,6]]") + &frame("[[7,8,9]]")), true).unwrap();
    assert_eq!(column(&found, "q").0.layout, Layout::Points(3));
    let row = column(&found, "q").1.as_list::<i32>().value(1);
    assert_eq!(row.as_fixed_size_list().value(0).as_primitive::<Int64Type>().values(), &[7, 8, 9]);
    // Nine numbers are a matrix only where all frames have nine.
    let found = import(&(frame("\"1 2 3 4 5 6 7 8 9\"") + &frame("\"1 2 3 4 5 6\"")), true).unwrap();
    assert_eq!(column(&found, "q").0.layout, Layout::List);
    let row = column(&found, "q").1.as_list::<i32>().value(0);
    assert_eq!(row.as_primitive::<Int64Type>().values(), &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn many_keys_take_linear_time_up_to_a_bound() {
    let keys = |n: usize| (0..n).map(|i| format!(" k{i}={i}")).collect::<String>();
    let frame = |n: usize| format!("1\nProperties=species:S:1:pos:R:3{}\nH 0 0 0\n", keys(n));
    let found = import(&frame(1900), true).unwrap();
    assert_eq!(found.0.len(), 1902);
    assert!(import(&(frame(1) + &frame(2001)), true).unwrap().1.faults[0].fault.what.contains("more than 2000 values"));
    let many = (0..2001).map(|i| format!(":p{i}:R:1")).collect::<String>();
    assert!(properties(&format!("species:S:1:pos:R:3{many}")).unwrap_err().contains("at most 2000"));
    let other: String = (0..2100).map(|i| format!("1\nProperties=species:S:1:pos:R:3 k{i}=1\nH 0 0 0\n")).collect();
    assert!(import(&other, true).err().unwrap().to_string().contains("have 2100 names of values"));
}
