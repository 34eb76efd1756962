//! `pad`: a border around images.

use super::call::Call;
use super::error::PrepareError;
use super::image::replace;
use super::rows::Work;
use crate::data::Dataset;
use crate::data::pieces::Number;
use crate::lie::action::Image;
use crate::spec::types::Pad;

/// Height and width of padded images of that size.
///
/// # Errors
/// Where the step says neither `by` nor `to`, or both, or a size smaller than the images.
pub fn size(step: &Pad, image: Image) -> Result<[usize; 2], String> {
    match (step.by, step.to) {
        (Some(by), None) => Ok([image.height, image.width].map(|n| n.saturating_add(by.saturating_mul(2)))),
        (None, Some([h, w])) if h >= image.height && w >= image.width => Ok([h, w]),
        (None, Some([h, w])) => {
            Err(format!("its images are {}×{}, larger than {h}×{w}; use `crop`", image.height, image.width))
        }
        _ => Err("give `by` (pixels on every side) or `to` (height and width afterwards)".into()),
    }
}

/// Pads the images of the fields that a data set has.
///
/// # Errors
/// Where a field holds no images, they are too large, or their pixels were changed one by one.
pub fn apply(step: &Pad, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    for name in
        step.fields.as_slice().iter().filter(|name| data.fields.contains_key(*name)).cloned().collect::<Vec<_>>()
    {
        let work = |from, to| Border { from, to, value: step.value };
        replace(call, data, &name, |image| size(step, image), work)?;
    }
    Ok(())
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
}
