//! The image of one row.

use semola_data::pieces::Number;
use semola_lie::action::Image;

use super::{FittedRaster, RasterValues};
use crate::prepare::rows::Work;

/// Beyond this many standard deviations a blurred point is not drawn.
const REACH: f64 = 4.0;

/// Draws the points of a row.
pub(super) struct Draw<'a> {
    pub fitted: &'a FittedRaster,
    pub image: Image,
    pub dim: usize,
}

impl Work for Draw<'_> {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), _: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        let step = &self.fitted.step;
        let count = (from.len() / self.dim).max(1) as f64;
        let mass = if step.values == RasterValues::Density { 1.0 / count } else { 1.0 };
        let scale = self.image.pixels_per_unit() / self.fitted.extent;
        let centre = |n: usize| (n as f64 - 1.0) / 2.0;
        for point in from.chunks_exact(self.dim) {
            let coordinate = |a: usize| point.get(a).map_or(0.0, |x| x.wide());
            let column = centre(self.image.width) + coordinate(step.axes[0]) * scale;
            let row = centre(self.image.height) - coordinate(step.axes[1]) * scale;
            self.draw([row, column], mass, step.blur, out);
        }
        Ok(())
    }
}

impl Draw<'_> {
    /// Draws a Gaussian centred at the point whose sum over all pixels, including those beyond the edge, is `mass`.
    fn draw<T: Number>(&self, [row, column]: [f64; 2], mass: f64, blur: f64, out: &mut [T]) {
        let (first_row, down) = profile(row, self.image.height, blur);
        let (first_column, right) = profile(column, self.image.width, blur);
        for (r, down) in (first_row..).zip(down) {
            for (c, right) in (first_column..).zip(&right) {
                if let Some(pixel) = out.get_mut(r * self.image.width + c) {
                    *pixel += T::narrow(mass * down * right);
                }
            }
        }
    }
}

/// The first pixel of an axis that a point at that place reaches, and the weights of this one and those after it.
fn profile(at: f64, pixels: usize, blur: f64) -> (usize, Vec<f64>) {
    let last = pixels as f64 - 1.0;
    let reach = REACH * blur;
    // Where no pixel is in reach, and without blur, the nearest pixel gets all.
    let reached = ((at - reach).ceil(), (at + reach).floor());
    let drawn = blur > 0.0 && reached.0 <= reached.1;
    let (from, to) = if drawn { reached } else { (at.round(), at.round()) };
    if !(to >= 0.0 && from <= last) {
        return (0, Vec::new());
    }
    if !drawn {
        return (from as usize, vec![1.0]);
    }
    let weight = |pixel: f64| (-(pixel - at).powi(2) / (2.0 * blur * blur)).exp();
    let steps = (to - from) as usize;
    let total: f64 = (0..=steps).map(|i| weight(from + i as f64)).sum();
    let (first, end) = (from.max(0.0), to.min(last));
    let weights = (0..=(end - first) as usize).map(|i| weight(first + i as f64) / total.max(f64::MIN_POSITIVE));
    (first as usize, weights.collect())
}
