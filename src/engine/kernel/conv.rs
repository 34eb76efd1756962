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

use rayon::prelude::*;

use super::activation;
use super::pixel_pool::{self, Plane};
use super::product::{View, product_here};
use crate::spec::types::{Activation, PixelPool};

/// Images per piece of work, fixed so that sums do not depend on the number of threads.
const CHUNK: usize = 16;
/// Values of the columns that are worked on at once: they should stay in a core's own cache.
const BAND: usize = 1 << 16;

/// Images of fewer channels get their gradient patch by patch: a convolution towards so few would be a slow product.
const FEW: usize = 8;

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
            pixel_pool::forward(conv.pool, &z, &plane, out, choice.get_mut(at.clone()).unwrap_or(&mut unread));
            for pixel in out.chunks_exact_mut(conv.outputs) {
                pixel.iter_mut().zip(b).for_each(|(p, b)| *p += b);
            }
            if let Some(activation) = activation {
                activation::apply(activation, out, slope.get_mut(at).unwrap_or(&mut []));
            }
        }
    });
    (out, Saved { slope, choice })
}

/// Gradients that [`backward`] adds to.
pub struct Gradients<'a> {
    pub x: &'a mut [f32],
    pub w: &'a mut [f32],
    pub b: &'a mut [f32],
}

/// Adds the gradients of a convolution, given the gradient `out` of its result.
pub fn backward(x: &[f32], w: &[f32], conv: &Conv, saved: &Saved, out: &[f32], grads: Gradients<'_>) {
    let results = conv.results();
    let (plane, reversed, turned) = (conv.plane(), conv.reversed(), conv.reverse(w));
    let images = x.par_chunks(CHUNK * conv.inputs()).zip(grads.x.par_chunks_mut(CHUNK * conv.inputs()));
    let work = out.par_chunks(CHUNK * results).zip(images).enumerate();
    let parts = work.map(|(chunk, (out, (x, gx)))| {
        let (mut gw, mut gb) = (vec![0.0; w.len()], vec![0.0; conv.outputs]);
        let mut columns = Columns::default();
        let (mut z, mut back) = (vec![0.0; plane_len(&plane)], vec![0.0; plane_len(&reversed.plane())]);
        let mut pull = vec![0.0; results];
        let images = x.chunks_exact(conv.inputs()).zip(gx.chunks_exact_mut(conv.inputs()));
        for (i, (out, (x, gx))) in out.chunks_exact(results).zip(images).enumerate() {
            let at = (chunk * CHUNK + i) * results..(chunk * CHUNK + i + 1) * results;
            pull.copy_from_slice(out);
            if let Some(slope) = saved.slope.get(at.clone()) {
                pull.iter_mut().zip(slope).for_each(|(p, s)| *p *= s);
            }
            for pixel in pull.chunks_exact(conv.outputs) {
                gb.iter_mut().zip(pixel).for_each(|(b, p)| *b += p);
            }
            pixel_pool::backward(conv.pool, &pull, saved.choice.get(at).unwrap_or(&[]), &plane, &mut z);
            columns.add_weights(x, conv, &z, &mut gw);
            if conv.channels < FEW {
                add_patches(&z, conv, w, &mut back, gx);
                continue;
            }
            columns.correlate(&z, plane.stride, &reversed, &turned, &mut back);
            let row = conv.width * conv.channels;
            for (gx, back) in gx.chunks_exact_mut(row).zip(back.chunks(plane.stride * conv.channels)) {
                gx.iter_mut().zip(back).for_each(|(g, b)| *g += b);
            }
        }
        (gw, gb)
    });
    for (gw, gb) in parts.collect::<Vec<_>>() {
        grads.w.iter_mut().zip(gw).for_each(|(g, p)| *g += p);
        grads.b.iter_mut().zip(gb).for_each(|(g, p)| *g += p);
    }
}

/// Adds the gradient `z` of the plane to that of the image by way of the gradients of all patches, for which `patches` is
/// room.
fn add_patches(z: &[f32], conv: &Conv, w: &[f32], patches: &mut Vec<f32>, gx: &mut [f32]) {
    let (k, c, depth, margin, apart) = (conv.kernel, conv.channels, conv.depth(), conv.margin(), conv.plane().stride);
    let count = conv.height * apart;
    patches.resize(count * depth, 0.0);
    product_here(View::new(z, count, conv.outputs), View::new(w, depth, conv.outputs).t(), patches, false);
    for (row, patches) in patches.chunks_exact(apart * depth).enumerate() {
        for down in 0..k {
            let Some(row) = (row + down).checked_sub(margin).filter(|&r| r < conv.height) else { continue };
            let gx = &mut gx[row * conv.width * c..(row + 1) * conv.width * c];
            for right in 0..k {
                // Patches whose pixel in this place lies in the image, and those pixels.
                let (first, at) = (margin.saturating_sub(right), right.saturating_sub(margin));
                let values = patches.chunks_exact(depth).take(conv.width).skip(first);
                for (g, patch) in gx[at.min(conv.width) * c..].chunks_exact_mut(c).zip(values) {
                    let from = (right * k + down) * c;
                    g.iter_mut().zip(&patch[from..from + c]).for_each(|(g, p)| *g += p);
                }
            }
        }
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

/// Room for the columns of a band of rows.
#[derive(Default)]
struct Columns {
    values: Vec<f32>,
}

impl Columns {
    /// Writes w ∗ x to `z`, whose rows are as far apart as those of [`Conv::plane`]; rows of `x` are `stride` pixels apart.
    fn correlate(&mut self, x: &[f32], stride: usize, conv: &Conv, w: &[f32], z: &mut [f32]) {
        let weights = View::new(w, conv.depth(), conv.outputs);
        self.each_band(x, stride, conv, |patches, at, count| {
            product_here(patches, weights, &mut z[at * conv.outputs..(at + count) * conv.outputs], false);
        });
    }

    /// Adds to `gw` the gradient of the weights, given the gradient `z` of the plane; it is 0 between the rows.
    fn add_weights(&mut self, x: &[f32], conv: &Conv, z: &[f32], gw: &mut [f32]) {
        self.each_band(x, conv.width, conv, |patches, at, count| {
            let z = &z[at * conv.outputs..(at + count) * conv.outputs];
            product_here(patches.t(), View::new(z, count, conv.outputs), gw, true);
        });
    }

    /// Calls `f` with the patches of a band of rows, the first pixel of the plane that they belong to, and their number.
    fn each_band(&mut self, x: &[f32], stride: usize, conv: &Conv, mut f: impl FnMut(View<'_>, usize, usize)) {
        let (margin, cell) = (conv.margin(), conv.kernel * conv.channels);
        let apart = conv.plane().stride;
        let rows = (BAND / (apart * cell)).clamp(1, conv.height);
        self.values.resize((rows * apart + margin) * cell, 0.0);
        for first in (0..conv.height).step_by(rows) {
            let rows = rows.min(conv.height - first);
            for row in 0..rows {
                self.fill_row(x, stride, conv, first + row, row * apart);
            }
            let end = (rows * apart + margin) * cell;
            self.values[end - margin * cell..end].fill(0.0);
            let count = rows * apart - margin;
            f(View::overlapping(&self.values[..end], count, conv.depth(), cell), first * apart, count);
        }
    }

    /// Fills the cells of one row of pixels, from cell `at` on: the margin, then the pixels.
    fn fill_row(&mut self, x: &[f32], stride: usize, conv: &Conv, row: usize, at: usize) {
        let (c, cell, margin) = (conv.channels, conv.kernel * conv.channels, conv.margin());
        let cells = &mut self.values[at * cell..(at + margin + conv.width) * cell];
        let (empty, cells) = cells.split_at_mut(margin * cell);
        empty.fill(0.0);
        for down in 0..conv.kernel {
            let cells = &mut cells[down * c..];
            let row = (row + down).checked_sub(margin).filter(|&r| r < conv.height);
            let source = row.map(|r| &x[r * stride * c..(r * stride + conv.width) * c]);
            match c {
                1 => copy_pixels::<1>(source, cells, cell),
                16 => copy_pixels::<16>(source, cells, cell),
                32 => copy_pixels::<32>(source, cells, cell),
                _ => {
                    let pixels = cells.chunks_mut(cell).map(|cell| &mut cell[..c]);
                    match source {
                        None => pixels.for_each(|pixel| pixel.fill(0.0)),
                        Some(s) => pixels.zip(s.chunks_exact(c)).for_each(|(pixel, s)| pixel.copy_from_slice(s)),
                    }
                }
            }
        }
    }
}

/// Copies pixels of C channels (zeros where there is no source) to places `apart` values apart. With C known the copies are
/// a few moves, not calls.
fn copy_pixels<const C: usize>(source: Option<&[f32]>, to: &mut [f32], apart: usize) {
    let places = to.chunks_mut(apart).filter_map(|place| place.first_chunk_mut::<C>());
    match source {
        None => places.for_each(|place| *place = [0.0; C]),
        Some(s) => places.zip(s.as_chunks::<C>().0).for_each(|(place, pixel)| *place = *pixel),
    }
}

#[cfg(test)]
mod tests;
