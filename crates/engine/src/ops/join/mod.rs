//! Undoes pooling by two: coarse pixels are brought back to the size of the fine image and its channels put beside theirs.
//!
//! Every fine pixel gets the mean of the windows that it lies in ([`crate::ops::pixel_pool::window`]), so that joining commutes with quarter
//! turns of square images as pooling does.

mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use rayon::prelude::*;

use crate::ops::pixel_pool::window::{pooled, windows_of};

/// Images per piece of work.
const CHUNK: usize = 16;

/// Sizes of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join {
    /// Size of the fine image.
    pub height: usize,
    pub width: usize,
    /// Channels of the coarse image.
    pub coarse: usize,
    /// Channels of the fine image.
    pub fine: usize,
}

impl Join {
    /// Values of a coarse image.
    pub fn coarse_len(&self) -> usize {
        pooled(self.height) * pooled(self.width) * self.coarse
    }

    /// Values of a fine image.
    pub fn fine_len(&self) -> usize {
        self.height * self.width * self.fine
    }

    /// Values of a result: at each pixel the coarse channels, then the fine ones.
    pub fn results(&self) -> usize {
        self.height * self.width * (self.coarse + self.fine)
    }

    /// The coarse pixels that the pixel `p` (row by row) is the mean of, and how many they are.
    pub fn sources(&self, p: usize) -> ([usize; 4], usize) {
        let (mut sources, mut count) = ([0; 4], 0);
        for row in windows_of(p / self.width, self.height) {
            for column in windows_of(p % self.width, self.width) {
                sources[count] = row * pooled(self.width) + column;
                count += 1;
            }
        }
        (sources, count)
    }
}

/// Coarse and fine images end to end to joined ones.
pub fn forward(coarse: &[f32], fine: &[f32], join: &Join) -> Vec<f32> {
    let n = fine.len() / join.fine_len();
    let mut out = vec![0.0; n * join.results()];
    let c = join.coarse;
    let images = coarse.par_chunks(join.coarse_len()).zip(fine.par_chunks(join.fine_len()));
    let work = out.par_chunks_mut(join.results()).zip(images).with_min_len(CHUNK);
    work.for_each(|(out, (coarse, fine))| {
        let pixels = out.chunks_exact_mut(c + join.fine).zip(fine.chunks_exact(join.fine));
        for (p, (out, fine)) in pixels.enumerate() {
            let (sources, count) = join.sources(p);
            let (to, beside) = out.split_at_mut(c);
            let weight = 1.0 / count as f32;
            for at in &sources[..count] {
                to.iter_mut().zip(&coarse[at * c..]).for_each(|(o, v)| *o += weight * v);
            }
            beside.copy_from_slice(fine);
        }
    });
    out
}

/// Adds the gradients of both images, given the gradient `out` of the joined ones.
pub fn backward(out: &[f32], join: &Join, of_coarse: &mut [f32], of_fine: &mut [f32]) {
    let c = join.coarse;
    let images = of_coarse.par_chunks_mut(join.coarse_len()).zip(of_fine.par_chunks_mut(join.fine_len()));
    let work = out.par_chunks(join.results()).zip(images).with_min_len(CHUNK);
    work.for_each(|(out, (coarse, fine))| {
        let pixels = out.chunks_exact(c + join.fine).zip(fine.chunks_exact_mut(join.fine));
        for (p, (out, fine)) in pixels.enumerate() {
            let (sources, count) = join.sources(p);
            let (from, beside) = out.split_at(c);
            let weight = 1.0 / count as f32;
            for at in &sources[..count] {
                coarse[at * c..].iter_mut().zip(from).for_each(|(g, v)| *g += weight * v);
            }
            fine.iter_mut().zip(beside).for_each(|(g, v)| *g += v);
        }
    });
}
