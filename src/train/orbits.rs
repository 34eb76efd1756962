//! Examples moved along what was found, for the report: a curve of each vector, five views of sets of points and images.

use nalgebra::DMatrix;
use semola_data::table::OrbitRow;
use semola_lie::action::{Action, Image};

use crate::model::Task;
use semola_method::discover::audit::extent::natural_parameter;
use semola_method::discover::displacement::transform;
use semola_method::discover::support::relative_size;
use semola_method::fit::Problem;

/// Generators that are shown.
const GENERATORS: usize = 6;
/// The same of sets of points and images, whose pictures are large.
const LARGE: usize = 3;
/// Rows that measure the size of a generator.
const ROWS: usize = 1000;
/// Inputs of fewer values are shown as curves.
const SMALL: usize = 32;
const CURVE: usize = 25;
const VIEWS: usize = 5;
/// Examples of small inputs.
const EXAMPLES: usize = 3;
/// Points and pixels that are kept of an example, in one dimension for images.
const POINTS: usize = 120;
const PIXELS: usize = 24;
/// Boosts and scalings by more are no longer seen beside the example itself.
const FAR: f64 = 1.2;

/// What is moved.
pub struct Moved<'a> {
    pub task: &'a Task,
    pub problem: &'a Problem,
    /// The rows that examples are taken from.
    pub rows: &'a [usize],
    /// How far.
    pub extent: f64,
}

impl Moved<'_> {
    /// The rows of `orbits`.
    pub fn rows(&self, model: &str, generators: &[DMatrix<f64>]) -> Vec<OrbitRow> {
        let all: Vec<usize> = (0..self.problem.rows.min(ROWS)).collect();
        // In the coordinates of the generators.
        let layout = self.problem.x_layout.with_translations(self.task.affine);
        let small = self.problem.inputs() < SMALL;
        let (examples, count, most) = if small { (EXAMPLES, CURVE, GENERATORS) } else { (1, VIEWS, LARGE) };
        let mut out = Vec::new();
        for (generator, l) in generators.iter().enumerate().take(most) {
            let l = natural_parameter(&(l / relative_size(l, &layout, self.problem, &all).max(1e-12)));
            let is_turn = (&l + l.transpose()).norm() < 1e-6 * l.norm();
            let far = self.extent.min(if is_turn { std::f64::consts::PI } else { FAR });
            let sizes = (0..count).map(|at| far * (2.0 * at as f64 / (count - 1) as f64 - 1.0));
            for size in sizes {
                for (example, &row) in self.rows.iter().take(examples).enumerate() {
                    let mut values = self.problem.x_row(row).to_vec();
                    transform(&l, &[size], &layout, &mut values);
                    let at = |field: &str, component: usize, block: usize, value: f64| OrbitRow {
                        model: model.to_owned(),
                        generator: generator as u32,
                        example: example as u32,
                        size,
                        field: field.to_owned(),
                        component: component as u32,
                        block: block as u32,
                        value,
                    };
                    self.values(&values, |field, component, block, value| out.push(at(field, component, block, value)));
                }
            }
        }
        out
    }

    /// The values of the inputs that move: field, component, values of a block, value.
    fn values(&self, row: &[f32], mut put: impl FnMut(&str, usize, usize, f64)) {
        let layout = &self.problem.x_layout;
        for (field, segment) in self.task.inputs.iter().zip(&layout.segments) {
            let held = &row[segment.start..segment.start + layout.held(segment, row)];
            match segment.action {
                Action::Scalar | Action::Pseudoscalar => {}
                Action::Pixels(image) => {
                    let (width, pixels) = thumbnail(&image, held);
                    pixels.into_iter().enumerate().for_each(|(at, value)| put(field, at, width, value));
                }
                Action::Vector { dim }
                | Action::Points { dim }
                | Action::Covector { dim }
                | Action::Pseudovector { dim }
                | Action::Tensor { dim } => {
                    let shown = held.iter().take(POINTS * dim.max(1)).enumerate();
                    shown.for_each(|(at, value)| put(field, at, dim, f64::from(*value)));
                }
            }
        }
    }
}

/// The mean over channels of every n-th pixel, with the width.
fn thumbnail(image: &Image, pixels: &[f32]) -> (usize, Vec<f64>) {
    let stride = image.height.max(image.width).div_ceil(PIXELS).max(1);
    let channels = image.channels.max(1);
    let grey = |row: usize, column: usize| {
        let at = (row * image.width + column) * channels;
        pixels.get(at..at + channels).map_or(0.0, |p| p.iter().map(|&v| f64::from(v)).sum::<f64>() / channels as f64)
    };
    let columns = (0..image.width).step_by(stride);
    let values = (0..image.height).step_by(stride).flat_map(|row| columns.clone().map(move |column| grey(row, column)));
    (columns.clone().count(), values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_image_is_thinned_and_its_channels_are_averaged() {
        let image = Image { height: 56, width: 84, channels: 2, edge: false };
        let pixels: Vec<f32> =
            (0..image.len()).map(|at| (at / 2) as f32 + if at % 2 == 0 { 0.5 } else { -0.5 }).collect();
        let (width, small) = thumbnail(&image, &pixels);
        assert_eq!((width, small.len()), (21, 21 * 14));
        assert_eq!((small[0], small[1], small[21]), (0.0, 4.0, 336.0));
    }
}
