//! Gradients of augmentation, one row at a time.

use super::combine;
use super::expm::{Scratch, multiply_add};
use super::image::Sampler;
use crate::layout::{Layout, Segment};
use semola_lie::action::Action;

/// Pulls gradients back from transformed rows to the exponent Σ w_c L_c.
pub(super) struct Pull<'a> {
    layout: &'a Layout,
    scratch: Scratch,
    a: Vec<f32>,
    transposed: Vec<f32>,
    g: Vec<f32>,
    inverse: Vec<f32>,
    of_g: Vec<f32>,
    of_inverse: Vec<f32>,
    /// det g = exp(tr A), and the gradient of tr A through it.
    determinant: f32,
    of_trace: f32,
    value: Vec<f32>,
    part: Vec<f32>,
    of_a: Vec<f32>,
}

impl<'a> Pull<'a> {
    pub fn new(layout: &'a Layout) -> Self {
        let zero = vec![0.0; layout.side * layout.side];
        Self {
            layout,
            scratch: Scratch::new(layout.side),
            a: zero.clone(),
            transposed: zero.clone(),
            g: zero.clone(),
            inverse: zero.clone(),
            of_g: zero.clone(),
            of_inverse: zero.clone(),
            determinant: 1.0,
            of_trace: 0.0,
            value: zero.clone(),
            part: zero.clone(),
            of_a: zero,
        }
    }

    /// Of one example: its exponent, transposed, and the gradient of its element; side×side.
    pub fn upstream(&mut self, basis: &[f32], w: &[f32], row: &[f32], out: &[f32]) -> (&[f32], &[f32]) {
        let s = self.layout.side;
        combine(basis, w, 1.0, &mut self.a);
        let reads_g = |action| matches!(action, Action::Tensor { .. } | Action::Pseudovector { .. });
        if self.layout.segments.iter().any(|s| reads_g(s.action)) {
            self.scratch.exp(&self.a, &mut self.g);
        }
        if self.layout.has_images() {
            combine(basis, w, -1.0, &mut self.transposed);
            self.scratch.exp(&self.transposed, &mut self.inverse);
        }
        if self.layout.needs_determinant() {
            self.determinant = (0..s).map(|i| self.a[i * s + i]).sum::<f32>().exp();
            self.of_trace = 0.0;
        }
        self.of_g.fill(0.0);
        self.of_inverse.fill(0.0);
        for segment in &self.layout.segments {
            let len = segment.action.block_len();
            for at in (segment.start..segment.start + self.layout.held(segment, row)).step_by(len) {
                self.block(segment, &row[at..at + len], &out[at..at + len]);
            }
        }
        for i in 0..s {
            for j in 0..s {
                self.transposed[i * s + j] = self.a[j * s + i];
            }
        }
        (&self.transposed, &self.of_g)
    }

    /// Gradient of one example's exponent, side×side.
    pub fn exponent(&mut self, basis: &[f32], w: &[f32], row: &[f32], out: &[f32]) -> &[f32] {
        let s = self.layout.side;
        self.upstream(basis, w, row, out);
        self.scratch.derivative(&self.transposed, &self.of_g, &mut self.value, &mut self.of_a);
        if self.layout.needs_inverse() {
            self.transposed.iter_mut().for_each(|v| *v = -*v);
            self.scratch.derivative(&self.transposed, &self.of_inverse, &mut self.value, &mut self.part);
            for (a, p) in self.of_a.iter_mut().zip(&self.part) {
                *a -= p;
            }
        }
        if self.layout.needs_determinant() {
            (0..self.layout.linear).for_each(|i| self.of_a[i * s + i] += self.of_trace);
        }
        &self.of_a
    }

    fn block(&mut self, segment: &Segment, v: &[f32], out: &[f32]) {
        let (k, s) = (self.layout.linear, self.layout.side);
        match segment.action {
            Action::Scalar => {}
            Action::Vector { .. } | Action::Points { .. } => {
                let moves = self.layout.affine() && matches!(segment.action, Action::Points { .. });
                for (of_g, out) in self.of_g.chunks_exact_mut(s).zip(out) {
                    for (g, v) in of_g.iter_mut().zip(v) {
                        *g += out * v;
                    }
                    if moves {
                        of_g[k] += out * segment.translation_scale;
                    }
                }
            }
            Action::Pseudoscalar => self.of_trace += self.determinant * out[0] * v[0],
            Action::Pseudovector { .. } => {
                let rows = self.of_g.chunks_exact_mut(s).zip(self.g.chunks_exact(s));
                for ((of_g, g), out) in rows.zip(out) {
                    let out = self.determinant * out;
                    for ((of_g, g), v) in of_g.iter_mut().zip(g).zip(v) {
                        *of_g += out * v;
                        self.of_trace += out * g * v;
                    }
                }
            }
            Action::Covector { .. } => {
                for (of_inverse, v) in self.of_inverse.chunks_exact_mut(s).zip(v) {
                    for (g, out) in of_inverse.iter_mut().zip(out) {
                        *g += out * v;
                    }
                }
            }
            Action::Tensor { .. } => self.tensor_block(v, out),
            Action::Pixels(image) => {
                let shift = segment.translation_scale;
                Sampler::new(image, &self.inverse, s, shift).pull(v, out, s, shift, &mut self.of_inverse);
            }
        }
    }

    /// ⟨H, g M gᵀ⟩ has the gradient H g Mᵀ + Hᵀ g M.
    fn tensor_block(&mut self, m: &[f32], h: &[f32]) {
        let (k, s) = (self.layout.linear, self.layout.side);
        let linear: Vec<f32> = (0..k * k).map(|ij| self.g[ij / k * s + ij % k]).collect();
        let transpose = |m: &[f32]| -> Vec<f32> { (0..k * k).map(|ij| m[ij % k * k + ij / k]).collect() };
        let (mut gm, mut part) = (vec![0.0; k * k], vec![0.0; k * k]);
        multiply_add(&linear, &transpose(m), &mut gm, k);
        multiply_add(h, &gm, &mut part, k);
        gm.fill(0.0);
        multiply_add(&linear, m, &mut gm, k);
        multiply_add(&transpose(h), &gm, &mut part, k);
        for (of_g, part) in self.of_g.chunks_exact_mut(s).zip(part.chunks_exact(k)) {
            for (g, p) in of_g.iter_mut().zip(part) {
                *g += p;
            }
        }
    }
}
