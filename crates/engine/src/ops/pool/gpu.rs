//! Pooling and its inverse on a GPU.

use super::Pool;
use crate::gpu::{Arg, Driver, Held, Ptr};
use crate::points::Points;

/// Where points lie, on the device.
pub(crate) struct Table<H> {
    /// Row i has the points `offsets[i]..offsets[i + 1]`.
    pub offsets: H,
    /// The row of each point.
    pub rows: H,
}

impl<H> Table<H> {
    pub fn of(gpu: &impl Driver<Held = H>, points: &Points) -> Self {
        let ends = points.ranges().map(|r| r.end as u32);
        let offsets: Vec<u32> = std::iter::once(0).chain(ends).collect();
        let rows: Vec<u32> = points.ranges().enumerate().flat_map(|(i, r)| r.map(move |_| i as u32)).collect();
        Self { offsets: gpu.upload(&offsets), rows: gpu.upload(&rows) }
    }
}

fn kind(pool: Pool) -> Arg {
    Arg::Kind(match pool {
        Pool::Mean => 0,
        Pool::Sum => 1,
        Pool::Max => 2,
    })
}

/// Rows×width from points×width; `from` gets the points that the largest values came from.
pub(crate) fn forward<G: Driver>(
    gpu: &G,
    x: Ptr,
    table: &Table<G::Held>,
    (points, width): (&Points, usize),
    pool: Pool,
    (out, from): (Ptr, Ptr),
) {
    let values = [x, table.offsets.at(), out, from].map(Arg::Values);
    let args = [values.as_slice(), &[Arg::Count(points.rows()), Arg::Count(width), kind(pool)]].concat();
    gpu.each("pool_points", points.rows() * width, &args);
}

/// Adds the gradient of the points' values.
pub(crate) fn backward<G: Driver>(
    gpu: &G,
    (up, from): (Ptr, Ptr),
    table: &Table<G::Held>,
    (points, width): (&Points, usize),
    pool: Pool,
    grad: Ptr,
) {
    let values = [up, table.offsets.at(), table.rows.at(), from, grad].map(Arg::Values);
    let args = [values.as_slice(), &[Arg::Count(points.total()), Arg::Count(width), kind(pool)]].concat();
    gpu.each("pool_back", points.total() * width, &args);
}

/// Points×width from rows×width.
pub(crate) fn spread<G: Driver>(gpu: &G, x: Ptr, table: &Table<G::Held>, (points, width): (&Points, usize), out: Ptr) {
    let values = [x, table.rows.at(), out].map(Arg::Values);
    let args = [values.as_slice(), &[Arg::Count(points.total()), Arg::Count(width)]].concat();
    gpu.each("pool_spread", points.total() * width, &args);
}

#[cfg(feature = "cuda")]
mod cuda {
    use std::sync::Arc;

    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{Held, Pool, Table, backward, forward, spread};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::Mat;
    use crate::gpu::Driver;
    use crate::ops::pool::Op;
    use crate::points::Points;

    impl Op for Cuda {
        fn pool<T: Tape<f32, Self>>(x: Mat<Self, T>, points: &Arc<Points>, pool: Pool) -> Mat<Self, T> {
            let (x, tape) = x.split_tape();
            let (width, points) = (x.shape().1, points.clone());
            let (gpu, of_x) = seen(&x);
            let (out, to) = fresh(x.device(), (points.rows(), width));
            let table = Table::of(&gpu, &points);
            let from = gpu.room(if pool == Pool::Max { points.rows() * width } else { 0 });
            forward(&gpu, of_x, &table, (&points, width), pool, (to, from.at()));
            record(tape, out, [&x], move |up, [grad]| {
                backward(&gpu, (up, from.at()), &table, (&points, width), pool, grad);
            })
        }

        fn spread<T: Tape<f32, Self>>(x: Mat<Self, T>, points: &Arc<Points>) -> Mat<Self, T> {
            let (x, tape) = x.split_tape();
            let (width, points) = (x.shape().1, points.clone());
            let (gpu, of_x) = seen(&x);
            let (out, to) = fresh(x.device(), (points.total(), width));
            let table = Table::of(&gpu, &points);
            spread(&gpu, of_x, &table, (&points, width), to);
            record(tape, out, [&x], move |up, [grad]| {
                let sums = gpu.room(points.rows() * width);
                forward(&gpu, up, &table, (&points, width), Pool::Sum, (sums.at(), 0));
                crate::ops::add::gpu::accumulate(&gpu, grad, sums.at(), 1.0, points.rows() * width);
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::ops::pool;
    use crate::tests::{agree, numbers, points};

    #[test]
    fn kernels_agree_with_the_cpu() {
        let Some(gpu) = host("pools") else { return };
        let (points, width) = (points(), 6);
        let table = Table::of(&gpu, &points);
        let x: Vec<f32> = (0..66).map(|i| ((i * 37 % 67) as f32 - 30.0) / 10.0).collect();
        let up = numbers(points.rows() * width, 5);
        for kind in [Pool::Mean, Pool::Sum, Pool::Max] {
            let (expected, from_there) = pool::forward(&x, width, &points, kind);
            let (mut out, mut from) = (vec![0.0; expected.len()], vec![0u32; expected.len()]);
            forward(&gpu, at(&x), &table, (&points, width), kind, (to(&mut out), to(&mut from)));
            agree("pool", 1e-6, &[out], &[expected]);
            let (mut grad, mut wanted) = (numbers(66, 2), numbers(66, 2));
            pool::backward(&up, &from_there, width, &points, kind, &mut wanted);
            backward(&gpu, (at(&up), at(&from)), &table, (&points, width), kind, to(&mut grad));
            agree("pool, back", 1e-6, &[grad], &[wanted]);
        }
        let mut out = vec![0.0; 66];
        spread(&gpu, at(&up), &table, (&points, width), to(&mut out));
        assert_eq!(out, pool::spread(&up, width, &points));
    }
}
