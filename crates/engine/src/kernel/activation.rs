//! Activations, each with its derivative in the same pass.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the two features that `apply_avx2` is compiled for were just seen on this processor.
        unsafe { apply_avx2(activation, z, slope) };
        return;
    }
    apply_plain(activation, z, slope);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn apply_avx2(activation: Activation, z: &mut [f32], slope: &mut [f32]) {
    apply_plain(activation, z, slope);
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
pub(super) fn silu(x: f32) -> (f32, f32) {
    let s = sigmoid(x);
    (x * s, s * x.mul_add(1.0 - s, 1.0))
}

/// Value and slope of max(x, 0).
#[inline(always)]
pub(super) fn relu(x: f32) -> (f32, f32) {
    if x > 0.0 { (x, 1.0) } else { (0.0, 0.0) }
}

/// Value and slope of the hyperbolic tangent.
#[inline(always)]
pub(super) fn tanh_curve(x: f32) -> (f32, f32) {
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
pub(super) fn gelu(x: f32) -> (f32, f32) {
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
pub(super) fn exp(x: f32) -> f32 {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(activation: Activation, x: f64) -> f64 {
        match activation {
            Activation::Silu => x / (1.0 + (-x).exp()),
            Activation::Relu => x.max(0.0),
            Activation::Tanh => x.tanh(),
            Activation::Gelu => 0.5 * x * (1.0 + (0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x)).tanh()),
        }
    }

    #[test]
    fn values_and_slopes_agree_with_finite_differences_in_double_precision() {
        for activation in [Activation::Silu, Activation::Relu, Activation::Tanh, Activation::Gelu] {
            let xs: Vec<f32> = (-400..=400).map(|i| i as f32 * 0.05 + 0.001).collect();
            let (mut z, mut slope) = (xs.clone(), vec![0.0; xs.len()]);
            apply(activation, &mut z, &mut slope);
            for ((&x, &a), &d) in xs.iter().zip(&z).zip(&slope) {
                let x = f64::from(x);
                let h = 1e-5;
                let want = reference(activation, x);
                let want_slope = (reference(activation, x + h) - reference(activation, x - h)) / (2.0 * h);
                assert!(
                    (f64::from(a) - want).abs() < 1e-6 * (1.0 + want.abs()),
                    "{activation:?}({x}) = {a}, not {want}"
                );
                assert!((f64::from(d) - want_slope).abs() < 3e-6, "{activation:?}'({x}) = {d}, not {want_slope}");
            }
        }
    }

    #[test]
    fn the_exponential_is_accurate_and_never_overflows() {
        for i in -870..=880 {
            let x = i as f32 * 0.1;
            let want = f64::from(x).exp();
            assert!((f64::from(exp(x)) / want - 1.0).abs() < 5e-7, "exp({x})");
        }
        assert!(exp(1e9).is_finite() && exp(-1e9) >= 0.0);
    }

    #[test]
    fn an_empty_slope_is_skipped() {
        let mut z = vec![-1.0, 2.0];
        apply(Activation::Relu, &mut z, &mut []);
        assert_eq!(z, [0.0, 2.0]);
    }
}
