//! `rasterise`: an image of the points of each row.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::error::PrepareError;
use super::per_point::points;
use super::rows::{Work, compute};
use super::working::{Working, field_of, wrong_field};
use crate::data::pieces::Number;
use crate::data::{Dataset, Field, Values};
use crate::lie::action::{Action, Image};
use crate::spec::types::{Extent, RasterValues, Rasterise};

const STEP: &str = "rasterise";

/// Beyond so many standard deviations a blurred point is not drawn.
const REACH: f64 = 4.0;

/// A fitted `rasterise` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedRaster {
    pub step: Rasterise,
    /// Distance from the origin to the middle of the edge across the image's longer side.
    pub extent: f64,
}

/// Finds the extent.
///
/// # Errors
/// Where the field is missing, or every point is at the origin.
pub fn fit(step: &Rasterise, working: &Working) -> Result<FittedRaster, PrepareError> {
    working.check_fields(STEP, std::iter::once(step.of.as_str()))?;
    if let Extent::Given(extent) = step.extent {
        return Ok(FittedRaster { step: step.clone(), extent });
    }
    let (fit, data) = working.fit_on(STEP, step.fit.as_deref())?;
    let field = field_of(STEP, fit, data, &step.of)?;
    let dim = points(field).map_err(|reason| wrong_field(STEP, fit, &step.of, reason))?.1;
    let extent = largest(field, dim, step.axes);
    if !(extent.is_finite() && extent > 0.0) {
        let reason = format!("the largest coordinate is {extent}; give an `extent`");
        return Err(wrong_field(STEP, fit, &step.of, reason));
    }
    Ok(FittedRaster { step: step.clone(), extent })
}

/// The largest absolute value of two coordinates.
fn largest(field: &Field, dim: usize, axes: [usize; 2]) -> f64 {
    fn of<T: Number>(values: &[T], dim: usize, axes: [usize; 2]) -> f64 {
        let point = |p: &[T]| axes.iter().filter_map(|&a| p.get(a)).map(|x| x.wide().abs()).fold(0.0, f64::max);
        values.par_chunks(dim * 4096).map(|c| c.chunks(dim).map(point).fold(0.0, f64::max)).reduce(|| 0.0, f64::max)
    }
    match &field.values {
        Values::F32(values) => of(values, dim, axes),
        Values::F64(values) => of(values, dim, axes),
    }
}

impl FittedRaster {
    /// Adds the image to a data set.
    ///
    /// # Errors
    /// Where the points are missing or the name is taken.
    pub fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let (of, name) = (self.step.of.as_str(), self.step.name.as_str());
        if data.fields.contains_key(name) {
            return Err(call.wrong(name, "there is a field of that name already"));
        }
        let field = call.field(data, of)?;
        let dim = points(field).map_err(|reason| call.wrong(of, reason))?.1;
        let image = image(&self.step);
        let draw = Draw { fitted: self, image, dim };
        let values = compute(call, of, field, data.rows, |i| i * image.len(), &draw)?;
        let shape = self.step.size.to_vec();
        let new = Field { action: Action::Pixels(image), values, shape, offsets: None, unit: None, classes: None };
        data.fields.insert(name.to_owned(), new);
        Ok(())
    }
}

/// The image that the step makes.
pub fn image(step: &Rasterise) -> Image {
    let [height, width] = step.size;
    Image { height, width, channels: 1, edge: false }
}

struct Draw<'a> {
    fitted: &'a FittedRaster,
    image: Image,
    dim: usize,
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
    /// A Gaussian about the point whose sum over all pixels, also those beyond the edge, is `mass`.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(points: &[f64], size: [usize; 2], extent: f64, blur: f64, values: RasterValues) -> Vec<f64> {
        let text = format!(r#"{{"of": "p", "as": "i", "size": [{}, {}], "blur": {blur}}}"#, size[0], size[1]);
        let step = Rasterise { values, ..serde_json::from_str(&text).unwrap() };
        let image = image(&step);
        let fitted = FittedRaster { step, extent };
        let mut out = vec![0.0; image.len()];
        Draw { fitted: &fitted, image, dim: 2 }.row(&mut (), 0, points, &mut out).unwrap();
        out
    }

    #[test]
    fn points_count_in_their_pixels_right_is_x_and_up_is_y() {
        let points = [0.9, 0.9, 0.0, 0.0, 0.1, 0.0, -0.9, 0.9, 5.0, 0.0];
        let image = draw(&points, [3, 3], 1.0, 0.0, RasterValues::Count);
        assert_eq!(image, [1.0, 0.0, 1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
        let image = draw(&points, [3, 3], 1.0, 0.0, RasterValues::Density);
        assert!((image.iter().sum::<f64>() - 0.8).abs() < 1e-12, "one of five points is outside");
    }

    #[test]
    fn a_quarter_turn_of_the_points_turns_the_image() {
        let points = [0.31, 0.12, -0.4, 0.66, 0.05, -0.71];
        let turned: Vec<f64> = points.chunks(2).flat_map(|p| [-p[1], p[0]]).collect();
        for (side, blur) in [(9, 1.2), (8, 0.7)] {
            let (a, b) = (
                draw(&points, [side, side], 1.0, blur, RasterValues::Count),
                draw(&turned, [side, side], 1.0, blur, RasterValues::Count),
            );
            for r in 0..side {
                for c in 0..side {
                    // Counter-clockwise: what was on the right is at the top.
                    assert!((b[r * side + c] - a[c * side + side - 1 - r]).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn a_blurred_point_keeps_its_mass_wherever_it_lies_between_pixels() {
        for x in [0.0, 0.013, 0.02, 0.049] {
            let image = draw(&[x, -x], [41, 41], 1.0, 1.5, RasterValues::Count);
            assert!((image.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
