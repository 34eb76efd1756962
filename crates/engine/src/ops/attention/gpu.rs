//! Attention on a GPU.

use crate::gpu::{Arg, Driver, Held, Ptr, threads};
use crate::ops::pool::gpu::Table;
use crate::points::Points;

/// Sizes of attention, over these points.
#[derive(Clone, Copy)]
pub(crate) struct Sizes<'a> {
    pub points: &'a Points,
    pub width: usize,
    pub heads: usize,
}

impl Sizes<'_> {
    fn launch(&self, gpu: &impl Driver, kernel: &'static str, values: &[Ptr]) {
        let sizes = [Arg::Count(self.width), Arg::Count(self.heads)];
        let args: Vec<Arg> = values.iter().copied().map(Arg::Values).chain(sizes).collect();
        let grid = [self.points.rows() as u32, self.heads as u32];
        if self.points.total() > 0 {
            gpu.launch(kernel, grid, threads(self.points.most()), &args);
        }
    }
}

/// Points×width from points×3·width, and the logarithm of the sum of weights, heads a point.
pub(crate) fn forward<G: Driver>(gpu: &G, qkv: Ptr, table: &Table<G::Held>, sizes: Sizes<'_>, [out, logs]: [Ptr; 2]) {
    sizes.launch(gpu, "attention_forward", &[qkv, table.offsets.at(), out, logs]);
}

/// Adds the gradient of queries, keys and values.
pub(crate) fn backward<G: Driver>(
    gpu: &G,
    [qkv, logs]: [Ptr; 2],
    table: &Table<G::Held>,
    sizes: Sizes<'_>,
    up: Ptr,
    grad: Ptr,
) {
    let (means, offsets) = (gpu.room(sizes.points.total() * sizes.heads), table.offsets.at());
    sizes.launch(gpu, "attention_queries", &[qkv, offsets, logs, up, grad, means.at()]);
    sizes.launch(gpu, "attention_keys_values", &[qkv, offsets, logs, means.at(), up, grad]);
}

#[cfg(feature = "cuda")]
mod cuda {
    use std::sync::Arc;

    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{Sizes, Table, backward, forward};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::Mat;
    use crate::ops::attention::Op;
    use crate::points::Points;

    impl Op for Cuda {
        fn attention<T: Tape<f32, Self>>(qkv: Mat<Self, T>, heads: usize, points: &Arc<Points>) -> Mat<Self, T> {
            let (qkv, tape) = qkv.split_tape();
            let (width, points) = (qkv.shape().1 / 3, points.clone());
            let (gpu, of_qkv) = seen(&qkv);
            let (out, to) = fresh(qkv.device(), (points.total(), width));
            let (logs, to_logs) = fresh(qkv.device(), (points.total(), heads));
            let table = Table::of(&gpu, &points);
            forward(&gpu, of_qkv, &table, Sizes { points: &points, width, heads }, [to, to_logs]);
            let held = (qkv.clone(), logs);
            record(tape, out, [&qkv], move |up, [grad]| {
                backward(&gpu, [of_qkv, to_logs], &table, Sizes { points: &points, width, heads }, up, grad);
                drop(held);
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::ops::attention;
    use crate::tests::{agree, numbers, points};

    #[test]
    fn kernels_agree_with_the_cpu() {
        let Some(gpu) = host("attention") else { return };
        let many = std::sync::Arc::new(Points::new(300, [270, 2]));
        for (points, heads) in [(points(), 2), (points(), 1), (many, 4)] {
            let (width, total) = (8, points.total());
            let table = Table::of(&gpu, &points);
            let sizes = Sizes { points: &points, width, heads };
            let qkv = numbers(total * 3 * width, 7);
            let (expected, logs_there) = attention::forward(&qkv, width, heads, &points);
            let (mut out, mut logs) = (vec![0.0; total * width], vec![0.0; total * heads]);
            forward(&gpu, at(&qkv), &table, sizes, [to(&mut out), to(&mut logs)]);
            agree("attention", 1e-5, &[out, logs.clone()], &[expected, logs_there]);
            let up = numbers(total * width, 5);
            let wanted = attention::backward(&qkv, &logs, width, heads, &points, &up);
            let mut grad = vec![0.0; qkv.len()];
            backward(&gpu, [at(&qkv), at(&logs)], &table, sizes, at(&up), to(&mut grad));
            agree("attention, back", 2e-5, &[grad], &[wanted]);
        }
    }
}
