//! Aligned columns for a terminal.

use semola_document::{cut, visible};
use serde_json::Value;

use super::super::frame::{values, word};
use super::super::pivot::cell_name;
use super::super::{Comparison, Shown};
use crate::words::align;
use crate::words::number::short;

/// Longest text of a list or a hash.
const LONGEST: usize = 40;

/// Digits of a hash that are enough to tell two apart.
const HASH_DIGITS: usize = 12;

/// The columns for people, as texts.
pub struct Grid {
    pub header: Vec<String>,
    /// Is the column made of numbers?
    pub numeric: Vec<bool>,
    pub rows: Vec<Vec<String>>,
    /// How many columns at the beginning tell rows apart.
    keys: usize,
}

impl Grid {
    /// The texts of a comparison.
    pub fn of(comparison: &Comparison) -> Self {
        let columns: Vec<(String, bool, Vec<String>)> = comparison.shown.iter().map(|s| shown(comparison, s)).collect();
        let rows =
            (0..comparison.frame.height()).map(|row| columns.iter().map(|c| c.2[row].clone()).collect()).collect();
        let is_key = |shown: &&Shown| matches!(shown, Shown::Column(name) if comparison.keys.contains(name));
        Self {
            keys: comparison.shown.iter().take_while(is_key).count(),
            header: columns.iter().map(|column| column.0.clone()).collect(),
            numeric: columns.iter().map(|column| column.1).collect(),
            rows,
        }
    }
}

/// The columns for people as aligned text. Leading keys that repeat those of the row above are left blank.
pub fn text(comparison: &Comparison) -> String {
    let grid = Grid::of(comparison);
    let mut rows = grid.rows.clone();
    for at in (1..rows.len()).rev() {
        let same = |key: &usize| grid.rows[at][*key] == grid.rows[at - 1][*key];
        let repeated = (0..grid.keys).take_while(same).count();
        rows[at][..repeated].iter_mut().for_each(String::clear);
    }
    rows.insert(0, grid.header);
    let numeric: Vec<usize> = (0..grid.numeric.len()).filter(|&column| grid.numeric[column]).collect();
    align(&rows, &numeric)
}

fn shown(comparison: &Comparison, shown: &Shown) -> (String, bool, Vec<String>) {
    let column = |name: &str| comparison.frame.column(name).map(values).unwrap_or_default();
    match shown {
        Shown::Column(name) => {
            let cells = column(name);
            let numeric = cells.iter().all(|cell| cell.is_number() || cell.is_null());
            let text = |cell: &Value| match cell {
                Value::String(text) if name.ends_with("_hash") => text.chars().take(HASH_DIGITS).collect(),
                other => cell_text(other),
            };
            (name.clone(), numeric, cells.iter().map(text).collect())
        }
        Shown::Interval(label) => {
            let [means, lows, highs, counts] =
                ["mean", "ci_low", "ci_high", "n"].map(|cell| column(&cell_name(label, cell)));
            let number = |cells: &[Value], row: usize| cells.get(row).and_then(Value::as_f64);
            let text = |row: usize| {
                let cells = [&means, &lows, &highs].map(|cells| number(cells, row));
                interval(cells, counts.get(row).and_then(Value::as_u64))
            };
            (label.clone(), true, (0..comparison.frame.height()).map(text).collect())
        }
        Shown::Statistics(label) => {
            let [means, sds, counts] = ["mean", "sd", "n"].map(|cell| column(&cell_name(label, cell)));
            let text = |((mean, sd), n): ((&Value, &Value), &Value)| summary(mean.as_f64(), sd.as_f64(), n.as_u64());
            (label.clone(), true, means.iter().zip(&sds).zip(&counts).map(text).collect())
        }
    }
}

/// `-0.012 [-0.02, -0.005] (5)`: mean, its 95 % interval, members.
fn interval(cells: [Option<f64>; 3], n: Option<u64>) -> String {
    match (cells, n) {
        ([Some(mean), Some(low), Some(high)], Some(n)) => {
            format!("{} [{}, {}] ({n})", short(mean, 3), short(low, 2), short(high, 2))
        }
        ([Some(mean), ..], Some(n)) => format!("{} ({n})", short(mean, 3)),
        _ => "-".to_owned(),
    }
}

/// `0.0447 ± 0.0081 (2)`: mean, standard deviation, members.
fn summary(mean: Option<f64>, sd: Option<f64>, n: Option<u64>) -> String {
    match (mean, sd, n) {
        (Some(mean), Some(sd), Some(n)) => format!("{} ± {} ({n})", short(mean, 3), short(sd, 2)),
        (Some(mean), None, Some(n)) => format!("{} ({n})", short(mean, 3)),
        _ => "-".to_owned(),
    }
}

fn cell_text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Number(number) if number.is_f64() => short(number.as_f64().unwrap_or(f64::NAN), 4),
        Value::Array(items) => {
            cut(&format!("[{}]", items.iter().map(cell_text).collect::<Vec<_>>().join(", ")), LONGEST)
        }
        other => visible(&word(other)).into_owned(),
    }
}
