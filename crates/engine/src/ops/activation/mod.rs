//! Activations, each with its derivative in the same pass.

mod tape;
#[cfg(test)]
mod tests;

pub(crate) use tape::composed;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ops::simd::fast;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    #[default]
    Silu,
    Relu,
    Tanh,
    Gelu,
}

/// Replaces pre-activations `z` by `a(z)` and writes the derivative a'(z) to `slope` (same length, or empty to skip it).
pub fn apply(activation: Activation, z: &mut [f32], slope: &mut [f32]) {
    fast(
        #[inline(always)]
        || apply_plain(activation, z, slope),
    );
}

#[inline(always)]
fn apply_plain(activation: Activation, z: &mut [f32], slope: &mut [f32]) {
    match activation {
        Activation::Silu => each(z, slope, silu),
        Activation::Relu => each(z, slope, relu),
        Activation::Tanh => each(z, slope, tanh_curve),
        Activation::Gelu => each(z, slope, gelu),
    }
}

/// Value and slope of x·sigmoid(x).
#[inline(always)]
pub(crate) fn silu(x: f32) -> (f32, f32) {
    let s = sigmoid(x);
    (x * s, s * x.mul_add(1.0 - s, 1.0))
}

/// Value and slope of max(x, 0).
#[inline(always)]
pub(crate) fn relu(x: f32) -> (f32, f32) {
    if x > 0.0 { (x, 1.0) } else { (0.0, 0.0) }
}

/// Value and slope of the hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh_curve(x: f32) -> (f32, f32) {
    let t = tanh(x);
    (t, 1.0 - t * t)
}

#[inline(always)]
fn each(z: &mut [f32], slope: &mut [f32], f: impl Fn(f32) -> (f32, f32)) {
    if slope.is_empty() {
        for x in z {
            *x = f(*x).0;
        }
    } else {
        for (x, d) in z.iter_mut().zip(slope) {
            (*x, *d) = f(*x);
        }
    }
}

/// GELU in its tanh form (Hendrycks & Gimpel 2016).
#[inline(always)]
pub(crate) fn gelu(x: f32) -> (f32, f32) {
    const C: f32 = 0.797_884_6; // sqrt(2/pi)
    let u = C * (0.044_715 * x * x).mul_add(x, x);
    let t = tanh(u);
    let slope_u = C * (3.0 * 0.044_715 * x).mul_add(x, 1.0);
    (0.5 * x * (1.0 + t), 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope_u)
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

#[inline(always)]
fn tanh(x: f32) -> f32 {
    // Near 0 the quotient cancels; the odd Taylor polynomial is exact to single precision there.
    let x2 = x * x;
    let small = x * (x2.mul_add(x2.mul_add(2.0 / 15.0, -1.0 / 3.0), 1.0));
    let e = exp(2.0 * x);
    let large = (e - 1.0) / (e + 1.0);
    if x2 < 0.005 { small } else { large }
}

/// eˣ to about 2 units in the last place on [-87, 88], clamped outside: x = n ln 2 + r with |r| ≤ ln 2 / 2, a Taylor
/// polynomial of degree 6 in r, and 2ⁿ put together from its bits. Free of branches, so that loops vectorise.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
    let x = x.clamp(-87.0, 88.0);
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-1.428_606_8e-6, n.mul_add(-0.693_145_75, x)); // ln 2 in two parts
    let p = r.mul_add(1.0 / 720.0, 1.0 / 120.0);
    let p = r.mul_add(p, 1.0 / 24.0);
    let p = r.mul_add(p, 1.0 / 6.0);
    let p = r.mul_add(p, 0.5);
    let p = r.mul_add(p, 1.0);
    let p = r.mul_add(p, 1.0);
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32) + 127;
    let power = f32::from_bits((exponent << 23) as u32);
    p * power
}
