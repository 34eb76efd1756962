//! Operations on images as compositions. Patches, windows and turned kernels are gathered by indices from the host, so
//! that nothing has to be compiled at run time.

use dfdx::prelude::*;

use super::stock::{activated, select};
use super::{Flat, Kernels, Mat};
use crate::kernel::activation::Activation;
use crate::kernel::conv::Conv;
use crate::kernel::invariant::Field;
use crate::kernel::join::Join;
use crate::kernel::pixel_pool::PixelPool;
use crate::kernel::turn::Turns;
use crate::kernel::window::window;

/// See [`Kernels::convolve`].
pub fn convolve<D, T>(x: Mat<D, T>, w: &Flat<D>, b: &Flat<D>, conv: &Conv, activation: Option<Activation>) -> Mat<D, T>
where
    D: Kernels,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let n = x.shape().0;
    let pixels = conv.height * conv.width;
    let x = x.reshape_like(&(n * pixels, conv.channels));
    let patches = weighted(x, &repeat(&patch_pixels(conv), n, pixels)).reshape_like(&(n * pixels, conv.depth()));
    let z = patches.matmul(w.clone().reshape_like(&(conv.depth(), conv.outputs)));
    let results = conv.results();
    activated(pool(z, conv, n), b, activation).reshape_like(&(n, results))
}

/// The pixel behind each pixel of each patch; `None` beyond the image.
fn patch_pixels(conv: &Conv) -> Vec<Option<(usize, f32)>> {
    let (k, margin) = (conv.kernel, conv.kernel / 2);
    let within = |at: usize, n: usize| at.checked_sub(margin).filter(|&at| at < n);
    let of_pixel = |p: usize| {
        (0..k * k).map(move |s| {
            let row = within(p / conv.width + s % k, conv.height)?;
            let column = within(p % conv.width + s / k, conv.width)?;
            Some((row * conv.width + column, 1.0))
        })
    };
    (0..conv.height * conv.width).flat_map(of_pixel).collect()
}

/// Pools the rows of `z`, the pixels of `n` images.
fn pool<D, T>(z: Mat<D, T>, conv: &Conv, n: usize) -> Mat<D, T>
where
    D: Kernels,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    if conv.pool == PixelPool::None {
        return z;
    }
    let (height, width) = conv.after();
    let held = |p: usize| -> Vec<usize> {
        let columns = window(p % width, conv.width);
        window(p / width, conv.height).flat_map(|r| columns.clone().map(move |c| r * conv.width + c)).collect()
    };
    let held: Vec<Vec<usize>> = (0..height * width).map(held).collect();
    let most = held.iter().map(Vec::len).max().unwrap_or(0);
    let (z, tape) = z.split_tape();
    let tap = |t: usize| {
        let largest = |held: &Vec<usize>| Some((held[t.min(held.len() - 1)], 1.0));
        let mean = |held: &Vec<usize>| Some((*held.get(t)?, 1.0 / held.len() as f32));
        let pixels: Vec<_> = match conv.pool {
            PixelPool::Max => held.iter().map(largest).collect(),
            _ => held.iter().map(mean).collect(),
        };
        weighted(z.retaped::<T>(), &repeat(&pixels, n, conv.height * conv.width))
    };
    let join = |a: Mat<D, T>, b: Mat<D, T>| if conv.pool == PixelPool::Max { a.maximum(b) } else { a + b };
    let (out, of_out) = (1..most).fold(tap(0), |out, t| join(out, tap(t))).split_tape();
    out.put_tape(tape.merge(of_out))
}

/// The same places in each of `n` images of `pixels` pixels.
fn repeat(places: &[Option<(usize, f32)>], n: usize, pixels: usize) -> Vec<Option<(usize, f32)>> {
    (0..n).flat_map(|i| places.iter().map(move |p| p.map(|(at, weight)| (i * pixels + at, weight)))).collect()
}

/// The rows of `x` at the given places, times their weights; zeros where there is no place.
fn weighted<D, T>(x: Mat<D, T>, places: &[Option<(usize, f32)>]) -> Mat<D, T>
where
    D: Kernels,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let dev = x.device().clone();
    let (rows, columns) = (places.len(), x.shape().1);
    let at = dev.tensor_from_vec(places.iter().map(|p| p.map_or(0, |p| p.0)).collect(), (rows,));
    let weights = dev.tensor_from_vec(places.iter().map(|p| p.map_or(0.0, |p| p.1)).collect(), (rows,));
    let taken: Mat<D, T> = x.gather(at);
    taken * weights.broadcast_like::<_, Axis<1>>(&(rows, columns))
}

/// See [`Kernels::join`].
pub fn join<D, T>(coarse: Mat<D, T>, fine: &Mat<D>, join: &Join) -> Mat<D, T>
where
    D: Kernels,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let dev = coarse.device().clone();
    let n = coarse.shape().0;
    let (pixels, channels) = (join.height * join.width, join.coarse + join.fine);
    let coarse_pixels = join.coarse_len() / join.coarse;
    let (coarse, tape) = coarse.reshape_like(&(n * coarse_pixels, join.coarse)).split_tape();
    let place =
        |from: usize, count: usize| select(&dev, channels, from..from + count).permute::<(usize, usize), Axes2<1, 0>>();
    let beside = fine.clone().put_tape(tape).reshape_like(&(n * pixels, join.fine));
    let mut out = beside.matmul(place(join.coarse, join.fine));
    for t in 0..4 {
        let source = |p: usize| {
            let (sources, count) = join.sources(p);
            (t < count).then(|| (sources[t], 1.0 / count as f32))
        };
        let places: Vec<_> = (0..pixels).map(source).collect();
        if places.iter().any(Option::is_some) {
            let taken = weighted(coarse.retaped::<T>(), &repeat(&places, n, coarse_pixels));
            out = taken.matmul(place(0, join.coarse)) + out;
        }
    }
    out.reshape_like(&(n, join.results()))
}

/// See [`Kernels::turn`].
pub fn turn<D, T>(learned: &Flat<D>, turns: &Turns) -> Tensor<(usize,), f32, D, T>
where
    D: Kernels,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let learned = learned.retaped::<T>().reshape_like(&(turns.learned(), 1));
    let sources: Vec<Vec<(usize, f32)>> = (0..turns.kernels()).map(|at| turns.sources(at).collect()).collect();
    let most = sources.iter().map(Vec::len).max().unwrap_or(1).max(1);
    let tap = |t: usize| {
        let places: Vec<_> = sources.iter().map(|s| s.get(t).copied()).collect();
        weighted(learned.retaped::<T>(), &places)
    };
    (1..most).fold(tap(0), |out, t| out + tap(t)).reshape_like(&(turns.kernels(),))
}

/// See [`Kernels::invariant`].
pub fn invariant<D, T>(x: Mat<D, T>, field: &Field) -> Mat<D, T>
where
    D: Kernels,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let n = x.shape().0;
    let &Field { pixels, turns, channels } = field;
    let largest: Mat<D, T> = x.reshape_like(&(n * pixels, turns, channels)).max::<_, Axis<1>>();
    largest.reshape_like(&(n, pixels, channels)).mean::<_, Axis<1>>()
}
