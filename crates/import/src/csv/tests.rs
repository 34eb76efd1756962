//! Rows, types and quotes of CSV.

use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::*;
use crate::OnInvalid;
use crate::input::find;
use crate::testing::{ask, watch};

fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn types_are_those_of_all_rows_and_nothing_is_null() {
    let dir = tempfile::tempdir().unwrap();
    let text = "\u{feff}i;f;b;t;\"n\nm\"\r\n1;1;true;a;\r\n2;NA;False;\"x;\"\"y\"\"\r\nz\";3\r\n";
    let inputs = find(&[write(dir.path(), "a.csv", text)], None).unwrap();
    let csv = source(&inputs, ask(&watch(), OnInvalid::Error)).unwrap();
    let types: Vec<(&str, &DataType, bool)> =
        csv.columns.iter().map(|c| (c.name.as_str(), &c.leaf, c.nullable)).collect();
    let expected = [
        ("i", &DataType::Int64, false),
        ("f", &DataType::Int64, true),
        ("b", &DataType::Boolean, false),
        ("t", &DataType::Utf8, false),
        ("n\nm", &DataType::Int64, true),
    ];
    assert_eq!(types, expected);
    let (arrays, rows) = csv.load().unwrap();
    assert_eq!(rows, 2);
    assert_eq!(arrays[0].as_primitive::<Int64Type>().values(), &[1, 2]);
    assert!(arrays[1].is_null(1) && arrays[4].is_null(0));
    assert_eq!(arrays[3].as_string::<i32>().value(1), "x;\"y\"\r\nz");
}

#[test]
fn many_chunks_with_quoted_line_ends_count_lines_right() {
    let dir = tempfile::tempdir().unwrap();
    let row = format!("1.5,\"{}\n{}\"\n", "a".repeat(300), "b".repeat(300));
    let text = format!("x,t\n{}nan,c\n", row.repeat(5000));
    let inputs = find(&[write(dir.path(), "a.csv", &text)], None).unwrap();
    let csv = source(&inputs, ask(&watch(), OnInvalid::Error)).unwrap();
    let error = csv.load().unwrap_err().to_string();
    assert!(error.contains("a.csv:10002: `x`: the value is NaN"), "{error}");
    let good = text.replace("nan", "2");
    let inputs = find(&[write(dir.path(), "a.csv", &good)], None).unwrap();
    let csv = source(&inputs, ask(&watch(), OnInvalid::Error)).unwrap();
    assert!(csv.pieces().unwrap().flatten().flatten().count() > 2);
    let (arrays, rows) = csv.load().unwrap();
    assert_eq!((rows, arrays[0].as_primitive::<Float64Type>().value(5000)), (5001, 2.0));
}

#[test]
fn what_is_no_table_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let error = |text: &str| {
        let inputs = find(&[write(dir.path(), "a.csv", text)], None).unwrap();
        source(&inputs, ask(&watch(), OnInvalid::Error)).and_then(|csv| csv.load().map(drop)).unwrap_err().to_string()
    };
    assert!(error("1,2\n3,4\n").contains("a.csv:1: the first line should name the columns"));
    assert!(error("a,a\n3,4\n").contains("two columns are named `a`"));
    assert!(error("a,b\n3,4\n3\n").contains("a.csv:3: 1 values where the header names 2"));
    assert!(error("a,b\n3,\"4\n3,4\n").contains("a.csv:2: the quote that opens here is never closed"));
    assert!(error("a,b\n\"1\n\"\"1\",2\n3,\"4\n\n").contains("a.csv:4: the quote that opens here"));
    assert!(error("\n\n").contains("empty"));
}
