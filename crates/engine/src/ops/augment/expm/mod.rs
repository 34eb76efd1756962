//! Matrix exponential in single precision, with its derivative.
//!
//! Scaling to a 1-norm of at most ½, a Taylor polynomial of order 8 by Horner's rule, repeated squaring. The derivative
//! in a direction E is the upper right block of exp [[A, E], [0, A]] (Van Loan 1978), carried along as a dual number.

mod several;

use crate::ops::simd::fast;
use several::{derivative_each, exp_each};

const ORDER: usize = 8;

/// Rows up to this length are summed in registers.
const WIDEST: usize = 8;

/// Row-major product of two k×k matrices: `out = a b`.
#[inline(always)]
fn multiply(a: &[f32], b: &[f32], out: &mut [f32], k: usize) {
    if k <= WIDEST {
        return rows(a, b, out, k, false);
    }
    out.fill(0.0);
    multiply_add(a, b, out, k);
}

/// One row of the product after the other, each in registers.
#[inline(always)]
fn rows(a: &[f32], b: &[f32], out: &mut [f32], k: usize, add: bool) {
    let (a, b, out) = (&a[..k * k], &b[..k * k], &mut out[..k * k]);
    for i in 0..k {
        let mut row = [0.0; WIDEST];
        if add {
            row[..k].copy_from_slice(&out[i * k..(i + 1) * k]);
        }
        for l in 0..k {
            let s = a[i * k + l];
            for j in 0..k {
                row[j] += s * b[l * k + j];
            }
        }
        out[i * k..(i + 1) * k].copy_from_slice(&row[..k]);
    }
}

/// `out += a b`.
#[inline(always)]
pub fn multiply_add(a: &[f32], b: &[f32], out: &mut [f32], k: usize) {
    if k <= WIDEST {
        return rows(a, b, out, k, true);
    }
    let (a, b, out) = (&a[..k * k], &b[..k * k], &mut out[..k * k]);
    for i in 0..k {
        for l in 0..k {
            let s = a[i * k + l];
            for j in 0..k {
                out[i * k + j] += s * b[l * k + j];
            }
        }
    }
}

#[inline(always)]
fn squarings(a: &[f32], k: usize) -> u32 {
    let norm = (0..k).map(|j| (0..k).map(|i| a[i * k + j].abs()).sum::<f32>()).fold(0.0, f32::max);
    if norm > 0.5 && norm.is_finite() { (norm / 0.5).log2().ceil() as u32 } else { 0 }
}

/// Room for the intermediate matrices of one size.
pub struct Scratch {
    k: usize,
    a: Vec<f32>,
    e: Vec<f32>,
    p: Vec<f32>,
    dp: Vec<f32>,
}

impl Scratch {
    /// For k×k matrices.
    pub fn new(k: usize) -> Self {
        let zero = vec![0.0; k * k];
        Self { k, a: zero.clone(), e: zero.clone(), p: zero.clone(), dp: zero }
    }

    /// `out = exp(a)`; `a` and `out` are row-major k×k.
    pub fn exp(&mut self, a: &[f32], out: &mut [f32]) {
        // With a side that the compiler knows, loops unroll; the sums are the same. Wide vectors pay from a side of 5 on.
        match self.k {
            2 => self.exp_of(2, a, out),
            3 => self.exp_of(3, a, out),
            4 => self.exp_of(4, a, out),
            k => fast(
                #[inline(always)]
                || match k {
                    5 => self.exp_of(5, a, out),
                    6 => self.exp_of(6, a, out),
                    7 => self.exp_of(7, a, out),
                    8 => self.exp_of(8, a, out),
                    k => self.exp_of(k, a, out),
                },
            ),
        }
    }

    /// The same of many matrices, end to end.
    pub fn exp_each(&mut self, a: &[f32], out: &mut [f32]) {
        let size = self.k * self.k;
        if !exp_each(self.k, a, out) {
            a.chunks_exact(size).zip(out.chunks_exact_mut(size)).for_each(|(a, out)| self.exp(a, out));
        }
    }

    /// [`Self::derivative`] of many matrices, end to end.
    pub fn derivative_each(&mut self, a: &[f32], e: &[f32], out: &mut [f32]) {
        let size = self.k * self.k;
        if !derivative_each(self.k, a, e, out) {
            let mut value = vec![0.0; size];
            let all = a.chunks_exact(size).zip(e.chunks_exact(size)).zip(out.chunks_exact_mut(size));
            all.for_each(|((a, e), out)| self.derivative(a, e, &mut value, out));
        }
    }

    #[inline(always)]
    fn exp_of(&mut self, k: usize, a: &[f32], out: &mut [f32]) {
        let s = squarings(a, k);
        let scale = 0.5f32.powi(s as i32);
        for (t, v) in self.a.iter_mut().zip(a) {
            *t = v * scale;
        }
        identity(out, k);
        for n in (1..=ORDER).rev() {
            multiply(&self.a, out, &mut self.p, k);
            horner(out, &self.p, n, k);
        }
        for _ in 0..s {
            multiply(out, out, &mut self.p, k);
            out.copy_from_slice(&self.p);
        }
    }

    /// `out = d/dt exp(a + t e)` at t = 0.
    ///
    /// With `a` transposed this is also the adjoint: the gradient of exp at `a`, applied to the incoming gradient `e`.
    pub fn derivative(&mut self, a: &[f32], e: &[f32], value: &mut [f32], out: &mut [f32]) {
        match self.k {
            2 => self.derivative_of(2, a, e, value, out),
            3 => self.derivative_of(3, a, e, value, out),
            4 => self.derivative_of(4, a, e, value, out),
            k => fast(
                #[inline(always)]
                || match k {
                    5 => self.derivative_of(5, a, e, value, out),
                    6 => self.derivative_of(6, a, e, value, out),
                    7 => self.derivative_of(7, a, e, value, out),
                    8 => self.derivative_of(8, a, e, value, out),
                    k => self.derivative_of(k, a, e, value, out),
                },
            ),
        }
    }

    #[inline(always)]
    fn derivative_of(&mut self, k: usize, a: &[f32], e: &[f32], value: &mut [f32], out: &mut [f32]) {
        let s = squarings(a, k);
        let scale = 0.5f32.powi(s as i32);
        for i in 0..k * k {
            self.a[i] = a[i] * scale;
            self.e[i] = e[i] * scale;
        }
        identity(value, k);
        out.fill(0.0);
        for n in (1..=ORDER).rev() {
            multiply(&self.a, out, &mut self.dp, k);
            multiply_add(&self.e, value, &mut self.dp, k);
            multiply(&self.a, value, &mut self.p, k);
            horner(value, &self.p, n, k);
            for (o, d) in out.iter_mut().zip(&self.dp) {
                *o = d / n as f32;
            }
        }
        for _ in 0..s {
            multiply(value, out, &mut self.dp, k);
            multiply_add(out, value, &mut self.dp, k);
            multiply(value, value, &mut self.p, k);
            value.copy_from_slice(&self.p);
            out.copy_from_slice(&self.dp);
        }
    }
}

#[inline(always)]
fn identity(out: &mut [f32], k: usize) {
    out.fill(0.0);
    for i in 0..k {
        out[i * k + i] = 1.0;
    }
}

/// One step of Horner's rule: `out = I + p / n`.
#[inline(always)]
fn horner(out: &mut [f32], p: &[f32], n: usize, k: usize) {
    for (o, v) in out.iter_mut().zip(p) {
        *o = v / n as f32;
    }
    for i in 0..k {
        out[i * k + i] += 1.0;
    }
}

#[cfg(test)]
mod tests;
