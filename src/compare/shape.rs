//! What the columns of each table are in a comparison: keys, or numbers to average.

use polars::prelude::{DataFrame, DataType};

use super::read::MEMBER;

/// Table, key columns, number columns. In `metrics` the step follows from the epoch.
const SHAPES: [(&str, &[&str], &[&str]); 10] = [
    ("runs", &["device"], &["seconds", "cpu_seconds", "peak_rss_bytes"]),
    ("evaluation", &["model", "split", "shift", "metric"], &["value"]),
    ("metrics", &["stage", "model", "split", "metric", "epoch"], &["value"]),
    ("equivariance", &["model", "split", "group_source", "coefficient_size"], &["relative_error"]),
    (
        "groups",
        &["model"],
        &[
            "rank",
            "angle",
            "leakage",
            "coverage",
            "closure_residual",
            "excess",
            "p_value",
            "random_excess",
            "skill",
            "extent",
        ],
    ),
    ("extents", &["model", "direction", "size"], &["effect", "excess", "inside"]),
    (
        "directions",
        &["model", "source", "verdict"],
        &["strength", "effect", "excess", "p_value", "p_adjusted", "extent", "support", "inside"],
    ),
    ("generators", &["model", "generator", "row", "col", "accepted"], &["value", "strength"]),
    ("predictions", &["model", "split", "shift", "row_id", "field", "component"], &["predicted", "target"]),
    ("classes", &["split", "field", "index", "name"], &[]),
];

/// The columns of one table by what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    pub keys: Vec<String>,
    pub numbers: Vec<String>,
}

impl Shape {
    /// The stated shape of a table, if it is one of this version's.
    pub fn stated(table: &str) -> Option<Self> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (_, keys, numbers) = SHAPES.iter().find(|(name, ..)| *name == table)?;
        Some(Self { keys: owned(keys), numbers: owned(numbers) })
    }

    /// The shape of a table as it was read: of its stated columns those that are there; where none are stated, floats
    /// are numbers and all else but lists are keys.
    pub fn of(table: &str, frame: &DataFrame) -> Self {
        match Self::stated(table) {
            Some(mut shape) => {
                let has = |name: &String| frame.schema().contains(name);
                shape.keys.retain(has);
                shape.numbers.retain(has);
                shape
            }
            None => {
                let own = frame.columns().iter().filter(|column| column.name() != MEMBER);
                let types = own.map(|column| (column.name().to_string(), column.dtype()));
                let (numbers, keys): (Vec<_>, Vec<_>) =
                    types.filter(|(_, kind)| !matches!(kind, DataType::List(_))).partition(|(_, kind)| kind.is_float());
                let names = |columns: Vec<(String, &DataType)>| columns.into_iter().map(|(name, _)| name).collect();
                Self { keys: names(keys), numbers: names(numbers) }
            }
        }
    }
}
