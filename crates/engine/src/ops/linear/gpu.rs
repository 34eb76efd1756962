//! Linear layers on a GPU.

use crate::gpu::{Arg, Driver, Matrix, Ptr};
use crate::ops::activation::Activation;

/// Sizes of a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub rows: usize,
    pub inputs: usize,
    pub outputs: usize,
}

/// As the kernels know it.
fn kind(activation: Option<Activation>) -> Arg {
    Arg::Kind(match activation {
        None => -1,
        Some(Activation::Silu) => 0,
        Some(Activation::Relu) => 1,
        Some(Activation::Tanh) => 2,
        Some(Activation::Gelu) => 3,
    })
}

/// `out = a(x w + b)`, and its slopes where there is room for them (0: there is none).
pub(crate) fn forward(
    gpu: &impl Driver,
    [x, w, b]: [Ptr; 3],
    sizes: Sizes,
    activation: Option<Activation>,
    (out, slopes): (Ptr, Ptr),
) {
    let Sizes { rows, inputs, outputs } = sizes;
    gpu.product(Matrix::new(x, rows, inputs), Matrix::new(w, inputs, outputs), out, false);
    finish(gpu, b, sizes, activation, (out, slopes));
}

/// Bias and activation of products.
pub(crate) fn finish(
    gpu: &impl Driver,
    b: Ptr,
    Sizes { rows, outputs, .. }: Sizes,
    activation: Option<Activation>,
    (out, slopes): (Ptr, Ptr),
) {
    let args = [
        Arg::Values(out),
        Arg::Values(slopes),
        Arg::Values(b),
        Arg::Count(rows),
        Arg::Count(outputs),
        kind(activation),
    ];
    gpu.each("linear_finish", rows * outputs, &args);
}

/// Makes the gradient `up` of the activations that of what they are of (where there are slopes), and adds it to that of the bias.
pub(crate) fn before(gpu: &impl Driver, slopes: Ptr, Sizes { rows, outputs, .. }: Sizes, up: Ptr, of_b: Ptr) {
    if slopes != 0 {
        gpu.each("linear_pull", rows * outputs, &[Arg::Values(up), Arg::Values(slopes), Arg::Count(rows * outputs)]);
    }
    gpu.columns("linear_bias", outputs, &[Arg::Values(up), Arg::Values(of_b), Arg::Count(rows), Arg::Count(outputs)]);
}

/// Adds the gradients; that of `x` where somebody wants it (0: nobody does).
pub(crate) fn backward(
    gpu: &impl Driver,
    [x, w]: [Ptr; 2],
    sizes: Sizes,
    slopes: Ptr,
    up: Ptr,
    [of_x, of_w, of_b]: [Ptr; 3],
) {
    before(gpu, slopes, sizes, up, of_b);
    pull(gpu, [x, w], sizes, up, [of_x, of_w]);
}

/// Adds the gradients of the two factors of a product.
pub(crate) fn pull(gpu: &impl Driver, [x, w]: [Ptr; 2], sizes: Sizes, up: Ptr, [of_x, of_w]: [Ptr; 2]) {
    let Sizes { rows, inputs, outputs } = sizes;
    let up = Matrix::new(up, rows, outputs);
    gpu.product(Matrix::new(x, rows, inputs).t(), up, of_w, true);
    if of_x != 0 {
        gpu.product(up, Matrix::new(w, inputs, outputs).t(), of_x, true);
    }
}

#[cfg(feature = "cuda")]
mod cuda {
    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{Activation, Sizes, backward, forward};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::{Flat, Mat};
    use crate::ops::linear::Op;

    impl Op for Cuda {
        fn linear<T: Tape<f32, Self>>(
            x: Mat<Self, T>,
            w: &Flat<Self>,
            b: &Flat<Self>,
            activation: Option<Activation>,
        ) -> Mat<Self, T> {
            let ((rows, inputs), outputs) = (*x.shape(), b.shape().0);
            let sizes = Sizes { rows, inputs, outputs };
            let (x, tape) = x.split_tape();
            let ((gpu, of_x), (_, of_w), (_, of_b)) = (seen(&x), seen(w), seen(b));
            let (out, to) = fresh(x.device(), (rows, outputs));
            let slopes = (T::OWNS_TAPE && activation.is_some()).then(|| fresh(x.device(), (rows, outputs)));
            let kept = slopes.as_ref().map_or(0, |(_, at)| *at);
            forward(&gpu, [of_x, of_w, of_b], sizes, activation, (to, kept));
            let held = (x.clone(), w.clone(), slopes);
            record(tape, out, [&x, w, b], move |up, grads| {
                backward(&gpu, [of_x, of_w], sizes, kept, up, grads);
                drop(held);
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::ops::linear::{self, Gradients};
    use crate::tests::{agree, numbers};

    #[test]
    fn kernels_agree_with_the_cpu() {
        let Some(gpu) = host("linear layers") else { return };
        let all =
            [None, Some(Activation::Silu), Some(Activation::Relu), Some(Activation::Tanh), Some(Activation::Gelu)];
        for ((rows, inputs, outputs), activation) in [(5, 3, 4), (300, 7, 65), (1, 1, 1)]
            .into_iter()
            .zip(all.into_iter().cycle().skip(1))
            .chain(all.map(|a| ((9, 5, 33), a)))
        {
            let (x, w, b) = (numbers(rows * inputs, 7), numbers(inputs * outputs, 5), numbers(outputs, 3));
            let up = numbers(rows * outputs, 9);
            let (expected, saved) = linear::forward(&x, &w, &b, inputs, activation, true);
            let sizes = Sizes { rows, inputs, outputs };
            let (mut out, mut slopes) = (vec![0.0; rows * outputs], vec![0.0; rows * outputs]);
            forward(&gpu, [at(&x), at(&w), at(&b)], sizes, activation, (to(&mut out), to(&mut slopes)));
            let name = format!("linear {activation:?} {rows}×{inputs}×{outputs}");
            agree(&name, 1e-5, &[out], &[expected]);
            // Gradients are added to what is there.
            let mut grads = [numbers(x.len(), 2), numbers(w.len(), 4), numbers(b.len(), 6)];
            let mut expected = grads.clone();
            let [gx, gw, gb] = &mut expected;
            linear::backward(&x, &w, inputs, &saved, &mut up.clone(), Gradients { x: gx, w: gw, b: gb });
            let mut pulled = up.clone();
            let of = grads.each_mut().map(|g| to(g));
            backward(&gpu, [at(&x), at(&w)], sizes, at(&slopes), to(&mut pulled), of);
            agree(&name, 2e-5, &grads, &expected);
        }
    }
}
