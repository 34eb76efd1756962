//! Horizontal bars with confidence intervals.

use semola_document::cut;

use super::scale::Scale;
use super::svg::{Anchor, COLOURS, Svg};
use super::words::interval;

const WIDTH: f64 = 820.0;
const LABELS: f64 = 150.0;
const VALUES: f64 = 240.0;
const ROW: f64 = 22.0;
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

/// Bars in groups, each group under its title. `log` asks for a logarithmic axis.
pub(super) fn bars(about: &str, groups: &[(String, Vec<Bar>)], log: bool) -> String {
    let count: usize = groups.iter().map(|(_, bars)| bars.len()).sum();
    let height = HEAD * groups.len() as f64 + ROW * count as f64 + FOOT;
    let values = groups.iter().flat_map(|(_, bars)| bars).flat_map(|bar| [Some(bar.value), bar.low, bar.high]);
    let Some(scale) = Scale::new(values.flatten(), log, LABELS, WIDTH - VALUES) else {
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
    let middle = y + ROW / 2.0;
    let words = interval(Some(bar.value), bar.low, bar.high);
    svg.text("label", Anchor::End, (LABELS - 10.0, middle), &cut(&bar.label, 20));
    svg.text("value", Anchor::Start, (WIDTH - VALUES + 12.0, middle), &words);
    if bar.value.is_finite() {
        // Bars of a linear axis that reaches below zero start at zero.
        let (base, end) = (scale.at(0.0), scale.at(bar.value));
        let class = format!("bar s{}", bar.colour % COLOURS);
        let corner = (base.min(end), y + 4.0);
        svg.rectangle(&class, corner, ((end - base).abs(), ROW - 8.0), 0.8, &format!("{}: {words}", bar.label));
    }
    if let (Some(low), Some(high)) = (bar.low, bar.high) {
        let (low, high) = (scale.at(low), scale.at(high));
        svg.line("whisker", (low, middle), (high, middle));
        for x in [low, high] {
            svg.line("whisker", (x, middle - 4.0), (x, middle + 4.0));
        }
    }
}
