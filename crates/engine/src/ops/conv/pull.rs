//! Gradients of a convolution, image by image.

use super::columns::Columns;
use super::{Conv, plane_len};
use crate::ops::pixel_pool;
use crate::ops::product::{View, product_here};

/// Images of fewer channels get their gradient patch by patch: a convolution towards so few would be a slow product.
pub(super) const FEW: usize = 8;

/// Pulls gradients back, image by image.
pub(super) struct Pull<'a> {
    conv: &'a Conv,
    w: &'a [f32],
    reverse: &'a [f32],
    columns: Columns,
    /// Before the activation; before pooling; of the image, its rows as far apart as those of the plane.
    pooled: Vec<f32>,
    z: Vec<f32>,
    back: Vec<f32>,
    /// outputs×depth.
    pub(super) gw: Vec<f32>,
    pub(super) gb: Vec<f32>,
}

impl<'a> Pull<'a> {
    pub(super) fn new(conv: &'a Conv, w: &'a [f32], reverse: &'a [f32]) -> Self {
        Self {
            conv,
            w,
            reverse,
            columns: Columns::default(),
            pooled: vec![0.0; conv.results()],
            z: vec![0.0; plane_len(&conv.plane())],
            back: vec![0.0; plane_len(&conv.reversed().plane())],
            gw: vec![0.0; w.len()],
            gb: vec![0.0; conv.outputs],
        }
    }

    /// One image's part, given the gradient `out` of its result; `gx` is added to, or empty.
    pub(super) fn image(&mut self, x: &[f32], out: &[f32], slope: &[f32], choice: &[u8], gx: &mut [f32]) {
        let conv = self.conv;
        self.pooled.copy_from_slice(out);
        self.pooled.iter_mut().zip(slope).for_each(|(p, s)| *p *= s);
        for pixel in self.pooled.chunks_exact(conv.outputs) {
            self.gb.iter_mut().zip(pixel).for_each(|(b, p)| *b += p);
        }
        pixel_pool::backward(conv.pool, &self.pooled, choice, &conv.plane(), &mut self.z);
        self.columns.add_weights(x, conv, &self.z, &mut self.gw);
        if gx.is_empty() {
            return;
        }
        if conv.channels < FEW {
            add_patches(&self.z, conv, self.w, &mut self.back, gx);
            return;
        }
        let apart = conv.plane().stride;
        self.columns.correlate(&self.z, apart, &conv.reversed(), self.reverse, &mut self.back);
        let rows = self.back.chunks(apart * conv.channels);
        for (gx, back) in gx.chunks_exact_mut(conv.width * conv.channels).zip(rows) {
            gx.iter_mut().zip(back).for_each(|(g, b)| *g += b);
        }
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
                let (gx, from) = (&mut gx[at.min(conv.width) * c..], (right * k + down) * c);
                if c == 1 {
                    gx.iter_mut().zip(values).for_each(|(g, patch)| *g += patch[from]);
                    continue;
                }
                for (g, patch) in gx.chunks_exact_mut(c).zip(values) {
                    g.iter_mut().zip(&patch[from..from + c]).for_each(|(g, p)| *g += p);
                }
            }
        }
    }
}
