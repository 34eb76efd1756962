//! A minimal writer of SVG. Colours are classes: the page's style sheet knows light and dark.

use std::fmt::Write;

/// Number of colours for series: classes `s0`, `s1`, ….
pub(crate) const COLOURS: usize = 8;

/// A drawing that is being written.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text is anchored at its position.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.push(format_args!(
            "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    /// A rectangle from its upper left corner, with a text that shows on hovering.
    pub fn rectangle(&mut self, class: &str, corner: (f64, f64), size: (f64, f64), opacity: f64, hint: &str) {
        let title = if hint.is_empty() { String::new() } else { format!("<title>{}</title>", escape(hint)) };
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill-opacity=\"{opacity:.2}\">{title}</rect>",
            corner.0, corner.1, size.0.max(0.0), size.1.max(0.0)
        ));
    }

    pub fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.push(format_args!("<polyline class=\"{class}\" points=\"{}\"/>", points.join(" ")));
    }

    /// A path with a head at its end; the head grows with the path, and a path without length has none.
    pub fn arrow(&mut self, line: &str, head: &str, points: &[(f64, f64)]) {
        let length: f64 = points.windows(2).map(|w| (w[1].0 - w[0].0).hypot(w[1].1 - w[0].1)).sum();
        let [.., before, end] = points else { return };
        self.polyline(&format!("line {line}"), points);
        let size = (0.3 * length).min(5.0);
        let (dx, dy) = (end.0 - before.0, end.1 - before.1);
        let norm = dx.hypot(dy);
        if size < 1.0 || norm == 0.0 {
            return;
        }
        let (dx, dy) = (size * dx / norm, size * dy / norm);
        self.push(format_args!(
            "<path class=\"{head}\" d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z\"/>",
            end.0 + dx,
            end.1 + dy,
            end.0 - 0.7 * dy,
            end.1 + 0.7 * dx,
            end.0 + 0.7 * dy,
            end.1 - 0.7 * dx
        ));
    }

    /// Many points as one path of dots.
    pub fn cloud(&mut self, class: &str, points: &[(f64, f64)]) {
        let dots: String = points.iter().map(|(x, y)| format!("M{x:.1} {y:.1}h0")).collect();
        self.push(format_args!("<path class=\"cloud {class}\" d=\"{dots}\"/>"));
    }

    /// A filled path.
    pub fn area(&mut self, class: &str, path: &str, opacity: f64) {
        self.push(format_args!("<path class=\"{class}\" d=\"{path}\" fill-opacity=\"{opacity:.2}\"/>"));
    }

    /// A band between two curves over common x.
    pub fn band(&mut self, class: &str, upper: &[(f64, f64)], lower: &[(f64, f64)]) {
        let points: Vec<String> =
            upper.iter().chain(lower.iter().rev()).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.push(format_args!("<polygon class=\"band {class}\" points=\"{}\"/>", points.join(" ")));
    }

    /// The outline of a rectangle.
    pub fn frame(&mut self, corner: (f64, f64), size: (f64, f64)) {
        self.push(format_args!(
            "<rect class=\"frame\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            corner.0, corner.1, size.0, size.1
        ));
    }

    pub fn dot(&mut self, class: &str, at: (f64, f64), hint: &str) {
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"><title>{}</title></circle>",
            at.0,
            at.1,
            escape(hint)
        ));
    }

    /// A text on its middle line.
    pub fn text(&mut self, class: &str, anchor: Anchor, at: (f64, f64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(format_args!(
            "<text class=\"{class}\" text-anchor=\"{anchor}\" dominant-baseline=\"central\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            at.0, at.1, escape(text)
        ));
    }

    /// Rules for the classes, where no page has them; before anything is drawn.
    pub fn style(&mut self, rules: &str) {
        self.push(format_args!("<style>{rules}</style><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"));
    }

    /// The finished drawing as a file of its own.
    pub fn finish_alone(self, about: &str) -> String {
        let svg = self.finish(about);
        format!("{}\n", svg.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1))
    }

    /// The finished drawing; `about` is its text alternative.
    pub fn finish(self, about: &str) -> String {
        format!(
            "<svg viewBox=\"0 0 {0:.0} {1:.0}\" width=\"{0:.0}\" height=\"{1:.0}\" role=\"img\" aria-label=\"{2}\">{3}</svg>",
            self.width,
            self.height,
            escape(about),
            self.body
        )
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(element);
    }
}

/// Text that is safe between tags and inside double quotes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text("label", Anchor::Start, (0.0, 0.0), "<script>&\"'");
        let drawing = svg.finish("a \"b\"");
        assert!(drawing.contains("&lt;script&gt;&amp;&quot;&#39;") && !drawing.contains("<script"));
        assert!(drawing.contains("aria-label=\"a &quot;b&quot;\""));
    }
}
