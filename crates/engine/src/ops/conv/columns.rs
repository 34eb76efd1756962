//! The pixels of an image copied so that patches are runs of values; see the module above.

use super::Conv;
use crate::ops::product::{View, product_here};

/// Values of the columns that are worked on at once: they should stay in a core's own cache.
pub(super) const BAND: usize = 1 << 16;

/// Room for the columns of a band of rows.
#[derive(Default)]
pub(super) struct Columns {
    values: Vec<f32>,
}

impl Columns {
    /// Writes w ∗ x to `z`, whose rows are as far apart as those of [`Conv::plane`]; rows of `x` are `stride` pixels apart.
    pub(super) fn correlate(&mut self, x: &[f32], stride: usize, conv: &Conv, w: &[f32], z: &mut [f32]) {
        let weights = View::new(w, conv.depth(), conv.outputs);
        self.each_band(x, stride, conv, |patches, at, count| {
            product_here(patches, weights, &mut z[at * conv.outputs..(at + count) * conv.outputs], false);
        });
    }

    /// Adds to `gw` the gradient of the weights, given the gradient `z` of the plane; it is 0 between the rows. Here patches
    /// lie along the rows of `gw` (outputs×depth): that way round, the product need not copy them first.
    pub(super) fn add_weights(&mut self, x: &[f32], conv: &Conv, z: &[f32], gw: &mut [f32]) {
        self.each_band(x, conv.width, conv, |patches, at, count| {
            let z = &z[at * conv.outputs..(at + count) * conv.outputs];
            product_here(View::new(z, count, conv.outputs).t(), patches, gw, true);
        });
    }

    /// Calls `f` with the patches of a band of rows, the first pixel of the plane that they belong to, and their number.
    fn each_band(&mut self, x: &[f32], stride: usize, conv: &Conv, mut f: impl FnMut(View<'_>, usize, usize)) {
        let (margin, cell) = (conv.margin(), conv.kernel * conv.channels);
        let apart = conv.plane().stride;
        let rows = (BAND / (apart * cell)).clamp(1, conv.height);
        let needed = (rows * apart + margin) * cell;
        if self.values.len() < needed {
            self.values.resize(needed, 0.0);
        }
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
