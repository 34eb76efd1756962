//! A Markdown table.

use semola_document::visible;

use super::super::Comparison;
use super::text::Grid;

/// The columns for people as a Markdown table.
pub fn markdown(comparison: &Comparison) -> String {
    let grid = Grid::of(comparison);
    let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let escaped = |cell: &String| escaped(cell);
    let mut text = line(&mut grid.header.iter().map(escaped));
    text += &line(&mut grid.numeric.iter().map(|&numeric| if numeric { "---:" } else { "---" }.to_owned()));
    for row in &grid.rows {
        text += &line(&mut row.iter().map(escaped));
    }
    text
}

/// A text from elsewhere as a cell: neither markup, nor HTML, nor the end of a cell or of the line.
fn escaped(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    for c in visible(cell).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' | '\\' | '`' | '*' | '[' | ']' | '~' | '$' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    // Within a word an underscore is a letter.
    if cell.starts_with('_') || cell.contains(" _") { out.replace('_', "\\_") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        for (own, cell) in [
            ("a|b", "a\\|b"),
            ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
            ("[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))"),
            ("![](http://t/)", "!\\[\\](http://t/)"),
            ("`a` **b** ~~c~~ &lt;", "\\`a\\` \\*\\*b\\*\\* \\~\\~c\\~\\~ &amp;lt;"),
            ("a\r\n| b |\u{1b}[2J", "a\\\\r\\\\n\\| b \\|\\\\u{1b}\\[2J"),
            ("_x_ y", "\\_x\\_ y"),
            ("cross_entropy of so(1,3)", "cross_entropy of so(1,3)"),
            ("0.0447 ± 0.0081 (2)", "0.0447 ± 0.0081 (2)"),
        ] {
            assert_eq!(escaped(own), cell);
        }
    }
}
