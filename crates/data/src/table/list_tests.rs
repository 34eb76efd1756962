//! What is written down elsewhere about the tables, against the list.

use std::path::PathBuf;

use arrow::datatypes::{DataType, Field};
use serde_json::{Map, Value};

use super::*;

/// A file of the repository.
fn repository(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A column as the documentation writes it: `angle [rad]`.
fn written(field: &Field) -> String {
    match field.metadata().get(UNIT) {
        Some(unit) => format!("{} [{unit}]", field.name()),
        None => field.name().clone(),
    }
}

/// The text without what stands in parentheses.
fn without_remarks(text: &str) -> String {
    let mut depth = 0;
    let mut kept = String::new();
    for letter in text.chars() {
        depth += i32::from(letter == '(');
        if depth == 0 {
            kept.push(letter);
        }
        depth -= i32::from(letter == ')');
    }
    kept
}

/// The tables of `docs/tables.md` with their columns: the rows `| name | one row is | columns |` with a name in backticks.
fn documented() -> Vec<(String, Vec<String>)> {
    let text = repository("docs/tables.md");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, _, columns] = cells.as_slice() else { panic!("not a row of three cells: {line}") };
        let columns = without_remarks(columns);
        let columns = columns.split(',').map(|column| column.trim().to_owned());
        (name.trim_matches('`').to_owned(), columns.collect())
    };
    rows.map(row).collect()
}

#[test]
fn the_documentation_has_every_table_and_column() {
    let stated = TABLES.iter().map(|table| {
        let fields = table.fields().unwrap();
        let settings = (table.files == Files::Run).then(|| "`config.<path>` for every setting".to_owned());
        let name = if table.files == Files::Shapes { format!("{}_RxC", table.name) } else { table.name.to_owned() };
        (name, fields.iter().map(written).chain(settings).collect::<Vec<_>>())
    });
    let (stated, documented) = (stated.collect::<Vec<_>>(), documented());
    for (stated, documented) in stated.iter().zip(&documented) {
        assert_eq!(documented, stated, "docs/tables.md");
    }
    assert_eq!(documented.len(), stated.len(), "docs/tables.md: the number of tables");
}

#[test]
fn the_documentation_names_the_identity_columns() {
    assert!(repository("docs/tables.md").contains(&format!("begins with `{}`", Identity::COLUMNS.join(", "))));
}

/// The word for a type, as other programs are asked for it.
fn kind(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "text".to_owned(),
        DataType::Boolean => "truth".to_owned(),
        DataType::Float64 => "number".to_owned(),
        kind if kind.is_integer() => "integer".to_owned(),
        DataType::List(item) | DataType::FixedSizeList(item, _) => format!("list of {}", kind(item.data_type())),
        other => panic!("no table holds {other}"),
    }
}

#[test]
fn types_and_units_are_those_that_other_programs_are_asked_for() {
    let entry = |field: &Field| {
        let unit = field.metadata().get(UNIT).map(|unit| format!(" [{unit}]")).unwrap_or_default();
        (field.name().clone(), Value::from(kind(field.data_type()) + &unit))
    };
    let columns = |table: &Table| Value::Object(table.fields().unwrap().iter().map(entry).collect());
    let tables: Map<String, Value> = TABLES.iter().map(|table| (table.name.to_owned(), columns(table))).collect();
    let text = serde_json::to_string_pretty(&tables).unwrap() + "\n";
    assert!(text == repository("tests/python/tables.json"), "tests/python/tables.json is to become\n{text}");
}

#[test]
fn keys_and_numbers_are_what_can_be_compared() {
    for table in TABLES {
        let fields = table.fields().unwrap();
        let of = |name: &&str| fields.iter().find(|field| field.name() == *name).unwrap().data_type();
        assert!(table.numbers.iter().all(|name| of(name).is_numeric()), "{}: a number is none", table.name);
        assert!(table.keys.iter().all(|name| !of(name).is_nested()), "{}: a key is a list", table.name);
        assert!(!table.keys.iter().any(|name| table.numbers.contains(name)), "{}: a key and a number", table.name);
    }
}
