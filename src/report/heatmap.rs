//! A matrix as coloured squares with its numbers.

use super::svg::{Anchor, Svg};
use crate::words::number::short;

/// A matrix given by rows. Colour is sign, strength of the colour is size relative to `largest`; numbers are written
/// while there is room.
pub(super) fn heatmap(rows: usize, columns: usize, values: &[f64], largest: f64) -> String {
    let cell = match rows.max(columns) {
        0..=4 => 46.0,
        5..=8 => 34.0,
        _ => 16.0,
    };
    let (width, height) = (cell * columns as f64, cell * rows as f64);
    let mut svg = Svg::new(width, height);
    svg.rectangle("grid", (0.0, 0.0), (width, height), 1.0, "");
    let columns = columns.max(1);
    for (at, value) in values.iter().take(rows * columns).enumerate() {
        let corner = (cell * (at % columns) as f64, cell * (at / columns) as f64);
        let share = if largest > 0.0 { (value.abs() / largest).clamp(0.0, 1.0) } else { 0.0 };
        // What is written needs no square.
        if share >= 0.005 {
            let class = if *value < 0.0 { "minus" } else { "plus" };
            let hint = format!("row {}, column {}: {}", at / columns, at % columns, short(*value, 4));
            svg.rectangle(class, (corner.0 + 1.0, corner.1 + 1.0), (cell - 2.0, cell - 2.0), 0.85 * share, &hint);
        }
        if cell > 30.0 {
            let centre = (corner.0 + cell / 2.0, corner.1 + cell / 2.0);
            svg.text("entry", Anchor::Middle, centre, &entry(*value, largest));
        }
    }
    svg.finish(&format!("matrix of {rows} rows and {columns} columns"))
}

/// Two decimals of the largest value's size are enough to see the form.
fn entry(value: f64, largest: f64) -> String {
    if value.abs() < 0.005 * largest { "0".to_owned() } else { short(value, 2) }
}
