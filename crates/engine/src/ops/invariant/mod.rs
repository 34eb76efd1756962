//! The invariants of a field on a group under rotations: the largest value over the turns, averaged over the pixels.

mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use rayon::prelude::*;

/// Images per piece of work.
const CHUNK: usize = 16;

/// Sizes of a field on a group: a pixel holds for each turn a value of each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub pixels: usize,
    pub turns: usize,
    pub channels: usize,
}

/// The mean over the pixels of each channel's largest value, for images end to end. The second result notes which turn was
/// the largest, pixel by pixel.
pub fn forward(x: &[f32], field: &Field) -> (Vec<f32>, Vec<u8>) {
    let &Field { pixels, turns, channels } = field;
    let n = x.len() / (pixels * turns * channels);
    let (mut out, mut choice) = (vec![0.0; n * channels], vec![0; n * pixels * channels]);
    let images = x.par_chunks(pixels * turns * channels).zip(choice.par_chunks_mut(pixels * channels));
    out.par_chunks_mut(channels).zip(images).with_min_len(CHUNK).for_each(|(out, (x, choice))| {
        let mut largest = vec![0.0; channels];
        for (x, choice) in x.chunks_exact(turns * channels).zip(choice.chunks_exact_mut(channels)) {
            largest.copy_from_slice(&x[..channels]);
            for (t, x) in x.chunks_exact(channels).enumerate().skip(1) {
                for ((l, choice), &v) in largest.iter_mut().zip(choice.iter_mut()).zip(x) {
                    (*l, *choice) = if v > *l { (v, t as u8) } else { (*l, *choice) };
                }
            }
            out.iter_mut().zip(&largest).for_each(|(o, l)| *o += l);
        }
        out.iter_mut().for_each(|o| *o /= pixels as f32);
    });
    (out, choice)
}

/// Adds to `of_x` the gradient of the images, given the gradient `out` of the means.
pub fn backward(out: &[f32], choice: &[u8], field: &Field, of_x: &mut [f32]) {
    let &Field { pixels, turns, channels } = field;
    let images = of_x.par_chunks_mut(pixels * turns * channels).zip(choice.par_chunks(pixels * channels));
    out.par_chunks(channels).zip(images).with_min_len(CHUNK).for_each(|(out, (of_x, choice))| {
        for (of_x, choice) in of_x.chunks_exact_mut(turns * channels).zip(choice.chunks_exact(channels)) {
            for (c, (&g, &t)) in out.iter().zip(choice).enumerate() {
                of_x[usize::from(t) * channels + c] += g / pixels as f32;
            }
        }
    });
}
