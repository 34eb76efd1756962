//! Small operations on frames that all steps share.

use polars::prelude::{AnyValue, Column, DataFrame, PolarsResult};
use serde_json::{Number, Value};

use super::error::CompareError;
use super::read::MEMBER;
use super::settings::CONFIG;
use semola_document::did_you_mean;

/// A column of the facts about members, and its name next to a table's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub column: String,
    pub name: String,
}

impl Fact {
    /// A fact, named by the setting's path alone.
    pub fn new(column: &str) -> Self {
        Self { column: column.to_owned(), name: column.strip_prefix(CONFIG).unwrap_or(column).to_owned() }
    }

    /// A fact, under its own name.
    pub fn whole(column: &str) -> Self {
        Self { column: column.to_owned(), name: column.to_owned() }
    }
}

/// Whether the frame has the column.
pub fn has(frame: &DataFrame, column: &str) -> bool {
    frame.schema().contains(column)
}

/// The fact that a name means: as it is, as a setting without `config.`, or the pipeline's name.
pub fn fact(facts: &DataFrame, name: &str) -> Option<Fact> {
    let column = [name.to_owned(), format!("{CONFIG}{name}")].into_iter().find(|column| has(facts, column));
    match column {
        Some(column) => Some(Fact::new(&column)),
        None => (name == "name").then(|| Fact::new("pipeline")),
    }
}

/// The table's rows with facts about their members in front of the table's own columns.
pub fn with_facts(table: &DataFrame, facts: &DataFrame, wanted: &[Fact]) -> PolarsResult<DataFrame> {
    let rows = table.column(MEMBER)?.idx()?;
    let mut columns: Vec<Column> = vec![table.column(MEMBER)?.clone()];
    for fact in wanted {
        columns.push(facts.column(&fact.column)?.take(rows)?.with_name(fact.name.as_str().into()));
    }
    columns.extend(table.columns().iter().filter(|column| column.name() != MEMBER).cloned());
    DataFrame::new(table.height(), columns)
}

/// The numbers of the members that have rows, in order.
pub fn members_in(table: &DataFrame) -> PolarsResult<Vec<usize>> {
    let mut members: Vec<usize> = table.column(MEMBER)?.idx()?.iter().flatten().map(|at| at as usize).collect();
    members.sort_unstable();
    members.dedup();
    Ok(members)
}

/// A column that an option names, or an error that says which ones there are.
pub fn unknown(option: &'static str, column: &str, frames: &[&DataFrame]) -> CompareError {
    let names = frames.iter().flat_map(|frame| frame.get_column_names());
    let mut names: Vec<&str> = names.map(|name| name.as_str()).filter(|name| *name != MEMBER).collect();
    let guess = did_you_mean(column, names.iter().copied()).or_else(|| setting_like(column, &names));
    let guess = guess.map(|name| format!("; did you mean `{name}`?"));
    names.retain(|name| !name.starts_with(CONFIG));
    names.dedup();
    let hint =
        format!("{} (there are: {}, and the settings config.<path>)", guess.unwrap_or_default(), names.join(", "));
    CompareError::NoColumn { option, column: column.to_owned(), hint }
}

/// The first setting whose path without `config.`, or whose last part, is like the name.
fn setting_like<'a>(name: &str, columns: &[&'a str]) -> Option<&'a str> {
    let settings = || columns.iter().filter(|column| column.starts_with(CONFIG)).copied();
    let last = |path: &'a str| path.rsplit('.').next().unwrap_or(path);
    let alike = |part: &dyn Fn(&'a str) -> &'a str| {
        let known = settings().map(part).find(|part| *part == name);
        let part_alike = known.or_else(|| did_you_mean(name, settings().map(part)))?;
        settings().find(|column| part(column) == part_alike)
    };
    alike(&|path| path.trim_start_matches(CONFIG)).or_else(|| alike(&last))
}

/// A cell as JSON: numbers are numbers, unknown ones null.
pub fn value(cell: AnyValue) -> Value {
    match cell {
        AnyValue::Boolean(flag) => Value::Bool(flag),
        AnyValue::String(text) => Value::from(text),
        AnyValue::StringOwned(text) => Value::from(text.as_str()),
        AnyValue::Int64(number) => Value::from(number),
        AnyValue::UInt64(number) => Value::from(number),
        AnyValue::UInt32(number) => Value::from(number),
        AnyValue::Float64(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        AnyValue::List(items) => Value::Array(items.iter().map(value).collect()),
        _ => Value::Null,
    }
}

/// All cells of a column as JSON.
pub fn values(column: &Column) -> Vec<Value> {
    column.as_materialized_series().rechunk().iter().map(value).collect()
}

/// A value as a word: text as it is, everything else as JSON.
pub fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
