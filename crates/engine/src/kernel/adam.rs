//! AdamW (Kingma & Ba 2015; decoupled weight decay: Loshchilov & Hutter 2019).

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
    for (((p, m), v), g) in param.iter_mut().zip(m).zip(v).zip(grad) {
        let g = g * s.grad_scale;
        *m = s.beta1 * *m + (1.0 - s.beta1) * g;
        *v = s.beta2 * *v + (1.0 - s.beta2) * g * g;
        *p = *p * decay - step * *m / ((*v / c2).sqrt() + EPSILON);
    }
}

/// Σ g².
pub fn norm_squared(grad: &[f32]) -> f64 {
    grad.iter().map(|&g| f64::from(g) * f64::from(g)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_follow_the_published_recursion_in_double_precision() {
        let grads = [0.3, -1.2, 0.7, 0.05];
        let (mut p, mut m, mut v) = ([0.5f32], [0.0f32], [0.0f32]);
        let (mut wp, mut wm, mut wv) = (0.5f64, 0.0f64, 0.0f64);
        for (i, g) in grads.iter().enumerate() {
            let step = i as u64 + 1;
            let s = Settings { lr: 0.01, beta1: 0.9, beta2: 0.99, weight_decay: 0.1, step, grad_scale: 0.5 };
            update(&s, &mut p, &mut m, &mut v, &[*g as f32]);
            let g = 0.5 * g;
            wm = 0.9 * wm + 0.1 * g;
            wv = 0.99 * wv + 0.01 * g * g;
            let (mh, vh) = (wm / (1.0 - 0.9f64.powi(step as i32)), wv / (1.0 - 0.99f64.powi(step as i32)));
            wp = wp - 0.01 * 0.1 * wp - 0.01 * mh / (vh.sqrt() + 1e-8);
            assert!((f64::from(p[0]) - wp).abs() < 1e-6, "{} {wp}", p[0]);
        }
    }
}
