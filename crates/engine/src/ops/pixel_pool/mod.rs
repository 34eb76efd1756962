//! Pooling of a plane of pixels over windows of about 2×2 ([`mod@window`]), there and back.

mod tape;
#[cfg(test)]
mod tests;
pub mod window;

pub(crate) use tape::composed;

use crate::ops::simd::fast;
use window::{pooled, window};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How pixels are joined after a convolution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PixelPool {
    #[default]
    Max,
    Mean,
    None,
}

/// A plane of pixels with room between its rows.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    /// Pixels from the first of one row to the first of the next.
    pub stride: usize,
}

impl Plane {
    /// Height and width after pooling.
    pub fn after(&self, pool: PixelPool) -> (usize, usize) {
        match pool {
            PixelPool::None => (self.height, self.width),
            PixelPool::Max | PixelPool::Mean => (pooled(self.height), pooled(self.width)),
        }
    }

    /// The windows, row by row.
    fn windows(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (height, width) = (pooled(self.height), pooled(self.width));
        (0..height).flat_map(move |i| (0..width).map(move |j| (i, j)))
    }

    /// Where the pixels of a window begin, and how many there are.
    #[inline(always)]
    fn taps(&self, (i, j): (usize, usize)) -> ([usize; 9], usize) {
        let (mut taps, mut count) = ([0; 9], 0);
        for row in window(i, self.height) {
            for column in window(j, self.width) {
                taps[count] = (row * self.stride + column) * self.channels;
                count += 1;
            }
        }
        (taps, count)
    }
}

/// Pools `z` into `out` (pixels end to end) and adds `bias`, a number for each channel. `choice`, as long as `out`, notes
/// which pixel of its window was the largest; only [`PixelPool::Max`] writes it.
pub fn forward(pool: PixelPool, z: &[f32], plane: &Plane, bias: &[f32], out: &mut [f32], choice: &mut [u8]) {
    fast(
        #[inline(always)]
        || forward_here(pool, z, plane, bias, out, choice),
    );
}

#[inline(always)]
fn forward_here(pool: PixelPool, z: &[f32], plane: &Plane, bias: &[f32], out: &mut [f32], choice: &mut [u8]) {
    let c = plane.channels;
    match pool {
        PixelPool::None => {
            let row = plane.width * c;
            for (out, z) in out.chunks_exact_mut(row).zip(z.chunks(plane.stride * c)) {
                for (out, z) in out.chunks_exact_mut(c).zip(z.chunks_exact(c)) {
                    out.iter_mut().zip(z).zip(bias).for_each(|((o, z), b)| *o = z + b);
                }
            }
        }
        PixelPool::Mean => {
            for (window, out) in plane.windows().zip(out.chunks_exact_mut(c)) {
                let (taps, count) = plane.taps(window);
                let weight = 1.0 / count as f32;
                out.copy_from_slice(bias);
                for &at in &taps[..count] {
                    out.iter_mut().zip(&z[at..at + c]).for_each(|(o, v)| *o += weight * v);
                }
            }
        }
        PixelPool::Max => {
            let pixels = out.chunks_exact_mut(c).zip(choice.chunks_exact_mut(c));
            for (window, (out, choice)) in plane.windows().zip(pixels) {
                let (taps, count) = plane.taps(window);
                largest(z, &taps[..count], out, choice);
                out.iter_mut().zip(bias).for_each(|(o, b)| *o += b);
            }
        }
    }
}

#[inline(always)]
fn largest(z: &[f32], taps: &[usize], out: &mut [f32], choice: &mut [u8]) {
    if let &[first, second, third, fourth] = taps {
        let [a, b, c, d] = [first, second, third, fourth].map(|at| &z[at..at + out.len()]);
        let values = a.iter().zip(b).zip(c.iter().zip(d));
        for ((o, choice), ((&a, &b), (&c, &d))) in out.iter_mut().zip(choice).zip(values) {
            let (above, left) = if b > a { (b, 1) } else { (a, 0) };
            let (below, right) = if d > c { (d, 3) } else { (c, 2) };
            (*o, *choice) = if below > above { (below, right) } else { (above, left) };
        }
        return;
    }
    out.copy_from_slice(&z[taps[0]..taps[0] + out.len()]);
    choice.fill(0);
    for (t, &at) in taps.iter().enumerate().skip(1) {
        for ((o, choice), &v) in out.iter_mut().zip(choice.iter_mut()).zip(&z[at..]) {
            (*o, *choice) = if v > *o { (v, t as u8) } else { (*o, *choice) };
        }
    }
}

/// Writes to `z` the gradient of a plane, given that of the pooled one; `z` is, and stays, 0 between the rows.
pub fn backward(pool: PixelPool, out: &[f32], choice: &[u8], plane: &Plane, z: &mut [f32]) {
    fast(
        #[inline(always)]
        || backward_here(pool, out, choice, plane, z),
    );
}

#[inline(always)]
fn backward_here(pool: PixelPool, out: &[f32], choice: &[u8], plane: &Plane, z: &mut [f32]) {
    let c = plane.channels;
    // Windows that share no pixel write every pixel once.
    let shared = !plane.height.is_multiple_of(2) || !plane.width.is_multiple_of(2);
    if shared && pool != PixelPool::None {
        z.fill(0.0);
    }
    let add = |z: &mut f32, value: f32| *z = if shared { *z + value } else { value };
    match pool {
        PixelPool::None => {
            let row = plane.width * c;
            for (out, z) in out.chunks_exact(row).zip(z.chunks_mut(plane.stride * c)) {
                z[..row].copy_from_slice(out);
            }
        }
        PixelPool::Mean => {
            for (window, out) in plane.windows().zip(out.chunks_exact(c)) {
                let (taps, count) = plane.taps(window);
                let weight = 1.0 / count as f32;
                for &at in &taps[..count] {
                    z[at..at + c].iter_mut().zip(out).for_each(|(z, o)| add(z, weight * o));
                }
            }
        }
        PixelPool::Max => {
            let pixels = out.chunks_exact(c).zip(choice.chunks_exact(c));
            for (window, (out, choice)) in plane.windows().zip(pixels) {
                let (taps, count) = plane.taps(window);
                for (t, &at) in taps[..count].iter().enumerate() {
                    for ((z, &o), &choice) in z[at..at + c].iter_mut().zip(out).zip(choice) {
                        add(z, if choice == t as u8 { o } else { 0.0 });
                    }
                }
            }
        }
    }
}
