//! AdamW on a GPU.

use super::{EPSILON, Settings};
use crate::gpu::{Arg, BLOCK, Driver, Held, Ptr, blocks};

/// Blocks that sum squares: each has a sum of its own.
const PARTS: u32 = 256;

/// Updates a parameter and its two moments in place.
pub(crate) fn update(gpu: &impl Driver, s: &Settings, [param, m, v, grad]: [Ptr; 4], n: usize) {
    let (first, second) = s.corrections();
    let numbers = [s.grad_scale, s.beta1, s.beta2, s.lr / first, 1.0 - s.lr * s.weight_decay, second, EPSILON];
    let values = [param, m, v, grad].map(Arg::Values);
    gpu.each("adam_update", n, &[values.as_slice(), &numbers.map(Arg::Number), &[Arg::Count(n)]].concat());
}

/// a ← decay a + (1 − decay) p
pub(crate) fn average(gpu: &impl Driver, decay: f32, param: Ptr, average: Ptr, n: usize) {
    let args = [Arg::Values(average), Arg::Values(param), Arg::Number(decay), Arg::Count(n)];
    gpu.each("adam_average", n, &args);
}

/// Σ g² in double precision to `total`.
pub(crate) fn norm_squared(gpu: &impl Driver, grad: Ptr, n: usize, total: Ptr) {
    let parts = blocks(n).clamp(1, PARTS);
    let each = gpu.room(2 * parts as usize);
    gpu.launch("adam_squares", [parts, 1], BLOCK, &[Arg::Values(grad), Arg::Values(each.at()), Arg::Count(n)]);
    let args = [Arg::Values(each.at()), Arg::Values(total), Arg::Count(parts as usize)];
    gpu.launch("adam_norm", [1, 1], BLOCK, &args);
}

#[cfg(feature = "cuda")]
mod cuda {
    use dfdx::prelude::*;
    use dfdx::tensor::Cuda;

    use super::{Settings, average, norm_squared, update};
    use crate::cuda::tape::{gradient, seen, seen_mut};
    use crate::device::Flat;
    use crate::gpu::{Driver, Held};
    use crate::ops::adam::Op;

    impl Op for Cuda {
        fn adam(
            s: &Settings,
            param: &mut Flat<Self>,
            m: &mut Flat<Self>,
            v: &mut Flat<Self>,
            grads: &mut Gradients<f32, Self>,
        ) {
            let Some((grad, n)) = gradient(param, grads) else { return };
            let (gpu, _) = seen(param);
            update(&gpu, s, [seen_mut(param), seen_mut(m), seen_mut(v), grad], n);
        }

        fn average(decay: f32, param: &Flat<Self>, to: &mut Flat<Self>) {
            let (gpu, of_param) = seen(param);
            average(&gpu, decay, of_param, seen_mut(to), param.shape().0);
        }

        fn grad_norm_squared(param: &Flat<Self>, grads: &mut Gradients<f32, Self>) -> f64 {
            let Some((grad, n)) = gradient(param, grads) else { return f64::NAN };
            let (gpu, _) = seen(param);
            let total = gpu.room(2);
            norm_squared(&gpu, grad, n, total.at());
            gpu.double(&total)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::host::{at, host, to};
    use crate::ops::adam;
    use crate::tests::{agree, numbers};

    #[test]
    fn kernels_agree_with_the_cpu() {
        let Some(gpu) = host("AdamW") else { return };
        let n = 700;
        let grad = numbers(n, 7);
        let mut state = [numbers(n, 3), numbers(n, 5), numbers(n, 2).iter().map(|v| v * v).collect()];
        let mut expected = state.clone();
        for step in 1..4 {
            let s = Settings { lr: 0.1, beta1: 0.9, beta2: 0.99, weight_decay: 0.01, step, grad_scale: 0.7 };
            let [p, m, v] = &mut expected;
            adam::update(&s, p, m, v, &grad);
            let [p, m, v] = state.each_mut().map(|values| to(values));
            update(&gpu, &s, [p, m, v, at(&grad)], n);
        }
        agree("adam", 1e-5, &state, &expected);
        let (mut mean, mut wanted) = (numbers(n, 9), numbers(n, 9));
        adam::average(0.9, &grad, &mut wanted);
        average(&gpu, 0.9, at(&grad), to(&mut mean), n);
        agree("average", 1e-6, &[mean], &[wanted]);
        for n in [0, 1, 255, 70_000] {
            let grad = numbers(n, 3);
            let mut total = vec![9.0f64];
            norm_squared(&gpu, at(&grad), n, to(&mut total));
            let expected = adam::norm_squared(&grad);
            assert!((total[0] - expected).abs() <= 1e-12 * expected, "{n} values: {} not {expected}", total[0]);
        }
    }
}
