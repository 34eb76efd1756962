//! `pad`: a border around images.

use schemars::JsonSchema;
use semola_data::Dataset;
use semola_data::pieces::Number;
use semola_document::{OneOrMany, is_default};
use semola_lie::action::Image;
use serde::{Deserialize, Serialize};

use crate::prepare::image::{change_size, check_size, replace_all};
use crate::prepare::rows::Work;
use crate::prepare::settings::listed;
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};

/// Put a border around images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pad {
    /// The images to pad.
    pub fields: OneOrMany<String>,
    /// Pixels on every side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    /// Height and width afterwards; the image stays in the middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<[usize; 2]>,
    /// What the border holds, in prepared units.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = 0.0))]
    pub value: f64,
}

impl Pad {
    /// Height and width of padded images of that size.
    ///
    /// # Errors
    /// If the step has neither `by` nor `to`, or both, or a size smaller than the images.
    fn size(&self, image: Image) -> Result<[usize; 2], String> {
        match (self.by, self.to) {
            (Some(by), None) => Ok([image.height, image.width].map(|n| n.saturating_add(by.saturating_mul(2)))),
            (None, Some([h, w])) if h >= image.height && w >= image.width => Ok([h, w]),
            (None, Some([h, w])) => {
                Err(format!("its images are {}×{}, larger than {h}×{w}; use `crop`", image.height, image.width))
            }
            _ => Err("give `by` (pixels on every side) or `to` (height and width afterwards)".into()),
        }
    }
}

impl PrepareStep for Pad {
    type Fitted = Self;

    fn check(&self, at: &mut Checking) {
        if self.by.is_some() == self.to.is_some() {
            at.error("", "give `by` (pixels on every side) or `to` (height and width afterwards)");
            return;
        }
        at.require(self.value.is_finite(), "value", self.value, "a finite number");
        if self.to.is_none_or(|to| check_size(at, to, "to")) {
            change_size(at, &self.fields, |image| self.size(image));
        }
    }

    fn label(&self) -> String {
        match (self.by, self.to) {
            (_, Some([h, w])) => format!("pad {} to {h}×{w}", listed(&self.fields)),
            (by, None) => format!("pad {} by {}", listed(&self.fields), by.unwrap_or_default()),
        }
    }

    fn memory(&self, _: &Shapes, after: &Shapes) -> Option<usize> {
        after.largest(self.fields.as_slice())
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<Self, PrepareError> {
        fitting.has(self.fields.as_slice())?;
        Ok(self.clone())
    }
}

impl FittedStep for Pad {
    const REACH: Reach = Reach::All;

    /// Pads the images. Earlier changes of their channels can still be undone.
    ///
    /// An error if a field holds no images, they are too large, or their pixels were changed one by one.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let work = |from, to| Border { from, to, value: self.value };
        replace_all(call, data, &self.fields, |image| self.size(image), work)
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: names(self.fields.as_slice()), ..Touches::default() }
    }
}

struct Border {
    from: Image,
    to: Image,
    value: f64,
}

impl Work for Border {
    type Scratch = ();

    fn scratch(&self, _: usize) {}

    fn row<T: Number>(&self, (): &mut (), _: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        out.fill(T::narrow(self.value));
        let (line, long) = (self.from.width * self.from.channels, self.to.width * self.to.channels);
        let top = (self.to.height - self.from.height) / 2;
        let left = (self.to.width - self.from.width) / 2 * self.to.channels;
        let lines = out.chunks_exact_mut(long.max(1)).skip(top).zip(from.chunks_exact(line.max(1)));
        lines.for_each(|(out, from)| out.iter_mut().skip(left).zip(from).for_each(|(o, x)| *o = *x));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::fixtures::{refused, shapes_after};

    #[test]
    fn the_image_stays_in_the_middle() {
        let image = |height, width| Image { height, width, channels: 2, edge: false };
        let work = Border { from: image(1, 2), to: image(3, 3), value: -1.0 };
        let mut out = [0.0; 18];
        work.row(&mut (), 0, &[1.0, 2.0, 3.0, 4.0], &mut out).unwrap();
        let mut wanted = [-1.0; 18];
        wanted[6..10].copy_from_slice(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(out, wanted);
    }

    #[test]
    fn its_shapes_are_known_before_reading() {
        shapes_after(&[("{pad: {fields: image, by: 2}}", "image [32, 32] Pixels(Image { height: 32, width: 32, ")]);
    }

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[
            ("{pad: {fields: image}}", "give `by` (pixels on every side) or `to`"),
            ("{pad: {fields: image, to: [20, 40]}}", "larger than 20×40; use `crop`"),
            ("{pad: {fields: image, by: 18446744073709551615}}", "larger than 32768 pixels"),
        ]);
    }
}
