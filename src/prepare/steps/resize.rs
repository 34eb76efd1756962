//! `resize`: images of another size.

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use schemars::JsonSchema;
use semola_data::Dataset;
use semola_data::pieces::Number;
use semola_document::OneOrMany;
use semola_lie::action::Image;
use serde::{Deserialize, Serialize};

use crate::prepare::image::{change_size, check_size, replace_all};
use crate::prepare::rows::Work;
use crate::prepare::settings::listed;
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};

/// Scale images to another size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// The images to resize.
    pub fields: OneOrMany<String>,
    /// Height and width afterwards.
    pub size: [usize; 2],
    /// How pixels of the new size are computed.
    #[serde(default)]
    pub filter: ResizeFilter,
}

/// How pixels of another size are computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResizeFilter {
    /// The nearest pixel: for masks and labels.
    Nearest,
    /// Linear between pixels; a weighted mean of all pixels that are covered when an image shrinks.
    #[default]
    Bilinear,
    /// The mean of the pixels that are covered.
    Area,
}

impl PrepareStep for Resize {
    type Fitted = Self;

    fn check(&self, at: &mut Checking) {
        if check_size(at, self.size, "size") {
            change_size(at, &self.fields, |_| Ok(self.size));
            self.fields.as_slice().iter().for_each(|name| at.mark(name, ""));
        }
    }

    fn label(&self) -> String {
        format!("resize {} to {}×{}", listed(&self.fields), self.size[0], self.size[1])
    }

    fn memory(&self, _: &Shapes, after: &Shapes) -> Option<usize> {
        after.largest(self.fields.as_slice())
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<Self, PrepareError> {
        fitting.has(self.fields.as_slice())?;
        Ok(self.clone())
    }
}

impl FittedStep for Resize {
    const REACH: Reach = Reach::All;

    /// Scales the images. Earlier changes of their channels can still be undone.
    ///
    /// An error if a field holds no images, or its pixels were changed one by one.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let work = |from, to| Resample { from, to, filter: self.filter };
        replace_all(call, data, &self.fields, |_| Ok(self.size), work)
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: names(self.fields.as_slice()), ..Touches::default() }
    }
}

struct Resample {
    from: Image,
    to: Image,
    filter: ResizeFilter,
}

/// One channel before and after.
struct Planes {
    resizer: Resizer,
    from: TypedImage<'static, F32>,
    to: TypedImage<'static, F32>,
}

fn plane(image: Image) -> TypedImage<'static, F32> {
    // The plan allows no sides that 32 bits do not hold.
    let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    TypedImage::new(side(image.width), side(image.height))
}

impl Work for Resample {
    type Scratch = Planes;

    fn scratch(&self, _: usize) -> Planes {
        Planes { resizer: Resizer::new(), from: plane(self.from), to: plane(self.to) }
    }

    fn row<T: Number>(&self, planes: &mut Planes, _: usize, from: &[T], out: &mut [T]) -> Result<(), String> {
        let algorithm = match self.filter {
            ResizeFilter::Nearest => ResizeAlg::Nearest,
            ResizeFilter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
            ResizeFilter::Area => ResizeAlg::Convolution(FilterType::Box),
        };
        let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(false);
        let channels = self.from.channels;
        for c in 0..channels {
            let pixels = from.iter().skip(c).step_by(channels);
            planes.from.pixels_mut().iter_mut().zip(pixels).for_each(|(p, x)| *p = F32::new(x.wide() as f32));
            let done = planes.resizer.resize_typed(&planes.from, &mut planes.to, &options);
            done.map_err(|e| format!("the image cannot be resized: {e}"))?;
            let out = out.iter_mut().skip(c).step_by(channels);
            out.zip(planes.to.pixels()).for_each(|(o, p)| *o = T::narrow(f64::from(p.0)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::fixtures::{refused, shapes_after};

    fn resized(from: &[f32], size: [usize; 2], to: [usize; 2], channels: usize, filter: ResizeFilter) -> Vec<f32> {
        let image = |[height, width]: [usize; 2]| Image { height, width, channels, edge: false };
        let work = Resample { from: image(size), to: image(to), filter };
        let mut out = vec![0.0; work.to.len()];
        work.row(&mut work.scratch(0), 0, from, &mut out).unwrap();
        out
    }

    #[test]
    fn halving_takes_means_channel_by_channel() {
        let from = [1.0, 10.0, 3.0, 30.0, 500.0, -2.0, 700.0, -4.0];
        let out = resized(&from, [2, 2], [1, 1], 2, ResizeFilter::Area);
        assert!((out[0] - 301.0).abs() < 1e-3 && (out[1] - 8.5).abs() < 1e-4, "{out:?}");
    }

    #[test]
    fn doubling_is_linear_between_pixels_and_nearest_repeats() {
        let out = resized(&[0.0, 4.0], [1, 2], [1, 4], 1, ResizeFilter::Bilinear);
        for (o, wanted) in out.iter().zip([0.0, 1.0, 3.0, 4.0]) {
            assert!((o - wanted).abs() < 1e-5, "{out:?}");
        }
        assert_eq!(resized(&[0.0, 4.0], [1, 2], [2, 4], 1, ResizeFilter::Nearest), [0.0, 0.0, 4.0, 4.0].repeat(2));
    }

    #[test]
    fn a_constant_image_stays_constant_at_any_size_and_value() {
        for filter in [ResizeFilter::Nearest, ResizeFilter::Bilinear, ResizeFilter::Area] {
            for to in [[3, 11], [28, 28], [64, 5]] {
                let out = resized(&[-255.0; 28 * 28], [28, 28], to, 1, filter);
                assert!(out.iter().all(|x| (x + 255.0).abs() < 1e-3), "{filter:?} {to:?}");
            }
        }
    }

    #[test]
    fn its_shapes_are_known_before_reading() {
        shapes_after(&[(
            "{resize: {fields: [image, mask], size: [14, 7]}}",
            "mask [14, 7] Pixels(Image { height: 14, width: 7, ",
        )]);
    }

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[
            ("{resize: {fields: cloud, size: [3, 3]}}", "it is not an image"),
            ("{resize: {fields: image, size: [0, 3]}}", "an image has sides of 1 to"),
        ]);
    }
}
