//! Losses on a GPU.

use super::Loss;
use crate::gpu::{Arg, BLOCK, Driver, Held, Ptr};

fn kind(loss: Loss) -> Arg {
    Arg::Kind(match loss {
        Loss::Mse => 0,
        Loss::Mae => 1,
        Loss::Huber => 2,
        Loss::CrossEntropy => 3,
    })
}

/// Σ_i weight_i · loss(pred_i, target_i) to `total`.
pub(crate) fn forward(
    gpu: &impl Driver,
    loss: Loss,
    [pred, target, weights]: [Ptr; 3],
    (rows, width): (usize, usize),
    total: Ptr,
) {
    // Double precision is twice as long.
    let each = gpu.room(2 * rows);
    let values = [pred, target, weights, each.at()].map(Arg::Values);
    gpu.each("loss_rows", rows, &[values.as_slice(), &[Arg::Count(rows), Arg::Count(width), kind(loss)]].concat());
    gpu.launch("loss_total", [1, 1], BLOCK, &[Arg::Values(each.at()), Arg::Values(total), Arg::Count(rows)]);
}

/// Adds `up` times the gradients of predictions and targets.
pub(crate) fn backward(
    gpu: &impl Driver,
    loss: Loss,
    [pred, target, weights]: [Ptr; 3],
    (rows, width): (usize, usize),
    up: Ptr,
    [of_pred, of_target]: [Ptr; 2],
) {
    let values = [pred, target, weights, up, of_pred, of_target].map(Arg::Values);
    gpu.each("loss_back", rows, &[values.as_slice(), &[Arg::Count(rows), Arg::Count(width), kind(loss)]].concat());
}

#[cfg(feature = "cuda")]
mod cuda {
    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{Loss, backward, forward};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::{Flat, Mat, Scalar};
    use crate::ops::loss::Op;

    impl Op for Cuda {
        fn loss<T: Tape<f32, Self>>(
            kind: Loss,
            pred: Mat<Self, T>,
            target: Mat<Self, T>,
            weights: &Flat<Self>,
        ) -> Scalar<Self, T> {
            let size = *pred.shape();
            let (pred, tape) = pred.split_tape();
            let (target, other) = target.split_tape();
            let ((gpu, of_pred), (_, of_target), (_, of_weights)) = (seen(&pred), seen(&target), seen(weights));
            let (out, to) = fresh(pred.device(), ());
            let values = [of_pred, of_target, of_weights];
            forward(&gpu, kind, values, size, to);
            let held = (pred.clone(), target.clone(), weights.clone());
            record(tape.merge(other), out, [&pred, &target], move |up, grads| {
                backward(&gpu, kind, values, size, up, grads);
                drop(held);
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::ops::loss;
    use crate::tests::{agree, numbers};

    #[test]
    fn kernels_agree_with_the_cpu() {
        let Some(gpu) = host("losses") else { return };
        let (rows, width) = (600, 3);
        let (pred, weights) = (numbers(rows * width, 5), numbers(rows, 7));
        for kind in [Loss::Mse, Loss::Mae, Loss::Huber, Loss::CrossEntropy] {
            let target: Vec<f32> = match kind {
                Loss::CrossEntropy => (0..rows * width).map(|i| f32::from(u8::from(i % 3 == 1))).collect(),
                _ => numbers(rows * width, 3).iter().map(|v| 2.0 * v).collect(),
            };
            let each = loss::rows(kind, &pred, &target, width);
            let expected = each.iter().zip(&weights).map(|(l, w)| f64::from(*l) * f64::from(*w)).sum::<f64>() as f32;
            let mut total = vec![0.0f32];
            let values = [at(&pred), at(&target), at(&weights)];
            forward(&gpu, kind, values, (rows, width), to(&mut total));
            agree("loss", 1e-5, &[total], &[vec![expected]]);
            let up = [1.5f32];
            let mut grads = [numbers(rows * width, 2), numbers(rows * width, 4)];
            let mut expected = grads.clone();
            let scaled: Vec<f32> = weights.iter().map(|w| w * up[0]).collect();
            let [gp, gt] = &mut expected;
            loss::backward(kind, &pred, &target, &scaled, gp, gt);
            let of = grads.each_mut().map(|g| to(g));
            backward(&gpu, kind, values, (rows, width), at(&up), of);
            agree("loss, back", 1e-5, &grads, &expected);
        }
    }
}
