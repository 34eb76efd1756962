//! Tables of text for a terminal.

use semola_document::visible;

/// Columns of equal width, two spaces apart; those that are named in `right` are flush right. What is no mark (a line feed, a
/// control character) is escaped.
pub fn align(rows: &[Vec<String>], right: &[usize]) -> String {
    let clean = |row: &Vec<String>| row.iter().map(|cell| visible(cell).into_owned()).collect::<Vec<String>>();
    let rows: Vec<Vec<String>> = rows.iter().map(clean).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let cell = |(column, (cell, width)): (usize, (&String, &usize))| {
        if right.contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    };
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).enumerate().map(cell).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_end_without_spaces() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [row(["a", "n", "ä"]), row(["long", "10", ""])];
        assert_eq!(align(&rows, &[1]), "a      n  ä\nlong  10\n");
        assert_eq!(align(&[row(["a\nb", "c\u{1b}[2J", ""])], &[]), "a\\nb  c\\u{1b}[2J\n");
        assert_eq!(align(&rows, &[]), "a     n   ä\nlong  10\n");
    }
}
