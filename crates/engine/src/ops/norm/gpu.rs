//! Layer normalisation on a GPU.

use super::EPSILON;
use crate::gpu::{Arg, Driver, Ptr, threads};

/// Rows of `width` values to `out`; what the way back needs goes to `normal` and `scales` (0: it is not kept).
pub(crate) fn forward(
    gpu: &impl Driver,
    [x, gain, bias]: [Ptr; 3],
    (rows, width): (usize, usize),
    [out, normal, scales]: [Ptr; 3],
) {
    let values = [x, gain, bias, out, normal, scales].map(Arg::Values);
    let args = [values.as_slice(), &[Arg::Count(width), Arg::Number(EPSILON)]].concat();
    if rows > 0 {
        gpu.launch("norm_rows", [rows as u32, 1], threads(width), &args);
    }
}

/// Adds the gradients of x, gain and bias.
pub(crate) fn backward(
    gpu: &impl Driver,
    [normal, scales, gain]: [Ptr; 3],
    (rows, width): (usize, usize),
    up: Ptr,
    [of_x, of_gain, of_bias]: [Ptr; 3],
) {
    let size = [Arg::Count(rows), Arg::Count(width)];
    let args = [normal, scales, gain, up, of_x].map(Arg::Values);
    if rows > 0 {
        gpu.launch("norm_pull", [rows as u32, 1], threads(width), &[args.as_slice(), &size[1..]].concat());
    }
    gpu.columns("norm_gain", width, &[[normal, up, of_gain].map(Arg::Values).as_slice(), &size].concat());
    gpu.columns("linear_bias", width, &[[up, of_bias].map(Arg::Values).as_slice(), &size].concat());
}

#[cfg(feature = "cuda")]
mod cuda {
    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{backward, forward};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::{Flat, Mat};
    use crate::ops::norm::Op;

    impl Op for Cuda {
        fn normalise<T: Tape<f32, Self>>(x: Mat<Self, T>, gain: &Flat<Self>, bias: &Flat<Self>) -> Mat<Self, T> {
            let (x, tape) = x.split_tape();
            let size = *x.shape();
            let ((gpu, of_x), (_, of_gain), (_, of_bias)) = (seen(&x), seen(gain), seen(bias));
            let (out, to) = fresh(x.device(), size);
            let kept = T::OWNS_TAPE.then(|| (fresh(x.device(), size), fresh(x.device(), (size.0,))));
            let (normal, scales) = kept.as_ref().map_or((0, 0), |(normal, scales)| (normal.1, scales.1));
            forward(&gpu, [of_x, of_gain, of_bias], size, [to, normal, scales]);
            let held = (gain.clone(), kept);
            record(tape, out, [&x, gain, bias], move |up, grads| {
                backward(&gpu, [normal, scales, of_gain], size, up, grads);
                drop(held);
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::ops::norm::{self, Gradients};
    use crate::tests::{agree, numbers};

    #[test]
    fn kernels_agree_with_the_cpu() {
        let Some(gpu) = host("layer normalisation") else { return };
        for (rows, width) in [(6, 5), (3, 300), (70, 33)] {
            let (x, gain, bias) = (numbers(rows * width, 7), numbers(width, 3), numbers(width, 5));
            let (expected, saved) = norm::forward(&x, &gain, &bias);
            let [mut out, mut normal] = [(); 2].map(|()| vec![0.0; rows * width]);
            let mut scales = vec![0.0; rows];
            let to_all = [to(&mut out), to(&mut normal), to(&mut scales)];
            forward(&gpu, [at(&x), at(&gain), at(&bias)], (rows, width), to_all);
            agree("normalise", 1e-5, &[out], &[expected]);
            let up = numbers(rows * width, 9);
            let mut grads = [numbers(x.len(), 2), numbers(width, 4), numbers(width, 6)];
            let mut expected = grads.clone();
            let [gx, gg, gb] = &mut expected;
            norm::backward(&saved, &gain, &up, Gradients { x: gx, gain: gg, bias: gb });
            let of = grads.each_mut().map(|g| to(g));
            backward(&gpu, [at(&normal), at(&scales), at(&gain)], (rows, width), at(&up), of);
            agree("normalise", 2e-5, &grads, &expected);
        }
    }
}
