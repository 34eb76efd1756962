//! Rows, types and quotes of CSV.

use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::*;
use crate::OnInvalid;
use crate::testing::{ask, find, watch};

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
    let (arrays, rows) = csv.load(&watch()).unwrap();
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
    let error = csv.load(&watch()).unwrap_err().to_string();
    assert!(error.contains("a.csv:10002: `x`: the value is NaN"), "{error}");
    let good = text.replace("nan", "2");
    let inputs = find(&[write(dir.path(), "a.csv", &good)], None).unwrap();
    let csv = source(&inputs, ask(&watch(), OnInvalid::Error)).unwrap();
    assert!(csv.pieces().unwrap().flatten().flatten().count() > 2);
    let (arrays, rows) = csv.load(&watch()).unwrap();
    assert_eq!((rows, arrays[0].as_primitive::<Float64Type>().value(5000)), (5001, 2.0));
}

#[test]
fn what_is_no_table_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let error = |text: &str| {
        let inputs = find(&[write(dir.path(), "a.csv", text)], None).unwrap();
        source(&inputs, ask(&watch(), OnInvalid::Error))
            .and_then(|csv| csv.load(&watch()).map(drop))
            .unwrap_err()
            .to_string()
    };
    assert!(error("1,2\n3,4\n").contains("a.csv:1: the first line should name the columns"));
    assert!(error("a,a\n3,4\n").contains("two columns are named `a`"));
    assert!(error("a,b\n3,4\n3\n").contains("a.csv:3: 1 values where the header names 2"));
    assert!(error("a,b\n3,\"4\n3,4\n").contains("a.csv:2: the quote that opens here is never closed"));
    assert!(error("a,b\n\"1\n\"\"1\",2\n3,\"4\n\n").contains("a.csv:4: the quote that opens here"));
    assert!(error("\n\n").contains("empty"));
}

fn csv_of(text: &str) -> (Vec<Column>, Vec<ArrayRef>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let inputs = find(&[write(dir.path(), "a.csv", text)], None).unwrap();
    let csv = source(&inputs, ask(&watch(), OnInvalid::Error)).unwrap();
    let (arrays, _) = csv.load(&watch()).unwrap();
    (csv.columns.clone(), arrays, csv.warnings())
}

fn texts(array: &ArrayRef) -> Vec<&str> {
    array.as_string::<i32>().iter().flatten().collect()
}

#[test]
fn ids_keep_their_digits() {
    let (columns, arrays, warnings) = csv_of("id,big,x\n02,12345678901234567890,1\n01,9007199254740993,\n");
    let types: Vec<&DataType> = columns.iter().map(|c| &c.leaf).collect();
    assert_eq!(types, [&DataType::Utf8, &DataType::Utf8, &DataType::Int64]);
    assert_eq!(
        (texts(&arrays[0]), texts(&arrays[1])),
        (vec!["02", "01"], vec!["12345678901234567890", "9007199254740993"])
    );
    assert!(warnings[0].contains("`id`") && warnings[0].contains("a.csv:2) has leading zeros"), "{warnings:?}");
    assert!(warnings[1].contains("`big`") && warnings[1].contains("more than 64 bits"), "{warnings:?}");
    // Among floats a large integer is a float, and 2^53 + 1 alone is an integer.
    let (columns, arrays, warnings) = csv_of("a,b\n100000000000000000000,9007199254740993\n0.5,2\n");
    assert_eq!((&columns[0].leaf, warnings.len()), (&DataType::Float64, 0));
    assert_eq!(arrays[1].as_primitive::<Int64Type>().values(), &[9_007_199_254_740_993, 2]);
}

#[test]
fn words_for_nothing_are_nulls_and_other_words_among_numbers_are_named() {
    let (columns, arrays, warnings) = csv_of("a,b,t\n1,0.5,x\nN/A,1.5.,n/a\n?,2.5,y\n#N/A,3,?\n");
    assert_eq!((&columns[0].leaf, arrays[0].null_count()), (&DataType::Int64, 3));
    assert_eq!(texts(&arrays[1]), ["0.5", "1.5.", "2.5", "3"]);
    assert_eq!(texts(&arrays[2]), ["x", "n/a", "y", "?"]);
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("`b` is text: `1.5.`") && warnings[0].contains("a.csv:3)"), "{warnings:?}");
    let (_, arrays, warnings) = csv_of("x;y\n1,5;1\n2,5;2\n");
    assert_eq!(texts(&arrays[0]), ["1,5", "2,5"]);
    assert!(warnings[0].contains("decimal comma"), "{warnings:?}");
}

#[test]
fn the_first_row_is_a_row_if_it_looks_like_one() {
    let dir = tempfile::tempdir().unwrap();
    let read = |text: &str, header: Option<bool>| {
        let inputs = find(&[write(dir.path(), "a.csv", text)], None).unwrap();
        let csv = source(&inputs, Ask { header, ..ask(&watch(), OnInvalid::Error) })?;
        let (_, rows) = csv.load(&watch())?;
        Ok::<_, ImportError>((csv.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>().join(" "), rows))
    };
    let error = |text: &str| read(text, None).unwrap_err().to_string();
    for text in ["5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n", "5.1;a\n", "x,2019\nFrance,2\n", "a nan\nb 1\n"] {
        let error = error(text);
        assert!(error.contains("a.csv:1: the first line should name") && error.contains("--no-header"), "{error}");
    }
    let iris = "5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n";
    assert_eq!(read(iris, Some(false)).unwrap(), ("column_0 column_1 column_2".to_owned(), 2));
    assert_eq!(read(iris, Some(true)).unwrap(), ("5.1 3.5 Iris-setosa".to_owned(), 1));
    // A name that is a number above a value that is none.
    assert_eq!(read("x,2019\n1,none yet\n", None).unwrap(), ("x 2019".to_owned(), 1));
    assert!(error("a,a\n1,2\n").contains("--no-header"));
}

#[test]
fn every_delimiter_is_found() {
    for text in
        ["x|t\n1.5|a b\n2|c\n", "x\tt\n1.5\ta b\n2\tc\n", "x t\n1.5 \"a b\"\n2   c\n", "# x  t\n 1.5\t\"a b\" \n2 c\n"]
    {
        let (columns, arrays, _) = csv_of(text);
        let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["x", "t"], "{text:?}");
        assert_eq!(arrays[0].as_primitive::<Float64Type>().values(), &[1.5, 2.0], "{text:?}");
        assert_eq!(texts(&arrays[1]), ["a b", "c"], "{text:?}");
    }
    // The one that parts the rows as it parts the names.
    let (columns, ..) = csv_of("\"a\",b;c,d;e\n1;2;3\n");
    assert_eq!(columns.len(), 3);
    // Names of two words above one number stay one name.
    assert_eq!(csv_of("full name\n5\n").0[0].name, "full name");
    assert_eq!(csv_of("# x,y\n1,2\n").0[0].name, "x");
}

#[test]
fn what_is_no_text_is_told_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let error = |bytes: &[u8]| {
        let path = dir.path().join("a.csv");
        std::fs::write(&path, bytes).unwrap();
        source(&find(&[path], None).unwrap(), ask(&watch(), OnInvalid::Error)).err().unwrap().to_string()
    };
    assert!(error(b"caf\xe9,b\n1,2\n").contains("a.csv:1: the names of the columns are not UTF-8 text"));
    assert!(error(b"PK\x03\x04aaaa").contains("it is a ZIP archive"));
    assert!(error(&[0x28, 0xb5, 0x2f, 0xfd, 1, 2]).contains("it is compressed by Zstandard"));
    assert!(error(b"\xff\xfea\0,\0").contains("UTF-16"));
    assert!(error(b"PAR1....").contains("a Parquet file already"));
}

#[test]
fn a_row_or_header_without_end_is_refused_before_it_fills_the_memory() {
    use std::io::Write;
    let dir = tempfile::tempdir().unwrap();
    let packed = |head: &str, fill: u8| {
        let path = dir.path().join("a.csv.gz");
        let mut encoder =
            flate2::write::GzEncoder::new(std::fs::File::create(&path).unwrap(), flate2::Compression::fast());
        encoder.write_all(head.as_bytes()).unwrap();
        (0..40).for_each(|_| encoder.write_all(&vec![fill; 1 << 20]).unwrap());
        encoder.finish().unwrap();
        let inputs = find(&[path], None).unwrap();
        source(&inputs, ask(&watch(), OnInvalid::Error)).err().unwrap().to_string()
    };
    assert!(packed("a,b", b'c').contains("a.csv.gz:1: the row is larger than 32 MiB"));
    assert!(packed("a,b\n1,2\n3,4\n", b',').contains("a.csv.gz:4: the row is larger than 32 MiB"));
    let wide: String = (0..crate::column::MOST + 1).map(|i| format!("c{i},")).collect();
    let inputs = find(&[write(dir.path(), "wide.csv", &format!("{wide}z\n"))], None).unwrap();
    let error = source(&inputs, ask(&watch(), OnInvalid::Error)).err().unwrap().to_string();
    assert!(error.contains("at most 20000 can be written"), "{error}");
}
