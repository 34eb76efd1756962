//! The hot operations of networks on points. As in [`super`], the defaults are compositions of stock operations.
//!
//! The first argument carries the tape; tensors given by reference get their gradients all the same.

use std::sync::Arc;

use dfdx::prelude::*;

use super::super::kernel::pair::Form;
use super::super::points::Points;
use super::stock_points as stock;
use super::{Device, Flat, Mat};
use crate::kernel::activation::Activation;
use crate::kernel::pool::Pool;

/// The learned maps of messages between pairs, as [`super::super::kernel::pair::Weights`].
pub struct PairMaps<'a, D: Device> {
    pub radial: Option<&'a Flat<D>>,
    pub relative: Option<&'a Flat<D>>,
    pub gate: Option<&'a Flat<D>>,
}

/// A device with the operations of networks on points.
pub trait PointKernels: Device {
    /// Values at positions of the flat tensor, 0 for [`super::super::kernel::gather::NOTHING`], as a matrix of `columns`.
    fn gather<T>(x: Mat<Self, T>, index: Vec<u32>, columns: usize) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::gather(x, &index, columns)
    }

    /// `a + factor b`, of like shapes.
    fn add<T>(a: Mat<Self, T>, b: &Mat<Self>, factor: f32) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let b = b.retaped::<T>();
        if factor == 1.0 { a + b } else { a + b * factor }
    }

    /// Rows×width from points×width; 0 for a row without points.
    fn pool<T>(x: Mat<Self, T>, points: &Arc<Points>, pool: Pool) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::pool(x, points, pool)
    }

    /// Points×width from rows×width: the row's values at each of its points.
    fn spread<T>(x: Mat<Self, T>, points: &Arc<Points>) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::spread(x, points)
    }

    /// `a([x y] w + b)`; `w` holds the rows for `x`, then those for `y`.
    fn joined<T>(
        x: Mat<Self, T>,
        y: &Mat<Self>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        activation: Option<Activation>,
    ) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::joined(x, y, w, b, activation)
    }

    /// Layer normalisation of each row.
    fn normalise<T>(x: Mat<Self, T>, gain: &Flat<Self>, bias: &Flat<Self>) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::normalise(x, gain, bias)
    }

    /// Attention of a row's points on each other; points×width from points×3·width.
    fn attention<T>(qkv: Mat<Self, T>, heads: usize, points: &Arc<Points>) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::attention(qkv, heads, points)
    }

    /// Messages between all pairs of a row's points, or vectors weighed by them (see [`super::super::kernel::pair`]):
    /// points×`form.outputs()` from `pq` (points×2·width) and positions `x` (points×dim).
    fn pairs<T>(
        pq: Mat<Self, T>,
        x: &Mat<Self>,
        maps: PairMaps<'_, Self>,
        points: &Arc<Points>,
        form: Form,
    ) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::pairs(pq, x, maps, points, form)
    }

    /// Scalar products of a point's vectors (points×vectors·dim), squares included.
    fn invariants<T>(v: Mat<Self, T>, dim: usize) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::invariants(v, dim)
    }

    /// Combinations of a point's vectors (points×vectors·dim) with coefficients (points×outputs·vectors).
    fn combine<T>(coefficients: Mat<Self, T>, v: &Mat<Self>, dim: usize) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::combine(coefficients, v, dim)
    }
}
