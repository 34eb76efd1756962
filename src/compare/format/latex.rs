//! A LaTeX table: `tabular` with the rules of `booktabs`.

use semola_document::visible;

use super::super::Comparison;
use super::text::Grid;

/// The columns for people as a `tabular`.
pub fn latex(comparison: &Comparison) -> String {
    let grid = Grid::of(comparison);
    let kinds: String = grid.numeric.iter().map(|&numeric| if numeric { 'r' } else { 'l' }).collect();
    let line =
        |cells: &[String]| format!("{} \\\\\n", cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>().join(" & "));
    let rows: String = grid.rows.iter().map(|row| line(row)).collect();
    format!(
        "% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{{kinds}}}\n\\toprule\n{}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n",
        line(&grid.header)
    )
}

/// A text from elsewhere as a cell: no command, no end of a cell; signs that fonts may lack become mathematics.
fn escaped(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    for c in visible(cell).chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => out.extend(['\\', c]),
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("$<$"),
            '>' => out.push_str("$>$"),
            '±' => out.push_str("$\\pm$"),
            '−' => out.push_str("$-$"),
            '×' => out.push_str("$\\times$"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_command() {
        for (own, cell) in [
            ("a_b & 5 %", "a\\_b \\& 5 \\%"),
            ("\\input{x}", "\\textbackslash{}input\\{x\\}"),
            ("$x^2$ ~#", "\\$x\\textasciicircum{}2\\$ \\textasciitilde{}\\#"),
            ("0.1 ± 0.2 (3)", "0.1 $\\pm$ 0.2 (3)"),
            ("2× so(2)", "2$\\times$ so(2)"),
        ] {
            assert_eq!(escaped(own), cell);
        }
    }
}
