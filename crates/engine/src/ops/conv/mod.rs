//! A convolution of images with bias, pooling and activation in one pass: a(pool(w ∗ x) + b).
//!
//! Pixels lie row by row with their channels last; the image is continued by zeros, so that the result is as large as
//! the image. For activations that grow with their argument this is the same as pooling the largest activations, at a
//! quarter of the work.
//!
//! One image is worked on at a time. Its pixels are copied into *columns*: each cell holds the `kernel` pixels above each
//! other, and a row of cells ends in as many empty cells as the kernel reaches to the side. Then the patch of a pixel is a
//! run of `kernel` cells, patches of neighbours overlap, and the convolution is one product of matrices without a patch
//! ever being written. The rows of the result that belong to empty cells are left out or 0.

mod columns;
mod pull;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed};

use rayon::prelude::*;

use self::columns::Columns;
use self::pull::Pull;
use crate::ops::activation::{self, Activation};
use crate::ops::pixel_pool::{self, PixelPool, Plane};

/// Images per piece of work, fixed so that sums do not depend on the number of threads.
const CHUNK: usize = 16;

/// Sizes of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    pub height: usize,
    pub width: usize,
    /// Channels of the image.
    pub channels: usize,
    /// Channels of the result.
    pub outputs: usize,
    /// Side of the kernel; odd.
    pub kernel: usize,
    /// How the result is made smaller.
    pub pool: PixelPool,
}

impl Conv {
    /// Values of an image.
    pub fn inputs(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Weights: kernel column, kernel row, channel, output; outputs lie next to each other.
    pub fn weights(&self) -> usize {
        self.depth() * self.outputs
    }

    /// Values of a patch.
    pub fn depth(&self) -> usize {
        self.kernel * self.kernel * self.channels
    }

    /// Height and width of the result.
    pub fn after(&self) -> (usize, usize) {
        self.plane().after(self.pool)
    }

    /// Values of a result.
    pub fn results(&self) -> usize {
        let (height, width) = self.after();
        height * width * self.outputs
    }

    fn margin(&self) -> usize {
        self.kernel / 2
    }

    /// The result before pooling.
    fn plane(&self) -> Plane {
        Plane { height: self.height, width: self.width, channels: self.outputs, stride: self.width + self.margin() }
    }

    /// The convolution that pulls gradients back to the image, on planes as they are before pooling.
    fn reversed(&self) -> Self {
        Self { channels: self.outputs, outputs: self.channels, pool: PixelPool::None, ..*self }
    }

    /// The weights of [`Conv::reversed`]: mirrored, channels and outputs exchanged.
    fn reverse(&self, w: &[f32]) -> Vec<f32> {
        let (c, o) = (self.channels, self.outputs);
        let mut out = vec![0.0; w.len()];
        for (out, w) in out.chunks_exact_mut(c * o).zip(w.chunks_exact(c * o).rev()) {
            for (i, row) in w.chunks_exact(o).enumerate() {
                row.iter().enumerate().for_each(|(j, v)| out[j * c + i] = *v);
            }
        }
        out
    }
}

/// What the backward pass needs; empty where it needs nothing.
pub struct Saved {
    slope: Vec<f32>,
    choice: Vec<u8>,
}

/// a(pool(w ∗ x) + b) of images end to end.
pub fn forward(
    x: &[f32],
    w: &[f32],
    b: &[f32],
    conv: &Conv,
    activation: Option<Activation>,
    keep: bool,
) -> (Vec<f32>, Saved) {
    let results = conv.results();
    let n = x.len() / conv.inputs();
    let mut out = vec![0.0; n * results];
    let mut slope = vec![0.0; if keep && activation.is_some() { out.len() } else { 0 }];
    let mut choice = vec![0; if keep && conv.pool == PixelPool::Max { out.len() } else { 0 }];
    let plane = conv.plane();
    let pieces = pieces(&mut slope, CHUNK * results, n).zip(pieces(&mut choice, CHUNK * results, n));
    let work: Vec<_> = out.chunks_mut(CHUNK * results).zip(x.chunks(CHUNK * conv.inputs())).zip(pieces).collect();
    work.into_par_iter().for_each(|((out, x), (slope, choice))| {
        let (mut columns, mut z, mut unread) = (Columns::default(), vec![0.0; plane_len(&plane)], vec![0; results]);
        for (i, (x, out)) in x.chunks_exact(conv.inputs()).zip(out.chunks_exact_mut(results)).enumerate() {
            let at = i * results..(i + 1) * results;
            columns.correlate(x, conv.width, conv, w, &mut z);
            pixel_pool::forward(conv.pool, &z, &plane, b, out, choice.get_mut(at.clone()).unwrap_or(&mut unread));
            if let Some(activation) = activation {
                activation::apply(activation, out, slope.get_mut(at).unwrap_or(&mut []));
            }
        }
    });
    (out, Saved { slope, choice })
}

/// Gradients that [`backward`] adds to; that of `x` may be empty, and is then left out.
pub struct Gradients<'a> {
    pub x: &'a mut [f32],
    pub w: &'a mut [f32],
    pub b: &'a mut [f32],
}

/// Adds the gradients of a convolution, given the gradient `out` of its result.
pub fn backward(x: &[f32], w: &[f32], conv: &Conv, saved: &Saved, out: &[f32], grads: Gradients<'_>) {
    let results = conv.results();
    let reverse = conv.reverse(w);
    let n = out.len() / results;
    let of_images: Vec<_> = pieces(grads.x, CHUNK * conv.inputs(), n).collect();
    let images = x.par_chunks(CHUNK * conv.inputs()).zip(of_images);
    let work = out.par_chunks(CHUNK * results).zip(images).enumerate();
    let parts = work.map(|(chunk, (out, (x, gx)))| {
        let mut pull = Pull::new(conv, w, &reverse);
        for (i, (out, x)) in out.chunks_exact(results).zip(x.chunks_exact(conv.inputs())).enumerate() {
            let gx = gx.get_mut(i * conv.inputs()..(i + 1) * conv.inputs()).unwrap_or_default();
            let at = (chunk * CHUNK + i) * results..(chunk * CHUNK + i + 1) * results;
            let slope = saved.slope.get(at.clone()).unwrap_or(&[]);
            pull.image(x, out, slope, saved.choice.get(at).unwrap_or(&[]), gx);
        }
        (pull.gw, pull.gb)
    });
    let mut gw = vec![0.0; w.len()];
    for (part, gb) in parts.collect::<Vec<_>>() {
        gw.iter_mut().zip(part).for_each(|(g, p)| *g += p);
        grads.b.iter_mut().zip(gb).for_each(|(g, p)| *g += p);
    }
    for (i, row) in grads.w.chunks_exact_mut(conv.outputs).enumerate() {
        row.iter_mut().zip(gw[i..].iter().step_by(conv.depth())).for_each(|(g, p)| *g += p);
    }
}

fn plane_len(plane: &Plane) -> usize {
    plane.height * plane.stride * plane.channels
}

/// Chunks of `values` for `n` images; where there are no values, as many empty chunks.
fn pieces<T>(values: &mut [T], size: usize, n: usize) -> impl Iterator<Item = &mut [T]> {
    let missing = if values.is_empty() { n.div_ceil(CHUNK) } else { 0 };
    values.chunks_mut(size.max(1)).chain(std::iter::repeat_with(|| &mut [][..]).take(missing))
}
