//! exp and its derivative for several matrices of two to four rows at a time, one lane of a vector for each: the same operations in the same
//! order as for one, so the same bytes.

use super::{ORDER, squarings};
use crate::ops::simd::fast;

/// Matrices at a time.
const LANES: usize = 8;

type Matrices<const N: usize> = [[f32; LANES]; N];

/// `out = exp(a)` of each of the k×k matrices, end to end; false, and nothing done, for other sides.
pub fn exp_each(k: usize, a: &[f32], out: &mut [f32]) -> bool {
    fast(
        #[inline(always)]
        || match k {
            2 => exp_all::<2, 4>(a, out),
            3 => exp_all::<3, 9>(a, out),
            4 => exp_all::<4, 16>(a, out),
            _ => false,
        },
    )
}

/// `out = d/dt exp(a + t e)` at t = 0 of each; false, and nothing done, for other sides.
pub fn derivative_each(k: usize, a: &[f32], e: &[f32], out: &mut [f32]) -> bool {
    fast(
        #[inline(always)]
        || match k {
            2 => derivative_all::<2, 4>(a, e, out),
            3 => derivative_all::<3, 9>(a, e, out),
            4 => derivative_all::<4, 16>(a, e, out),
            _ => false,
        },
    )
}

#[inline(always)]
fn exp_all<const K: usize, const N: usize>(a: &[f32], out: &mut [f32]) -> bool {
    for (a, out) in a.chunks(LANES * N).zip(out.chunks_mut(LANES * N)) {
        let (times, scale) = scaling::<K, N>(a);
        let a = gathered::<N>(a, &scale);
        let mut value = identity::<K, N>();
        for n in (1..=ORDER).rev() {
            let p = product::<K, N>(&a, &value, &[[0.0; LANES]; N]);
            horner::<K, N>(&mut value, &p, n);
        }
        for t in 0..most(&times) {
            let p = product::<K, N>(&value, &value, &[[0.0; LANES]; N]);
            chosen(&mut value, &p, &times, t);
        }
        scattered(&value, out);
    }
    true
}

#[inline(always)]
fn derivative_all<const K: usize, const N: usize>(a: &[f32], e: &[f32], out: &mut [f32]) -> bool {
    for ((a, e), out) in a.chunks(LANES * N).zip(e.chunks(LANES * N)).zip(out.chunks_mut(LANES * N)) {
        let (times, scale) = scaling::<K, N>(a);
        let (a, e) = (gathered::<N>(a, &scale), gathered::<N>(e, &scale));
        let (mut value, mut slope) = (identity::<K, N>(), [[0.0; LANES]; N]);
        for n in (1..=ORDER).rev() {
            let dp = product::<K, N>(&a, &slope, &[[0.0; LANES]; N]);
            let dp = product::<K, N>(&e, &value, &dp);
            let p = product::<K, N>(&a, &value, &[[0.0; LANES]; N]);
            horner::<K, N>(&mut value, &p, n);
            for (s, d) in slope.iter_mut().zip(&dp) {
                (0..LANES).for_each(|l| s[l] = d[l] / n as f32);
            }
        }
        for t in 0..most(&times) {
            let dp = product::<K, N>(&value, &slope, &[[0.0; LANES]; N]);
            let dp = product::<K, N>(&slope, &value, &dp);
            let p = product::<K, N>(&value, &value, &[[0.0; LANES]; N]);
            chosen(&mut value, &p, &times, t);
            chosen(&mut slope, &dp, &times, t);
        }
        scattered(&slope, out);
    }
    true
}

/// How often each is squared, and what it is multiplied by before.
#[inline(always)]
fn scaling<const K: usize, const N: usize>(a: &[f32]) -> ([u32; LANES], [f32; LANES]) {
    let (mut times, mut scale) = ([0; LANES], [1.0; LANES]);
    for ((times, scale), a) in times.iter_mut().zip(&mut scale).zip(a.chunks_exact(N)) {
        *times = squarings(a, K);
        *scale = 0.5f32.powi(*times as i32);
    }
    (times, scale)
}

#[inline(always)]
fn most(times: &[u32; LANES]) -> u32 {
    times.iter().copied().max().unwrap_or(0)
}

/// Entry by entry, scaled; zero where there are fewer matrices.
#[inline(always)]
fn gathered<const N: usize>(a: &[f32], scale: &[f32; LANES]) -> Matrices<N> {
    let mut all = [[0.0; LANES]; N];
    for (l, a) in a.chunks_exact(N).enumerate() {
        for (entry, v) in all.iter_mut().zip(a) {
            entry[l] = v * scale[l];
        }
    }
    all
}

#[inline(always)]
fn scattered<const N: usize>(all: &Matrices<N>, out: &mut [f32]) {
    for (l, out) in out.chunks_exact_mut(N).enumerate() {
        for (v, entry) in out.iter_mut().zip(all) {
            *v = entry[l];
        }
    }
}

#[inline(always)]
fn identity<const K: usize, const N: usize>() -> Matrices<N> {
    let mut one = [[0.0; LANES]; N];
    (0..K).for_each(|i| one[i * K + i] = [1.0; LANES]);
    one
}

/// `start + a b`.
#[inline(always)]
fn product<const K: usize, const N: usize>(a: &Matrices<N>, b: &Matrices<N>, start: &Matrices<N>) -> Matrices<N> {
    let mut out = *start;
    for i in 0..K {
        for l in 0..K {
            for j in 0..K {
                for lane in 0..LANES {
                    out[i * K + j][lane] += a[i * K + l][lane] * b[l * K + j][lane];
                }
            }
        }
    }
    out
}

/// `value = I + p / n`.
#[inline(always)]
fn horner<const K: usize, const N: usize>(value: &mut Matrices<N>, p: &Matrices<N>, n: usize) {
    for (v, p) in value.iter_mut().zip(p) {
        (0..LANES).for_each(|l| v[l] = p[l] / n as f32);
    }
    for i in 0..K {
        value[i * K + i].iter_mut().for_each(|v| *v += 1.0);
    }
}

/// The squares of those that are still to be squared.
#[inline(always)]
fn chosen<const N: usize>(value: &mut Matrices<N>, squared: &Matrices<N>, times: &[u32; LANES], t: u32) {
    for (v, p) in value.iter_mut().zip(squared) {
        (0..LANES).for_each(|l| v[l] = if t < times[l] { p[l] } else { v[l] });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scratch;
    use super::*;

    /// Matrices of sizes that take 0 to 5 squarings, and zeros.
    #[test]
    fn several_matrices_have_the_bytes_of_single_ones() {
        for k in 2..=4 {
            for count in [1, 7, 8, 9, 64] {
                let size = |m: usize| [0.0, 0.1, 1.0, 4.0][m % 4];
                let entry = |i: usize, seed: usize| ((i * 31 + seed * 17) % 41) as f32 / 20.0 - 1.0;
                let a: Vec<f32> = (0..count * k * k).map(|i| size(i / (k * k)) * entry(i, 3)).collect();
                let e: Vec<f32> = (0..count * k * k).map(|i| entry(i, 5)).collect();
                let (mut values, mut slopes) = (vec![f32::NAN; a.len()], vec![f32::NAN; a.len()]);
                assert!(exp_each(k, &a, &mut values) && derivative_each(k, &a, &e, &mut slopes));
                let mut scratch = Scratch::new(k);
                let (mut value, mut slope) = (vec![0.0; k * k], vec![0.0; k * k]);
                let bits = |v: &[f32]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                for (m, (a, e)) in a.chunks_exact(k * k).zip(e.chunks_exact(k * k)).enumerate() {
                    let own = m * k * k..(m + 1) * k * k;
                    scratch.exp(a, &mut value);
                    assert_eq!(bits(&values[own.clone()]), bits(&value), "k = {k}, matrix {m}");
                    scratch.derivative(a, e, &mut value, &mut slope);
                    assert_eq!(bits(&slopes[own]), bits(&slope), "k = {k}, matrix {m}");
                }
            }
        }
        assert!(!exp_each(5, &[], &mut []) && !derivative_each(1, &[], &[], &mut []));
    }
}
