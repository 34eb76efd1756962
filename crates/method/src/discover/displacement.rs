//! Displacements of data under generators, and group elements for batches.

use nalgebra::DMatrix;

use crate::fit::problem::act_rows;
use crate::motion::Elements;
use semola_engine::{Layout, Segment};
use semola_lie::acting::{differential, row_major};
use semola_lie::action::{Action, Image};

/// d/dt of a row under exp(tL) at t = 0, in double precision. `l` is side×side. Fields that do not fit the generator do not
/// move (the planner refuses them).
///
/// What moves in an image is its content: after the row's own values come two numbers per pixel, the pixel's velocity
/// times how much it stands out ([`salience`]). So a unit of displacement means the same as for points of a plane: a
/// rotation by a radian.
pub fn displacement(l: &DMatrix<f64>, layout: &Layout, row: &[f32]) -> Vec<f64> {
    let mut out = vec![0.0; row.len()];
    for s in layout.segments.iter().filter(|s| s.action != Action::Scalar) {
        let at = s.start..s.start + layout.held(s, row);
        if let Action::Pixels(image) = s.action {
            let affine = l.nrows() > 2;
            for (p, weight) in salience(&image, &row[at]).into_iter().enumerate() {
                let [x, y] = image.coordinates(p / image.width, p % image.width);
                let shift = |i: usize| if affine { l[(i, 2)] * f64::from(s.translation_scale) } else { 0.0 };
                out.extend([0, 1].map(|i| weight * (l[(i, 0)] * x + l[(i, 1)] * y + shift(i))));
            }
            continue;
        }
        let values: Vec<f64> = row[at.clone()].iter().map(|&v| f64::from(v)).collect();
        if let Ok(moved) = differential(l, s.action, f64::from(s.translation_scale), &values) {
            out[at].copy_from_slice(&moved);
        }
    }
    out
}

/// How much each pixel of an image stands out: the norm, over channels, of its difference from the mean of the edge.
pub fn salience(image: &Image, pixels: &[f32]) -> Vec<f64> {
    let (h, w, channels) = (image.height, image.width, image.channels);
    let at_edge = |p: &usize| [0, h - 1].contains(&(p / w)) || [0, w - 1].contains(&(p % w));
    let edge: Vec<usize> = (0..h * w).filter(at_edge).collect();
    let mean: Vec<f64> = (0..channels)
        .map(|c| edge.iter().map(|p| f64::from(pixels[p * channels + c])).sum::<f64>() / edge.len().max(1) as f64)
        .collect();
    let apart = |pixel: &[f32]| pixel.iter().zip(&mean).map(|(v, m)| (f64::from(*v) - m).powi(2)).sum::<f64>().sqrt();
    pixels.chunks_exact(channels.max(1)).map(apart).collect()
}

/// Squared size of what a group acts on in a row, in the units of [`displacement`].
pub fn acted_size(layout: &Layout, row: &[f32]) -> f64 {
    let of = |s: &Segment| -> f64 {
        let values = &row[s.start..s.start + layout.held(s, row)];
        match s.action {
            Action::Scalar => 0.0,
            Action::Pixels(image) => {
                let size = |(p, weight): (usize, f64)| {
                    let [x, y] = image.coordinates(p / image.width, p % image.width);
                    weight * weight * (x * x + y * y)
                };
                salience(&image, values).into_iter().enumerate().map(size).sum()
            }
            _ => values.iter().map(|&v| f64::from(v).powi(2)).sum(),
        }
    };
    layout.segments.iter().map(of).sum()
}

/// exp(t_i L) for each t, with inverses.
pub fn one_parameter(l: &DMatrix<f64>, times: &[f64]) -> Elements {
    let mut next = times.iter();
    Elements::exponentials(l.nrows(), times.len(), |a| {
        let t = next.next().copied().unwrap_or(0.0);
        a.iter_mut().zip(row_major(l)).for_each(|(a, l)| *a = (t * l) as f32);
    })
}

/// Transforms all rows by exp(t_i L).
pub fn transform(l: &DMatrix<f64>, times: &[f64], layout: &Layout, rows: &mut [f32]) {
    let elements = one_parameter(l, times);
    act_rows(&elements.g, &elements.inverse, layout, rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use semola_engine::{Form, Layout};
    use semola_lie::action::Action;

    /// One field of every action for k = 2, in homogeneous coordinates.
    fn every_action() -> Layout {
        let form = |action, axes: &[usize]| Form { action, axes: axes.to_vec(), ragged: false, translation_scale: 0.5 };
        let forms = [
            form(Action::Scalar, &[2]),
            form(Action::Vector { dim: 2 }, &[4]),
            form(Action::Points { dim: 2 }, &[3, 2]),
            form(Action::Covector { dim: 2 }, &[2]),
            form(Action::Tensor { dim: 2 }, &[2, 2]),
            form(Action::Pseudoscalar, &[2]),
            form(Action::Pseudovector { dim: 2 }, &[2]),
        ];
        Layout::arrange((3, 2), &forms, None)
    }

    #[test]
    fn displacements_are_the_derivatives_of_the_action() {
        let layout = every_action();
        let l = DMatrix::from_row_slice(3, 3, &[0.3, -0.7, 0.5, 0.2, 0.4, -0.6, 0.0, 0.0, 0.0]);
        let row: Vec<f32> = (0..layout.width).map(|i| ((i * 7 % 29) as f32 - 14.0) / 14.0).collect();
        let (mut up, mut down) = (row.clone(), row.clone());
        transform(&l, &[1e-2], &layout, &mut up);
        transform(&l, &[-1e-2], &layout, &mut down);
        for ((d, u), v) in displacement(&l, &layout, &row).iter().zip(&up).zip(&down) {
            assert!((d - f64::from(u - v) / 2e-2).abs() < 2e-4, "{d} {}", f64::from(u - v) / 2e-2);
        }
    }
}
