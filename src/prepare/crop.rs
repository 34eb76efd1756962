//! `crop`: a part of each image.

use super::call::Call;
use super::error::PrepareError;
use super::image::replace;
use super::rows::Work;
use crate::data::Dataset;
use crate::data::pieces::Number;
use crate::lie::action::Image;
use crate::lie::random::uniform;
use crate::spec::types::{Crop, CropAt};

/// Height and width of the part of images of that size.
///
/// # Errors
/// Where they are smaller.
pub fn size(step: &Crop, image: Image) -> Result<[usize; 2], String> {
    let [h, w] = step.to;
    if h <= image.height && w <= image.width {
        return Ok(step.to);
    }
    Err(format!("its images are {}×{}, smaller than {h}×{w}; use `pad` or `resize`", image.height, image.width))
}

/// Cuts the images of the fields that a data set has; a row at the same place in all of them, if they are equally large.
///
/// # Errors
/// Where a field holds no images, they are too small, or their pixels were changed one by one.
pub fn apply(step: &Crop, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    for name in
        step.fields.as_slice().iter().filter(|name| data.fields.contains_key(*name)).cloned().collect::<Vec<_>>()
    {
        let work = |from, to| Cut { from, to, at: step.at, call };
        replace(call, data, &name, |image| size(step, image), work)?;
    }
    Ok(())
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
