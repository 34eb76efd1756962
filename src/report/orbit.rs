//! Examples of the data, moved along a generator: curves of vectors, strips of images and sets of points.

use std::fmt::Write;

use semola_data::table::OrbitRow;

use super::charts::grouped;
use super::svg::{Anchor, COLOURS, Svg};
use crate::words::number::short;

const SIDE: f64 = 230.0;
const PANEL: f64 = 68.0;
const GAP: f64 = 6.0;
/// Levels of grey.
const LEVELS: usize = 8;
/// More sizes than this are a curve.
const STRIP: usize = 5;

/// One example at one size: its values, block by block.
struct View {
    size: f64,
    block: usize,
    values: Vec<f64>,
}

/// A field of the examples.
pub(super) struct Shown {
    pub field: String,
    pub drawing: String,
}

/// The moved examples of one generator, field by field. `plane` are the coordinates to look at, `is_image` says which fields are
/// images, `size` writes a size of the coefficient.
pub(super) fn orbits(
    rows: &[&OrbitRow],
    plane: (usize, usize),
    is_image: &dyn Fn(&str) -> bool,
    size: &dyn Fn(f64) -> String,
) -> Vec<Shown> {
    let field = |(field, rows): (String, Vec<&&OrbitRow>)| {
        let examples: Vec<Vec<View>> =
            grouped(&rows, |row| row.example).into_iter().map(|(_, rows)| views(&rows)).collect();
        let strip = examples.first().is_some_and(|views| views.len() <= STRIP);
        let drawing = match (is_image(&field), strip) {
            (true, _) => examples.first().map(|views| images(views, size)),
            (false, true) => examples.first().map(|views| sets(views, plane, size)),
            (false, false) => Some(curves(&examples, plane)),
        };
        Shown { field, drawing: drawing.unwrap_or_default() }
    };
    grouped(rows, |row| row.field.clone()).into_iter().map(field).filter(|shown| !shown.drawing.is_empty()).collect()
}

fn views(rows: &[&&&OrbitRow]) -> Vec<View> {
    let view = |(_, rows): (u64, Vec<&&&&OrbitRow>)| {
        let mut rows = rows;
        rows.sort_by_key(|row| row.component);
        View {
            size: rows.first().map_or(0.0, |row| row.size),
            block: rows.first().map_or(1, |row| row.block.max(1) as usize),
            values: rows.iter().map(|row| row.value).collect(),
        }
    };
    let mut views: Vec<View> = grouped(rows, |row| row.size.to_bits()).into_iter().map(view).collect();
    views.sort_by(|a, b| a.size.total_cmp(&b.size));
    views
}

/// The values' largest size; 1 where there is none.
fn largest<'a>(views: impl Iterator<Item = &'a View>) -> f64 {
    let largest = views.flat_map(|view| &view.values).map(|v| v.abs()).filter(|v| v.is_finite()).fold(0.0, f64::max);
    if largest > 0.0 { largest } else { 1.0 }
}

/// Two coordinates of each block.
fn points(view: &View, (i, j): (usize, usize)) -> impl Iterator<Item = (f64, f64)> {
    view.values.chunks_exact(view.block).filter_map(move |block| Some((*block.get(i)?, *block.get(j)?)))
}

/// The paths of vectors: a colour for each example, a dot where it is in the data.
fn curves(examples: &[Vec<View>], plane: (usize, usize)) -> String {
    let mut svg = Svg::new(SIDE, SIDE);
    let scale = largest(examples.iter().flatten());
    let at = |(x, y): (f64, f64)| {
        let half = SIDE / 2.0 - 10.0;
        (SIDE / 2.0 + half * x / scale, SIDE / 2.0 - half * y / scale)
    };
    svg.line("grid", at((-scale, 0.0)), at((scale, 0.0)));
    svg.line("grid", at((0.0, -scale)), at((0.0, scale)));
    for (number, views) in examples.iter().enumerate() {
        let colour = number % COLOURS;
        let paths: Vec<Vec<(f64, f64)>> = views.iter().map(|view| points(view, plane).map(at).collect()).collect();
        let blocks = paths.iter().map(Vec::len).min().unwrap_or_default();
        for block in 0..blocks {
            let path: Vec<(f64, f64)> = paths.iter().map(|path| path[block]).collect();
            svg.polyline(&format!("line l{colour}"), &path);
            if let Some(start) = path.get(path.len() / 2) {
                svg.dot(&format!("s{colour}"), *start, &format!("example {}", number + 1));
            }
        }
    }
    svg.finish("vectors of some examples, moved along the generator")
}

/// Panels beside each other, one for each size.
fn strip(
    views: &[View],
    size: &dyn Fn(f64) -> String,
    about: &str,
    mut draw: impl FnMut(&mut Svg, f64, &View),
) -> String {
    let mut svg = Svg::new(views.len() as f64 * (PANEL + GAP) - GAP, PANEL + 20.0);
    for (number, view) in views.iter().enumerate() {
        let left = number as f64 * (PANEL + GAP);
        svg.frame((left, 0.0), (PANEL, PANEL));
        draw(&mut svg, left, view);
        svg.text("tick", Anchor::Middle, (left + PANEL / 2.0, PANEL + 11.0), &size(view.size));
    }
    svg.finish(about)
}

fn sets(views: &[View], plane: (usize, usize), size: &dyn Fn(f64) -> String) -> String {
    let scale = largest(views.iter());
    strip(views, size, "the points of an example, moved along the generator", |svg, left, view| {
        let at = |(x, y): (f64, f64)| {
            let half = PANEL / 2.0 - 5.0;
            (left + PANEL / 2.0 + half * x / scale, PANEL / 2.0 - half * y / scale)
        };
        let all: Vec<(f64, f64)> = points(view, plane).map(at).collect();
        svg.cloud("l0", &all);
        // One point stands out, so that the motion can be followed.
        all.first().iter().for_each(|first| svg.dot("s1", **first, "the first point"));
    })
}

fn images(views: &[View], size: &dyn Fn(f64) -> String) -> String {
    let all = || views.iter().flat_map(|view| &view.values).copied();
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let spread = if high > low { high - low } else { 1.0 };
    strip(views, size, "an image of the data, moved along the generator", |svg, left, view| {
        let rows = view.values.len() / view.block;
        let pixel = PANEL / view.block.max(rows).max(1) as f64;
        let mut paths = vec![String::new(); LEVELS + 1];
        let level = |value: &f64| (LEVELS as f64 * (value - low) / spread).round().clamp(0.0, LEVELS as f64) as usize;
        for (row, values) in view.values.chunks(view.block).enumerate() {
            let levels: Vec<usize> = values.iter().map(level).collect();
            let mut column = 0;
            // Neighbours of one level are one rectangle.
            for run in levels.chunk_by(|a, b| a == b) {
                let (x, y, width) =
                    (left + pixel * column as f64, pixel * row as f64, short(pixel * run.len() as f64, 4));
                // Writing to a string cannot fail.
                let _ = write!(paths[run[0]], "M{x:.1} {y:.1}h{width}v{0}h-{width}z", short(pixel, 3));
                column += run.len();
            }
        }
        for (level, path) in paths.iter().enumerate().filter(|(level, path)| *level > 0 && !path.is_empty()) {
            svg.area("ink", path, level as f64 / LEVELS as f64);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(sizes: usize, values: usize, block: u32) -> Vec<OrbitRow> {
        let row = move |size: usize, component: usize| OrbitRow {
            field: "x".into(),
            size: size as f64,
            component: component as u32,
            block,
            value: (size + component) as f64,
            ..OrbitRow::default()
        };
        (0..sizes).flat_map(move |size| (0..values).map(move |component| row(size, component))).collect()
    }

    #[test]
    fn vectors_are_curves_sets_and_images_are_strips() {
        let drawn = |rows: &[OrbitRow], image: bool| {
            let rows: Vec<&OrbitRow> = rows.iter().collect();
            orbits(&rows, (0, 1), &|_| image, &|size| short(size, 2)).remove(0).drawing
        };
        let curve = drawn(&rows(25, 4, 2), false);
        assert_eq!((curve.matches("<polyline").count(), curve.matches("<circle").count()), (2, 2));
        let sets = drawn(&rows(5, 30, 3), false);
        assert_eq!((sets.matches("<path").count(), sets.matches("<rect").count()), (5, 5));
        let image = drawn(&rows(5, 16, 4), true);
        // Neighbours of one darkness are one bar; pixels near zero have no ink.
        let widths = image.split('h').filter_map(|part| part.split_once("v17")?.0.parse::<u32>().ok());
        assert!(image.matches("<path").count() > 10 && (70..=80).contains(&(widths.sum::<u32>() / 17)), "{image}");
        assert!(orbits(&[], (0, 1), &|_| false, &|_| String::new()).is_empty());
    }
}
