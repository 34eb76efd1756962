//! `crop`: a part of each image.

use schemars::JsonSchema;
use semola_data::Dataset;
use semola_data::pieces::Number;
use semola_document::OneOrMany;
use semola_lie::action::Image;
use semola_lie::random::uniform;
use serde::{Deserialize, Serialize};

use crate::prepare::image::{change_size, check_size, replace_all};
use crate::prepare::rows::Work;
use crate::prepare::settings::listed;
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};

/// Cut images to a smaller size, the same part out of every listed field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// The images to cut.
    pub fields: OneOrMany<String>,
    /// Height and width afterwards.
    pub to: [usize; 2],
    /// Where the images are cut.
    #[serde(default)]
    pub at: CropAt,
}

/// Where an image is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CropAt {
    /// In the middle.
    #[default]
    Center,
    /// At a random place, one for each row.
    Random,
}

impl Crop {
    /// Height and width of the crop of images of that size.
    ///
    /// # Errors
    /// If they are smaller.
    fn size(&self, image: Image) -> Result<[usize; 2], String> {
        let [h, w] = self.to;
        if h <= image.height && w <= image.width {
            return Ok(self.to);
        }
        Err(format!("its images are {}×{}, smaller than {h}×{w}; use `pad` or `resize`", image.height, image.width))
    }
}

impl PrepareStep for Crop {
    type Fitted = Self;

    fn check(&self, at: &mut Checking) {
        if check_size(at, self.to, "to") {
            change_size(at, &self.fields, |image| self.size(image));
        }
    }

    fn label(&self) -> String {
        format!("crop {} to {}×{}", listed(&self.fields), self.to[0], self.to[1])
    }

    fn memory(&self, _: &Shapes, after: &Shapes) -> Option<usize> {
        after.largest(self.fields.as_slice())
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<Self, PrepareError> {
        fitting.has(self.fields.as_slice())?;
        Ok(self.clone())
    }
}

impl FittedStep for Crop {
    const REACH: Reach = Reach::All;

    /// Crops the images of a row at the same place in all fields if they have the same size. Earlier changes of their
    /// channels can still be undone.
    ///
    /// An error if a field holds no images, they are too small, or their pixels were changed one by one.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let work = |from, to| Cut { from, to, at: self.at, call };
        replace_all(call, data, &self.fields, |image| self.size(image), work)
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: names(self.fields.as_slice()), ..Touches::default() }
    }
}

struct Cut<'a> {
    from: Image,
    to: Image,
    at: CropAt,
    call: &'a Call<'a>,
}

impl Work for Cut<'_> {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), i: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        let room = [self.from.height - self.to.height, self.from.width - self.to.width];
        let [top, left] = match self.at {
            CropAt::Center => room.map(|n| n / 2),
            CropAt::Random => {
                let mut rng = self.call.rng("", i as u64);
                room.map(|n| ((uniform(&mut rng) * (n + 1) as f64) as usize).min(n))
            }
        };
        let (line, long) = (self.to.width * self.to.channels, self.from.width * self.from.channels);
        let lines = out.chunks_exact_mut(line.max(1)).zip(from.chunks_exact(long.max(1)).skip(top));
        for (out, from) in lines {
            out.iter_mut().zip(from.iter().skip(left * self.from.channels)).for_each(|(o, x)| *o = *x);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::prepare::fixtures::{refused, shapes_after};

    #[test]
    fn its_shapes_are_known_before_reading() {
        shapes_after(&[("{crop: {fields: image, to: [20, 24], at: random}}", "image [20, 24] Pixels")]);
    }

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[("{crop: {fields: image, to: [29, 20]}}", "smaller than 29×20; use `pad` or `resize`")]);
    }
}
