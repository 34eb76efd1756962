//! AdamW on tensors and the gradients that dfdx's tape has left.

use std::mem;

use dfdx::prelude::*;

use super::{EPSILON, Settings, average, norm_squared, update};
use crate::device::{Device, Flat};
use crate::ops::view::{view, view_mut};

/// AdamW on a device.
pub trait Op: Device {
    /// One AdamW update from the gradients on the tape's record.
    fn adam(
        s: &Settings,
        param: &mut Flat<Self>,
        m: &mut Flat<Self>,
        v: &mut Flat<Self>,
        grads: &mut Gradients<f32, Self>,
    ) {
        composed(s, param, m, v, grads);
    }

    /// Moves an average towards a parameter: a ← decay a + (1 − decay) p.
    fn average(decay: f32, param: &Flat<Self>, average: &mut Flat<Self>) {
        composed_average(decay, param, average);
    }

    /// Σ g² of a parameter's gradient.
    fn grad_norm_squared(param: &Flat<Self>, grads: &mut Gradients<f32, Self>) -> f64 {
        match grads.try_alloc_for(param) {
            Ok(()) => f64::from(grads.get(param).square().sum::<(), _>().as_vec()[0]),
            Err(_) => f64::NAN,
        }
    }
}

impl Op for Cpu {
    fn adam(
        s: &Settings,
        param: &mut Flat<Self>,
        m: &mut Flat<Self>,
        v: &mut Flat<Self>,
        grads: &mut Gradients<f32, Self>,
    ) {
        let Ok(grad) = grads.get_or_alloc_mut(param) else { return };
        let grad = mem::take(&mut **grad);
        update(s, view_mut(param), view_mut(m), view_mut(v), &grad);
    }

    fn average(decay: f32, param: &Flat<Self>, to: &mut Flat<Self>) {
        average(decay, view(param), view_mut(to));
    }

    fn grad_norm_squared(param: &Flat<Self>, grads: &mut Gradients<f32, Self>) -> f64 {
        grads.get_or_alloc_mut(param).map_or(f64::NAN, |g| norm_squared(g))
    }
}

/// The update of stock operations.
pub fn composed<D: Device>(
    s: &Settings,
    param: &mut Flat<D>,
    m: &mut Flat<D>,
    v: &mut Flat<D>,
    grads: &mut Gradients<f32, D>,
) {
    if grads.try_alloc_for(param).is_err() {
        return;
    }
    let g = grads.get(param) * s.grad_scale;
    let (c1, c2) = s.corrections();
    *m = m.clone() * s.beta1 + g.clone() * (1.0 - s.beta1);
    *v = v.clone() * s.beta2 + g.square() * (1.0 - s.beta2);
    let root = (v.clone() / c2).sqrt() + EPSILON;
    *param = param.clone() * (1.0 - s.lr * s.weight_decay) - m.clone() / root * (s.lr / c1);
}

/// The average of stock operations.
pub fn composed_average<D: Device>(decay: f32, param: &Flat<D>, average: &mut Flat<D>) {
    *average = average.clone() * decay + param.clone() * (1.0 - decay);
}
