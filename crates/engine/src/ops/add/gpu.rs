//! Sums on a GPU.

use crate::gpu::{Arg, Driver, Ptr};

/// `out = a + factor b`
pub(crate) fn forward(gpu: &impl Driver, a: Ptr, b: Ptr, factor: f32, out: Ptr, n: usize) {
    let args = [Arg::Values(a), Arg::Values(b), Arg::Number(factor), Arg::Values(out), Arg::Count(n)];
    gpu.each("add_scaled", n, &args);
}

/// `to += factor part`
pub(crate) fn accumulate(gpu: &impl Driver, to: Ptr, part: Ptr, factor: f32, n: usize) {
    gpu.each("add_to", n, &[Arg::Values(to), Arg::Values(part), Arg::Number(factor), Arg::Count(n)]);
}

#[cfg(feature = "cuda")]
mod cuda {
    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{accumulate, forward};
    use crate::cuda::tape::{fresh, record, seen};
    use crate::device::Mat;
    use crate::ops::add::Op;

    impl Op for Cuda {
        fn add<T: Tape<f32, Self>>(a: Mat<Self, T>, b: &Mat<Self>, factor: f32) -> Mat<Self, T> {
            let (a, tape) = a.split_tape();
            let n = a.shape().num_elements();
            let ((gpu, of_a), (_, of_b)) = (seen(&a), seen(b));
            let (out, to) = fresh(a.device(), *a.shape());
            forward(&gpu, of_a, of_b, factor, to, n);
            record(tape, out, [&a, b], move |up, [of_a, of_b]| {
                accumulate(&gpu, of_a, up, 1.0, n);
                accumulate(&gpu, of_b, up, factor, n);
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::tests::numbers;

    #[test]
    fn kernels_give_the_bytes_of_the_formula() {
        let Some(gpu) = host("sums") else { return };
        let (a, b, mut out) = (numbers(700, 7), numbers(700, 5), vec![0.0; 700]);
        forward(&gpu, at(&a), at(&b), -0.5, to(&mut out), 700);
        let expected: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + -0.5 * b).collect();
        assert_eq!(out, expected);
        accumulate(&gpu, to(&mut out), at(&b), 2.0, 700);
        assert_eq!(out, expected.iter().zip(&b).map(|(a, b)| a + 2.0 * b).collect::<Vec<_>>());
        forward(&gpu, 0, 0, 1.0, 0, 0);
    }
}
