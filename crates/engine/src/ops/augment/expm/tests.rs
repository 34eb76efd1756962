use super::*;

/// exp in double precision by a plain series after a fixed scaling.
fn reference(a: &[f64], k: usize) -> Vec<f64> {
    let multiply = |a: &[f64], b: &[f64]| -> Vec<f64> {
        (0..k * k).map(|ij| (0..k).map(|l| a[ij / k * k + l] * b[l * k + ij % k]).sum()).collect()
    };
    let a: Vec<f64> = a.iter().map(|v| v / 1024.0).collect();
    let one: Vec<f64> = (0..k * k).map(|ij| f64::from(u8::from(ij / k == ij % k))).collect();
    let (mut sum, mut term) = (one.clone(), one);
    for n in 1..20 {
        term = multiply(&a, &term).iter().map(|v| v / n as f64).collect();
        sum.iter_mut().zip(&term).for_each(|(s, t)| *s += t);
    }
    (0..10).fold(sum, |s, _| multiply(&s, &s))
}

fn matrix(k: usize, seed: usize, size: f64) -> Vec<f64> {
    (0..k * k).map(|i| size * (((i * 31 + seed * 17) % 41) as f64 - 20.0) / 20.0).collect()
}

fn narrow(v: &[f64]) -> Vec<f32> {
    v.iter().map(|&a| a as f32).collect()
}

#[test]
fn values_and_derivatives_agree_with_double_precision() {
    for k in 1..=9 {
        for size in [0.0, 0.1, 1.0] {
            let (a, e) = (matrix(k, 1, size), matrix(k, 2, 1.0));
            let mut scratch = Scratch::new(k);
            let (mut value, mut again, mut slope) = (vec![0.0; k * k], vec![0.0; k * k], vec![0.0; k * k]);
            scratch.exp(&narrow(&a), &mut value);
            scratch.derivative(&narrow(&a), &narrow(&e), &mut again, &mut slope);
            let along = |t: f64| reference(&a.iter().zip(&e).map(|(a, e)| a + t * e).collect::<Vec<_>>(), k);
            let (want, up, down) = (along(0.0), along(1e-5), along(-1e-5));
            let large = want.iter().fold(1.0f64, |m, v| m.max(v.abs()));
            for i in 0..k * k {
                let want_slope = (up[i] - down[i]) / 2e-5;
                assert!((f64::from(value[i]) - want[i]).abs() < 5e-6 * large, "k={k} {} {}", value[i], want[i]);
                assert!((f64::from(again[i]) - want[i]).abs() < 5e-6 * large);
                assert!((f64::from(slope[i]) - want_slope).abs() < 5e-5 * large, "{} {want_slope}", slope[i]);
            }
        }
    }
}
