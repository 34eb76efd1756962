//! `resize`: images of another size.

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::call::Call;
use super::error::PrepareError;
use super::image::replace;
use super::rows::Work;
use crate::data::Dataset;
use crate::data::pieces::Number;
use crate::lie::action::Image;
use crate::spec::types::{Resize, ResizeFilter};

/// Scales the images of the fields that a data set has.
///
/// # Errors
/// Where a field holds no images, or its pixels were changed one by one.
pub fn apply(step: &Resize, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    for name in
        step.fields.as_slice().iter().filter(|name| data.fields.contains_key(*name)).cloned().collect::<Vec<_>>()
    {
        replace(call, data, &name, |_| Ok(step.size), |from, to| Resample { from, to, filter: step.filter })?;
    }
    Ok(())
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
}
