//! Line charts, with bands of confidence and marked values.

use super::scale::Scale;
use super::series::Series;
use super::svg::{Anchor, COLOURS, Svg};
use crate::words::number::short;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 42.0;
/// Points of shorter curves are marked.
const MARKED: usize = 30;

/// A chart of curves over a common x.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lines<'a> {
    /// The text alternative.
    pub about: &'a str,
    pub x_label: &'a str,
    pub y_label: &'a str,
    pub curves: &'a [Series],
    /// A band for each curve: x, lower and upper end; may be shorter than the curves.
    pub bands: &'a [Vec<(f64, f64, f64)>],
    /// Values of y with a dashed line and a word.
    pub levels: &'a [(f64, &'a str)],
    /// A value of x with a dashed line and a word.
    pub mark: Option<(f64, &'a str)>,
    pub log_x: bool,
    pub log_y: bool,
}

impl Lines<'_> {
    /// The drawing; empty without points.
    pub fn draw(&self) -> String {
        let points = || self.curves.iter().flat_map(|series| &series.points);
        let bands = || self.bands.iter().flatten();
        let xs = points().map(|point| point.0).chain(self.mark.map(|mark| mark.0));
        let Some(x) = Scale::new(xs, self.log_x, LEFT, WIDTH - RIGHT) else { return String::new() };
        let ys = points()
            .map(|point| point.1)
            .chain(bands().flat_map(|b| [b.1, b.2]))
            .chain(self.levels.iter().map(|l| l.0));
        let Some(y) = Scale::new(ys, self.log_y, HEIGHT - BOTTOM, TOP) else { return String::new() };
        let mut svg = Svg::new(WIDTH, HEIGHT);
        self.axes(&mut svg, &x, &y);
        for (number, band) in self.bands.iter().enumerate() {
            let upper: Vec<_> = band.iter().map(|b| (x.at(b.0), y.at(b.2))).collect();
            let lower: Vec<_> = band.iter().map(|b| (x.at(b.0), y.at(b.1))).collect();
            svg.band(&format!("s{}", number % COLOURS), &upper, &lower);
        }
        for (number, series) in self.curves.iter().enumerate() {
            let place = |point: &(f64, f64)| (x.at(point.0), y.at(point.1));
            let colour = number % COLOURS;
            svg.polyline(&format!("line l{colour}"), &series.points.iter().map(place).collect::<Vec<_>>());
            for point in series.points.iter().filter(|_| series.points.len() <= MARKED) {
                let hint = format!("{}: {} at {}", series.label, short(point.1, 4), short(point.0, 4));
                svg.dot(&format!("s{colour}"), place(point), &hint);
            }
        }
        svg.finish(self.about)
    }

    fn axes(&self, svg: &mut Svg, x: &Scale, y: &Scale) {
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
        for (level, word) in self.levels {
            let at = y.at(*level);
            svg.line("rule", (LEFT, at), (right, at));
            svg.text("tick", Anchor::End, (right - 2.0, at - 7.0), word);
        }
        if let Some((mark, word)) = self.mark {
            let at = x.at(mark);
            svg.line("rule", (at, TOP), (at, bottom));
            let (anchor, gap) = if at > (LEFT + right) / 2.0 { (Anchor::End, -4.0) } else { (Anchor::Start, 4.0) };
            svg.text("tick", anchor, (at + gap, bottom - 9.0), word);
        }
        svg.line("axis", (LEFT, bottom), (right, bottom));
        svg.text("label", Anchor::Middle, ((LEFT + right) / 2.0, HEIGHT - 10.0), self.x_label);
        svg.text("label", Anchor::Start, (0.0, 8.0), self.y_label);
    }
}
