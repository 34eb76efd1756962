//! Horizontal bars with confidence intervals.

use semola_document::cut;

use super::scale::Scale;
use super::svg::{Anchor, COLOURS, Svg};
use super::words::interval;

/// As wide as a telephone: the text is as large there as elsewhere.
const WIDTH: f64 = 380.0;
const EDGE: f64 = 20.0;
const ROW: f64 = 34.0;
const HEAD: f64 = 26.0;
const FOOT: f64 = 26.0;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    pub label: String,
    /// Number of the colour.
    pub colour: usize,
    pub value: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// Bars in groups, each group under its title, with names and numbers above the bars. `log` asks for a logarithmic axis.
pub(super) fn bars(about: &str, groups: &[(String, Vec<Bar>)], log: bool) -> String {
    let count: usize = groups.iter().map(|(_, bars)| bars.len()).sum();
    let height = HEAD * groups.len() as f64 + ROW * count as f64 + FOOT;
    let values = groups.iter().flat_map(|(_, bars)| bars).flat_map(|bar| [Some(bar.value), bar.low, bar.high]);
    let Some(scale) = Scale::new(values.flatten(), log, EDGE, WIDTH - EDGE) else {
        return String::new();
    };
    let scale = scale.with_base(0.0);
    let mut svg = Svg::new(WIDTH, height);
    let bottom = height - FOOT;
    for (tick, label) in scale.ticks() {
        let x = scale.at(tick);
        svg.line("grid", (x, 0.0), (x, bottom + 4.0));
        svg.text("tick", Anchor::Middle, (x, bottom + 14.0), &label);
    }
    let mut y = 0.0;
    for (title, bars) in groups {
        svg.text("head", Anchor::Start, (0.0, y + 0.6 * HEAD), &cut(title, 60));
        y += HEAD;
        for bar in bars {
            draw(&mut svg, &scale, bar, y);
            y += ROW;
        }
    }
    svg.finish(about)
}

fn draw(svg: &mut Svg, scale: &Scale, bar: &Bar, y: f64) {
    let words = interval(Some(bar.value), bar.low, bar.high);
    svg.text("label", Anchor::Start, (0.0, y + 7.0), &cut(&bar.label, 24));
    svg.text("value", Anchor::End, (WIDTH, y + 7.0), &words);
    let middle = y + 21.0;
    if bar.value.is_finite() {
        // Bars of a linear axis that reaches below zero start at zero.
        let (base, end) = (scale.at(0.0), scale.at(bar.value));
        let class = format!("bar s{}", bar.colour % COLOURS);
        let corner = (base.min(end), middle - 5.0);
        svg.rectangle(&class, corner, ((end - base).abs(), 10.0), 0.8, &format!("{}: {words}", bar.label));
    }
    if let (Some(low), Some(high)) = (bar.low, bar.high) {
        let (low, high) = (scale.at(low), scale.at(high));
        svg.line("whisker", (low, middle), (high, middle));
        for x in [low, high] {
            svg.line("whisker", (x, middle - 4.0), (x, middle + 4.0));
        }
    }
}
