//! A Markdown table.

use super::super::Comparison;
use super::text::Grid;

/// The columns for people as a Markdown table.
pub fn markdown(comparison: &Comparison) -> String {
    let grid = Grid::of(comparison);
    let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let escaped = |cell: &String| cell.replace('|', "\\|").replace('\n', " ");
    let mut text = line(&mut grid.header.iter().map(escaped));
    text += &line(&mut grid.numeric.iter().map(|&numeric| if numeric { "---:" } else { "---" }.to_owned()));
    for row in &grid.rows {
        text += &line(&mut row.iter().map(escaped));
    }
    text
}
