//! Images whose target does not change when they are sheared.

use std::sync::Arc;

use arrow::array::{FixedSizeListArray, Float32Array};
use arrow::datatypes::Field;
use arrow::error::ArrowError;
use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::between;
use super::table::{Column, Table, numbers};
use super::task::Split;
use super::truth::{TargetAction, Truth, TruthSpace, matrix};
use crate::lie::random::normal;

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "shear-images",
    summary: "16x16 pixels of a blob to a scalar; shears along x",
    dial: None,
    make: Make::Table(|| Box::new(ShearImages)),
};

/// 16×16 noisy pixels with one Gaussian blob about the centre → a number made of its height and of its area. Both stay as
/// they are when the rows of pixels slide over each other, x ↦ x + t y.
pub(super) struct ShearImages;

const SIDE: usize = 16;
/// Standard deviation of the noise of a pixel, the blob's brightness being 1. Without it a network knows the target better than
/// a bilinear warp keeps a blob of one pixel.
const NOISE: f64 = 0.05;

/// Half the axes of the blob before it is sheared, and the shear; lengths in half sides of the image.
struct Blob {
    wide: f64,
    high: f64,
    shear: f64,
}

impl Blob {
    fn draw(split: Split, rng: &mut ChaCha8Rng) -> Self {
        let lean = if split == Split::Shifted { between(rng, 0.7, 1.1) } else { between(rng, -0.5, 0.5) };
        let shear = if split == Split::Shifted && between(rng, -1.0, 1.0) < 0.0 { -lean } else { lean };
        Self { wide: between(rng, 0.12, 0.3), high: between(rng, 0.12, 0.3), shear }
    }

    /// Brightness at the middle of a pixel; x to the right, y up.
    fn pixel(&self, row: usize, column: usize) -> f32 {
        let middle = |i: usize| (i as f64 + 0.5) / (SIDE as f64 / 2.0) - 1.0;
        let (x, y) = (middle(column), -middle(row));
        let x = x - self.shear * y;
        (-0.5 * ((x / self.wide).powi(2) + (y / self.high).powi(2))).exp() as f32
    }

    fn target(&self) -> f64 {
        (20.0 * self.high).sin() + 10.0 * self.wide * self.high
    }
}

impl Table for ShearImages {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(2), TargetAction::Scalar, "shear", &[matrix(2, &[(0, 1, 1.0)])])
    }

    fn rows(&self) -> usize {
        3000
    }

    fn has_shift(&self) -> bool {
        true
    }

    fn columns(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Column>, ArrowError> {
        let blobs: Vec<Blob> = (0..count).map(|_| Blob::draw(split, rng)).collect();
        let pixels = blobs.iter().flat_map(|b| (0..SIDE * SIDE).map(move |i| b.pixel(i / SIDE, i % SIDE)));
        let values: Float32Array = pixels.map(|p| p + (NOISE * normal(rng)) as f32).collect::<Vec<_>>().into();
        let element = Arc::new(Field::new("element", arrow::datatypes::DataType::Float32, false));
        let images = FixedSizeListArray::try_new(element, (SIDE * SIDE) as i32, Arc::new(values), None)?;
        let field = Field::new("image", arrow::array::Array::data_type(&images).clone(), false);
        let shape = format!("[{SIDE}, {SIDE}]");
        let field = field.with_metadata(std::collections::HashMap::from([("shape".to_owned(), shape)]));
        Ok(vec![(field, Arc::new(images)), numbers("target", "", blobs.iter().map(Blob::target))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::stream::stream;

    /// The target belongs to what the image shows: second moments give height and area back, whatever the shear.
    #[test]
    fn targets_follow_from_the_images() {
        let mut rng = stream(1, "test", Split::Test);
        for _ in 0..50 {
            let blob = Blob { wide: between(&mut rng, 0.15, 0.25), ..Blob::draw(Split::Train, &mut rng) };
            let (mut sum, mut yy, mut xy, mut xx) = (0.0, 0.0, 0.0, 0.0);
            for i in 0..SIDE * SIDE {
                let middle = |i: usize| (i as f64 + 0.5) / (SIDE as f64 / 2.0) - 1.0;
                let (x, y, v) = (middle(i % SIDE), -middle(i / SIDE), f64::from(blob.pixel(i / SIDE, i % SIDE)));
                sum += v;
                yy += v * y * y;
                xy += v * x * y;
                xx += v * x * x;
            }
            let (yy, xy, xx) = (yy / sum, xy / sum, xx / sum);
            let (high, area) = (yy.sqrt(), (xx * yy - xy * xy).sqrt());
            assert!((high / blob.high - 1.0).abs() < 0.05, "{high} {}", blob.high);
            assert!((area / (blob.wide * blob.high) - 1.0).abs() < 0.06, "{area}");
        }
    }
}
