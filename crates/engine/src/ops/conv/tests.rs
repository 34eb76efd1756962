use dfdx::prelude::*;

use super::Gradients;
use super::columns::BAND;
use super::pull::FEW;
use super::*;
use crate::ops::Kernels;
use crate::ops::pixel_pool::window::window;
use crate::tests::{Path, agree, flat, mat};

fn numbers(n: usize, m: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % 1009) as f32 - 504.0) / 504.0).collect()
}

fn wide(v: &[f32]) -> Vec<f64> {
    v.iter().map(|&a| f64::from(a)).collect()
}

/// The plain definition in double precision; tanh so that everything is smooth.
fn reference(x: &[f64], w: &[f64], b: &[f64], conv: &Conv) -> Vec<f64> {
    let (c, o, k, margin) = (conv.channels, conv.outputs, conv.kernel, conv.margin());
    let (h, wd) = (conv.height, conv.width);
    let mut out = Vec::new();
    for image in x.chunks(conv.inputs()) {
        let pixel = |r: isize, s: isize, i: usize| {
            let inside = (0..h as isize).contains(&r) && (0..wd as isize).contains(&s);
            if inside { image[(r as usize * wd + s as usize) * c + i] } else { 0.0 }
        };
        let value = |r: usize, s: usize, j: usize| {
            let mut sum = 0.0;
            for (right, down) in (0..k).flat_map(|right| (0..k).map(move |down| (right, down))) {
                for i in 0..c {
                    let (r, s) = ((r + down) as isize - margin as isize, (s + right) as isize - margin as isize);
                    sum += pixel(r, s, i) * w[((right * k + down) * c + i) * o + j];
                }
            }
            sum
        };
        let (rows, columns) = conv.after();
        for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            for (channel, bias) in b.iter().enumerate().take(o) {
                let held = || window(i, h).flat_map(|r| window(j, wd).map(move |s| (r, s)));
                let z = match conv.pool {
                    PixelPool::None => value(i, j, channel),
                    PixelPool::Max => held().map(|(r, s)| value(r, s, channel)).fold(f64::NEG_INFINITY, f64::max),
                    PixelPool::Mean => held().map(|(r, s)| value(r, s, channel)).sum::<f64>() / held().count() as f64,
                };
                out.push((z + bias).tanh());
            }
        }
    }
    out
}

fn cases() -> Vec<Conv> {
    let conv = |height, width, channels, outputs, kernel, pool| Conv { height, width, channels, outputs, kernel, pool };
    vec![
        conv(4, 6, 2, 3, 3, PixelPool::None),
        conv(4, 4, 1, 4, 3, PixelPool::Max),
        conv(5, 4, 3, 2, 3, PixelPool::Max),
        conv(3, 2, FEW, 2, 5, PixelPool::None),
        conv(5, 5, 2, 1, 5, PixelPool::Mean),
        conv(3, 7, 2, 2, 1, PixelPool::Max),
        conv(1, 2, 1, 1, 3, PixelPool::Mean),
    ]
}

#[test]
fn values_and_gradients_agree_with_finite_differences_in_double_precision() {
    for conv in cases() {
        let n = 2;
        let (x, w, b) = (numbers(n * conv.inputs(), 37), numbers(conv.weights(), 91), numbers(conv.outputs, 53));
        let c = numbers(n * conv.results(), 71);
        let (out, saved) = forward(&x, &w, &b, &conv, Some(Activation::Tanh), true);
        let base = [wide(&x), wide(&w), wide(&b)];
        for (got, want) in out.iter().zip(reference(&base[0], &base[1], &base[2], &conv)) {
            assert!((f64::from(*got) - want).abs() < 1e-5, "{conv:?}: {got} not {want}");
        }
        let (mut gx, mut gw, mut gb) = (vec![0.5; x.len()], vec![0.5; w.len()], vec![0.5; b.len()]);
        let grads = Gradients { x: &mut gx, w: &mut gw, b: &mut gb };
        backward(&x, &w, &conv, &saved, &c, grads);
        for (which, grad) in [gx, gw, gb].iter().enumerate() {
            for i in 0..grad.len() {
                let at = |h: f64| {
                    let mut v = base.clone();
                    v[which][i] += h;
                    let out = reference(&v[0], &v[1], &v[2], &conv);
                    out.iter().zip(&c).map(|(o, c)| o * f64::from(*c)).sum::<f64>()
                };
                let want = (at(1e-6) - at(-1e-6)) / 2e-6;
                let got = f64::from(grad[i]) - 0.5;
                assert!((got - want).abs() < 2e-5 * (1.0 + want.abs()), "{conv:?} {which}[{i}]: {got} not {want}");
            }
        }
    }
}

#[test]
fn bands_and_threads_do_not_change_a_bit() {
    // Wide enough for several bands, and more images than one piece of work.
    let conv = Conv { height: 33, width: 200, channels: 16, outputs: 2, kernel: 3, pool: PixelPool::Max };
    assert!(conv.plane().stride * conv.height * conv.kernel * conv.channels > 2 * BAND);
    let n = CHUNK + 1;
    let (x, w, b) = (numbers(n * conv.inputs(), 37), numbers(conv.weights(), 91), numbers(2, 53));
    let run = |threads| {
        let threads = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        threads.install(|| {
            let (out, saved) = forward(&x, &w, &b, &conv, Some(Activation::Relu), true);
            let (mut gx, mut gw, mut gb) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; 2]);
            let grads = Gradients { x: &mut gx, w: &mut gw, b: &mut gb };
            backward(&x, &w, &conv, &saved, &out, grads);
            (out, gx, gw, gb)
        })
    };
    let one = run(1);
    assert!(one == run(2), "two threads give other bits than one");
    let last = &x[(n - 1) * conv.inputs()..];
    let want = reference(&wide(last), &wide(&w), &wide(&b), &conv);
    for (got, want) in one.0[(n - 1) * conv.results()..].iter().zip(want) {
        // The reference ends in tanh, the run in the larger of 0 and z.
        assert!((f64::from(*got).tanh() - want.max(0.0)).abs() < 1e-4, "{got} {want}");
    }
}

/// Values and gradients of convolutions with every pooling, on axes even, odd and of a single pixel.
pub(crate) fn convolutions<D: Kernels>(dev: &D, path: Path) -> Vec<Vec<f32>> {
    let conv = |height, width, channels, outputs, kernel, pool| Conv { height, width, channels, outputs, kernel, pool };
    let cases = [
        (conv(4, 6, 2, 3, 3, PixelPool::None), None),
        (conv(6, 4, 1, 4, 3, PixelPool::Max), Some(Activation::Silu)),
        (conv(5, 4, 3, 1, 5, PixelPool::Max), Some(Activation::Relu)),
        (conv(5, 5, 2, 2, 3, PixelPool::Mean), Some(Activation::Tanh)),
        (conv(1, 3, 1, 1, 1, PixelPool::Mean), None),
    ];
    let run = |(conv, activation): (Conv, Option<Activation>)| {
        let n = 3;
        let (x, w) = (mat(dev, n, conv.inputs(), 37), flat(dev, conv.weights(), 17));
        let b = flat(dev, conv.outputs, 5);
        let y = match path {
            Path::Device => D::convolve(x.leaky_trace(), &w, &b, &conv, activation),
            Path::Stock => composed(x.leaky_trace(), &w, &b, &conv, activation),
        };
        let value = y.as_vec();
        let grads = (y * mat(dev, n, conv.results(), 11)).sum::<(), _>().backward();
        [value, grads.get(&x).as_vec(), grads.get(&w).as_vec(), grads.get(&b).as_vec()]
    };
    cases.into_iter().flat_map(run).collect()
}

#[test]
fn convolutions_agree() {
    let dev = Cpu::default();
    agree("convolve", 1e-5, &convolutions(&dev, Path::Device), &convolutions(&dev, Path::Stock));
}
