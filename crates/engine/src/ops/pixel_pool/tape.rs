//! Pooling of pixels on dfdx's tape.

use dfdx::prelude::*;

use super::window::window;
use super::{PixelPool, Plane};
use crate::device::{Device, Mat};
use crate::ops::pick::{repeat, weighted};

/// Pools the rows of `z`, the pixels of `n` images without room between their rows, by stock operations.
pub(crate) fn composed<D, T>(z: Mat<D, T>, pool: PixelPool, plane: &Plane, n: usize) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D>,
{
    if pool == PixelPool::None {
        return z;
    }
    let (height, width) = plane.after(pool);
    let held = |p: usize| -> Vec<usize> {
        let columns = window(p % width, plane.width);
        window(p / width, plane.height).flat_map(|r| columns.clone().map(move |c| r * plane.width + c)).collect()
    };
    let held: Vec<Vec<usize>> = (0..height * width).map(held).collect();
    let most = held.iter().map(Vec::len).max().unwrap_or(0);
    let (z, tape) = z.split_tape();
    let tap = |t: usize| {
        let largest = |held: &Vec<usize>| Some((held[t.min(held.len() - 1)], 1.0));
        let mean = |held: &Vec<usize>| Some((*held.get(t)?, 1.0 / held.len() as f32));
        let pixels: Vec<_> = match pool {
            PixelPool::Max => held.iter().map(largest).collect(),
            PixelPool::Mean | PixelPool::None => held.iter().map(mean).collect(),
        };
        weighted(z.retaped::<T>(), &repeat(&pixels, n, plane.height * plane.width))
    };
    let join = |a: Mat<D, T>, b: Mat<D, T>| if pool == PixelPool::Max { a.maximum(b) } else { a + b };
    let (out, of_out) = (1..most).fold(tap(0), |out, t| join(out, tap(t))).split_tape();
    out.put_tape(tape.merge(of_out))
}
