//! Rows and columns picked on every device: rows by indices from the host, columns by products with constant 0-1
//! matrices. Neither has to be compiled at run time.

use dfdx::prelude::*;

use crate::device::{Cube, Device, Mat};
use crate::points::Points;

/// A row to look at, with its weight; `None` gives zeros.
pub(crate) type Source = Option<(usize, f32)>;

/// The constant matrix that picks the given columns out of `width`.
pub(crate) fn select<D: Device>(dev: &D, width: usize, columns: impl Iterator<Item = usize>) -> Mat<D> {
    let columns: Vec<usize> = columns.collect();
    let mut m = vec![0.0; width * columns.len()];
    for (j, &c) in columns.iter().enumerate() {
        m[c * columns.len() + j] = 1.0;
    }
    dev.tensor_from_vec(m, (width, columns.len()))
}

/// Rows of a matrix.
pub(crate) fn rows<D: Device, T: Tape<f32, D>>(x: Mat<D, T>, index: Vec<usize>) -> Mat<D, T> {
    let (dev, n) = (x.device().clone(), index.len());
    x.gather(dev.tensor_from_vec(index, (n,)))
}

/// The rows of `x` at the given places, times their weights; zeros where there is no place.
pub(crate) fn weighted<D: Device, T: Tape<f32, D>>(x: Mat<D, T>, places: &[Source]) -> Mat<D, T> {
    let dev = x.device().clone();
    let (rows, columns) = (places.len(), x.shape().1);
    let at = dev.tensor_from_vec(places.iter().map(|p| p.map_or(0, |p| p.0)).collect(), (rows,));
    let weights = dev.tensor_from_vec(places.iter().map(|p| p.map_or(0.0, |p| p.1)).collect(), (rows,));
    let taken: Mat<D, T> = x.gather(at);
    taken * weights.broadcast_like::<_, Axis<1>>(&(rows, columns))
}

/// The same places in each of `n` images of `pixels` pixels.
pub(crate) fn repeat(places: &[Source], n: usize, pixels: usize) -> Vec<Source> {
    (0..n).flat_map(|i| places.iter().map(move |p| p.map(|(at, weight)| (i * pixels + at, weight)))).collect()
}

/// Of each row `most` places for points: the points, the first one again where there are none, and 1 or 0.
pub(crate) fn places(points: &Points) -> (Vec<usize>, Vec<f32>) {
    let last = points.total().saturating_sub(1);
    let place = |range: std::ops::Range<usize>| {
        (0..points.most())
            .map(move |p| if p < range.len() { (range.start + p, 1.0) } else { (range.start.min(last), 0.0) })
    };
    points.ranges().flat_map(place).unzip()
}

/// Points in the places of their rows: rows×most×width, with the mask.
pub(crate) fn placed<D: Device, T: Tape<f32, D>>(x: Mat<D, T>, points: &Points) -> (Cube<D, T>, Mat<D>) {
    let (dev, width, shape) = (x.device().clone(), x.shape().1, (points.rows(), points.most()));
    let (index, mask) = places(points);
    (rows(x, index).reshape_like(&(shape.0, shape.1, width)), dev.tensor_from_vec(mask, shape))
}
