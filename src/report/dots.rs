//! A dot plot: one row a comparison, one dot a member, with the median.

use semola_document::cut;

use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::words::number::short;

const WIDTH: f64 = 380.0;
const EDGE: f64 = 14.0;
const ROW: f64 = 40.0;
const FOOT: f64 = 26.0;
const HEAD: f64 = 18.0;

/// A value with what it is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dot {
    pub value: f64,
    pub hint: String,
}

/// The values of one comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub label: String,
    pub dots: Vec<Dot>,
}

/// Rows below each other, with a marked value.
pub(super) fn dots(about: &str, rows: &[Row], (mark, word): (f64, &str), log: bool) -> String {
    let height = HEAD + ROW * rows.len() as f64 + FOOT;
    let values = rows.iter().flat_map(|row| &row.dots).map(|dot| dot.value).chain([mark]);
    let Some(scale) = Scale::new(values, log, EDGE, WIDTH - EDGE) else { return String::new() };
    let mut svg = Svg::new(WIDTH, height);
    let bottom = height - FOOT;
    for (tick, label) in scale.ticks() {
        let x = scale.at(tick);
        svg.line("grid", (x, HEAD), (x, bottom));
        svg.text("tick", Anchor::Middle, (x, bottom + 13.0), &label);
    }
    let x = scale.at(mark);
    svg.line("rule", (x, HEAD), (x, bottom));
    let anchor = if x > WIDTH / 2.0 { Anchor::End } else { Anchor::Start };
    svg.text("tick", anchor, (x, 7.0), word);
    for (number, row) in rows.iter().enumerate() {
        let top = HEAD + ROW * number as f64;
        let mut values: Vec<f64> = row.dots.iter().map(|dot| dot.value).filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let median = (values.get(values.len().saturating_sub(1) / 2), values.get(values.len() / 2));
        let median = if let (Some(low), Some(high)) = median { Some((low + high) / 2.0) } else { None };
        svg.text("label", Anchor::Start, (0.0, top + 9.0), &cut(&row.label, 30));
        if let Some(median) = median {
            svg.text("value", Anchor::End, (WIDTH, top + 9.0), &format!("median {}", short(median, 3)));
            svg.line("whisker", (scale.at(median), top + 18.0), (scale.at(median), top + 34.0));
        }
        for dot in row.dots.iter().filter(|dot| dot.value.is_finite()) {
            svg.dot(&format!("s{number}"), (scale.at(dot.value), top + 26.0), &dot.hint);
        }
    }
    svg.finish(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_median_and_a_dot_for_each_member() {
        let dot = |value: f64| Dot { value, hint: "seed".into() };
        let rows = [Row { label: "plain".into(), dots: [0.5, 0.25, f64::NAN, 2.0].map(dot).to_vec() }];
        let drawn = dots("gains", &rows, (1.0, "no difference"), true);
        assert!(drawn.contains("median 0.5<") && drawn.matches("<circle").count() == 3, "{drawn}");
        assert!(dots("gains", &[], (1.0, "no difference"), true).contains("no difference"));
    }
}
