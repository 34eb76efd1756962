//! Line charts.

use super::scale::Scale;
use super::series::Series;
use super::svg::{Anchor, COLOURS, Svg};
use crate::words::number::short;

const WIDTH: f64 = 500.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;
/// Points of shorter curves are marked.
const MARKED: usize = 30;

/// Curves over a common x; `log_x` and `log_y` ask for logarithmic axes. Empty without points.
pub(super) fn lines(about: &str, x_label: &str, curves: &[Series], log_x: bool, log_y: bool) -> String {
    let points = || curves.iter().flat_map(|series| &series.points);
    let Some(x) = Scale::new(points().map(|point| point.0), log_x, LEFT, WIDTH - RIGHT) else {
        return String::new();
    };
    let Some(y) = Scale::new(points().map(|point| point.1), log_y, HEIGHT - BOTTOM, TOP) else {
        return String::new();
    };
    let mut svg = Svg::new(WIDTH, HEIGHT);
    axes(&mut svg, &x, &y, x_label);
    for (number, series) in curves.iter().enumerate() {
        let place = |point: &(f64, f64)| (x.at(point.0), y.at(point.1));
        let colour = number % COLOURS;
        svg.polyline(&format!("line l{colour}"), &series.points.iter().map(place).collect::<Vec<_>>());
        for point in series.points.iter().filter(|_| series.points.len() <= MARKED) {
            let hint = format!("{}: {} at {}", series.label, short(point.1, 4), short(point.0, 4));
            svg.dot(&format!("s{colour}"), place(point), &hint);
        }
    }
    svg.finish(about)
}

fn axes(svg: &mut Svg, x: &Scale, y: &Scale, x_label: &str) {
    let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    for (tick, label) in x.ticks() {
        let at = x.at(tick);
        svg.line("grid", (at, TOP), (at, bottom));
        svg.text("tick", Anchor::Middle, (at, bottom + 13.0), &label);
    }
    for (tick, label) in y.ticks() {
        let at = y.at(tick);
        svg.line("grid", (LEFT, at), (right, at));
        svg.text("tick", Anchor::End, (LEFT - 7.0, at), &label);
    }
    svg.line("axis", (LEFT, bottom), (right, bottom));
    svg.text("label", Anchor::Middle, ((LEFT + right) / 2.0, HEIGHT - 10.0), x_label);
}
