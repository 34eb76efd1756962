//! AdamW (Kingma & Ba 2015; decoupled weight decay: Loshchilov & Hutter 2019), and averages of parameters.

#[cfg(any(test, feature = "cuda"))]
pub(crate) mod gpu;
mod tape;
#[cfg(test)]
pub(crate) mod tests;

pub use tape::{Op, composed, composed_average};

use crate::ops::simd::fast;

/// One update's settings.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub lr: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub weight_decay: f32,
    /// The number of this update, from 1.
    pub step: u64,
    /// Factor on the gradient (clipping).
    pub grad_scale: f32,
}

/// Avoids a division by zero; the usual value.
pub const EPSILON: f32 = 1e-8;

impl Settings {
    /// Bias corrections 1 − βᵗ of the two moments.
    pub fn corrections(&self) -> (f32, f32) {
        let t = self.step as f64;
        let of = |beta: f32| (1.0 - f64::from(beta).powf(t)) as f32;
        (of(self.beta1), of(self.beta2))
    }
}

/// Updates a parameter and its two moments in place.
pub fn update(s: &Settings, param: &mut [f32], m: &mut [f32], v: &mut [f32], grad: &[f32]) {
    let (c1, c2) = s.corrections();
    let (step, decay) = (s.lr / c1, 1.0 - s.lr * s.weight_decay);
    fast(
        #[inline(always)]
        || {
            for (((p, m), v), g) in param.iter_mut().zip(m).zip(v).zip(grad) {
                let g = g * s.grad_scale;
                *m = s.beta1 * *m + (1.0 - s.beta1) * g;
                *v = s.beta2 * *v + (1.0 - s.beta2) * g * g;
                *p = *p * decay - step * *m / ((*v / c2).sqrt() + EPSILON);
            }
        },
    );
}

/// Moves an average towards a parameter, in place: a ← decay a + (1 − decay) p.
pub fn average(decay: f32, param: &[f32], average: &mut [f32]) {
    let rest = 1.0 - decay;
    fast(
        #[inline(always)]
        || average.iter_mut().zip(param).for_each(|(a, p)| *a = *a * decay + p * rest),
    );
}

/// Sums of squares that grow side by side.
const LANES: usize = 16;

/// Σ g² in double precision: in lanes, one after the other in the end, so in the same order everywhere.
pub fn norm_squared(grad: &[f32]) -> f64 {
    fast(
        #[inline(always)]
        || {
            let (chunks, rest) = grad.as_chunks::<LANES>();
            let mut lanes = [0.0f64; LANES];
            for chunk in chunks {
                for (lane, &g) in lanes.iter_mut().zip(chunk) {
                    *lane += f64::from(g) * f64::from(g);
                }
            }
            lanes.iter().sum::<f64>() + rest.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>()
        },
    )
}
