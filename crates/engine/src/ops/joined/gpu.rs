//! Linear layers on two inputs side by side, on a GPU.

use crate::gpu::{Driver, Matrix, Ptr};
use crate::ops::activation::Activation;
use crate::ops::linear::gpu::{Sizes, before, finish, pull};

/// Sizes of both sides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Both {
    pub rows: usize,
    pub inputs: usize,
    pub beside: usize,
    pub outputs: usize,
}

impl Both {
    fn of(&self, inputs: usize) -> Sizes {
        Sizes { rows: self.rows, inputs, outputs: self.outputs }
    }

    /// Where the rows of the weights for the second side begin.
    fn second(&self, w: Ptr) -> Ptr {
        w + (self.inputs * self.outputs * size_of::<f32>()) as Ptr
    }
}

/// `out = a([x y] w + b)`, and its slopes where there is room for them.
pub(crate) fn forward(
    gpu: &impl Driver,
    [x, y, w, b]: [Ptr; 4],
    sizes: Both,
    activation: Option<Activation>,
    (out, slopes): (Ptr, Ptr),
) {
    let Both { rows, inputs, beside, outputs } = sizes;
    gpu.product(Matrix::new(x, rows, inputs), Matrix::new(w, inputs, outputs), out, false);
    gpu.product(Matrix::new(y, rows, beside), Matrix::new(sizes.second(w), beside, outputs), out, true);
    finish(gpu, b, sizes.of(inputs), activation, (out, slopes));
}

/// Adds the gradients of x, y, w and b.
pub(crate) fn backward(
    gpu: &impl Driver,
    [x, y, w]: [Ptr; 3],
    sizes: Both,
    slopes: Ptr,
    up: Ptr,
    [of_x, of_y, of_w, of_b]: [Ptr; 4],
) {
    before(gpu, slopes, sizes.of(sizes.inputs), up, of_b);
    pull(gpu, [x, w], sizes.of(sizes.inputs), up, [of_x, of_w]);
    pull(gpu, [y, sizes.second(w)], sizes.of(sizes.beside), up, [of_y, sizes.second(of_w)]);
}

#[cfg(feature = "cuda")]
mod cuda {
    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{Activation, Both, backward, forward};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::{Flat, Mat};
    use crate::ops::joined::Op;

    impl Op for Cuda {
        fn joined<T: Tape<f32, Self>>(
            x: Mat<Self, T>,
            y: &Mat<Self>,
            w: &Flat<Self>,
            b: &Flat<Self>,
            activation: Option<Activation>,
        ) -> Mat<Self, T> {
            let ((rows, inputs), beside, outputs) = (*x.shape(), y.shape().1, b.shape().0);
            let sizes = Both { rows, inputs, beside, outputs };
            let (x, tape) = x.split_tape();
            let ((gpu, of_x), (_, of_y), (_, of_w), (_, of_b)) = (seen(&x), seen(y), seen(w), seen(b));
            let (out, to) = fresh(x.device(), (rows, outputs));
            let slopes = (T::OWNS_TAPE && activation.is_some()).then(|| fresh(x.device(), (rows, outputs)));
            let kept = slopes.as_ref().map_or(0, |(_, at)| *at);
            forward(&gpu, [of_x, of_y, of_w, of_b], sizes, activation, (to, kept));
            let held = (x.clone(), y.clone(), w.clone(), slopes);
            record(tape, out, [&x, y, w, b], move |up, grads| {
                backward(&gpu, [of_x, of_y, of_w], sizes, kept, up, grads);
                drop(held);
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::ops::joined::{self, Gradients, Sides};
    use crate::tests::{agree, numbers};

    #[test]
    fn kernels_agree_with_the_cpu() {
        let Some(gpu) = host("joined layers") else { return };
        let (rows, inputs, beside, outputs, silu) = (40, 3, 5, 34, Some(Activation::Silu));
        let (x, y) = (numbers(rows * inputs, 7), numbers(rows * beside, 11));
        let (w, b) = (numbers((inputs + beside) * outputs, 5), numbers(outputs, 3));
        let sides = Sides { x: &x, y: &y, inputs, beside };
        let (expected, saved) = joined::forward(sides, &w, &b, silu, true);
        let sizes = Both { rows, inputs, beside, outputs };
        let (mut out, mut slopes) = (vec![0.0; rows * outputs], vec![0.0; rows * outputs]);
        forward(&gpu, [at(&x), at(&y), at(&w), at(&b)], sizes, silu, (to(&mut out), to(&mut slopes)));
        agree("joined", 1e-5, &[out], &[expected]);
        let mut grads = [numbers(x.len(), 2), numbers(y.len(), 3), numbers(w.len(), 4), numbers(b.len(), 6)];
        let mut expected = grads.clone();
        let [gx, gy, gw, gb] = &mut expected;
        let mut up = numbers(rows * outputs, 9);
        joined::backward(sides, &w, &saved, &mut up.clone(), Gradients { x: gx, y: gy, w: gw, b: gb });
        let of = grads.each_mut().map(|g| to(g));
        backward(&gpu, [at(&x), at(&y), at(&w)], sizes, at(&slopes), to(&mut up), of);
        agree("joined", 2e-5, &grads, &expected);
    }
}
