//! Augmentation: coefficients and a Lie algebra basis to group elements, group elements to transformed rows; and back.

use rayon::prelude::*;

use super::expm::{Scratch, multiply_add};
use crate::layout::{Layout, Segment};
use semola_lie::action::Action;
use semola_lie::warp::Warp;

/// Examples per piece of work, fixed so that sums do not depend on the number of threads.
const CHUNK: usize = 64;

/// Rows transformed by exp(Σ_c w_c L_c), one group element a row.
///
/// `basis` holds C generators of `side`×`side`, `w` is n×C, `rows` is n×`layout.width`. A row whose coefficients are all
/// zero is copied as it is.
pub fn forward(basis: &[f32], w: &[f32], rows: &[f32], layout: &Layout) -> Vec<f32> {
    let mut out = rows.to_vec();
    let (ss, c) = (layout.side * layout.side, w.len() * layout.width / rows.len().max(1));
    if c == 0 || rows.is_empty() || !acts(layout) {
        return out;
    }
    out.par_chunks_mut(CHUNK * layout.width).zip(w.par_chunks(CHUNK * c)).for_each(|(out, w)| {
        let mut scratch = Scratch::new(layout.side);
        let (mut a, mut g, mut inverse) = (vec![0.0; ss], vec![0.0; ss], vec![0.0; ss]);
        for (row, w) in out.chunks_exact_mut(layout.width).zip(w.chunks_exact(c)) {
            if w.iter().all(|&v| v == 0.0) {
                continue;
            }
            combine(basis, w, 1.0, &mut a);
            scratch.exp(&a, &mut g);
            if layout.needs_inverse() {
                combine(basis, w, -1.0, &mut a);
                scratch.exp(&a, &mut inverse);
            }
            act(&g, &inverse, layout, row);
        }
    });
    out
}

/// Adds to `grad` (C×side²) the gradient of the basis, given the gradient `out` (n×width) of the transformed rows.
pub fn backward(basis: &[f32], w: &[f32], rows: &[f32], layout: &Layout, out: &[f32], grad: &mut [f32]) {
    let ss = layout.side * layout.side;
    let c = grad.len() / ss;
    if c == 0 || rows.is_empty() || !acts(layout) {
        return;
    }
    let width = layout.width;
    let parts: Vec<Vec<f32>> = rows
        .par_chunks(CHUNK * width)
        .zip(out.par_chunks(CHUNK * width))
        .zip(w.par_chunks(CHUNK * c))
        .map(|((rows, out), w)| {
            let mut part = vec![0.0; grad.len()];
            let mut pull = Pull::new(layout);
            for ((row, out), w) in rows.chunks_exact(width).zip(out.chunks_exact(width)).zip(w.chunks_exact(c)) {
                if w.iter().all(|&v| v == 0.0) {
                    continue;
                }
                let of_a = pull.exponent(basis, w, row, out);
                for (part, &w) in part.chunks_exact_mut(ss).zip(w) {
                    for (p, a) in part.iter_mut().zip(of_a) {
                        *p += w * a;
                    }
                }
            }
            part
        })
        .collect();
    for part in parts {
        for (g, p) in grad.iter_mut().zip(part) {
            *g += p;
        }
    }
}

/// Whether group elements do anything to such rows.
fn acts(layout: &Layout) -> bool {
    layout.segments.iter().any(|s| s.action != Action::Scalar)
}

/// `a = sign Σ_c w_c L_c`.
fn combine(basis: &[f32], w: &[f32], sign: f32, a: &mut [f32]) {
    a.fill(0.0);
    for (l, &w) in basis.chunks_exact(a.len()).zip(w) {
        for (a, l) in a.iter_mut().zip(l) {
            *a += sign * w * l;
        }
    }
}

/// Transforms one row by the group element `g`; `inverse` is read only where covectors need it.
pub fn act(g: &[f32], inverse: &[f32], layout: &Layout, row: &mut [f32]) {
    let acted = layout.segments.iter().filter(|s| s.action != Action::Scalar);
    let mut block = vec![0.0; acted.clone().map(|s| s.action.block_len()).max().unwrap_or(0)];
    for segment in acted {
        let len = segment.action.block_len();
        for at in (segment.start..segment.start + layout.held(segment, row)).step_by(len) {
            let block = &mut block[..len];
            act_block(g, inverse, layout, segment, &row[at..at + len], block);
            row[at..at + block.len()].copy_from_slice(block);
        }
    }
}

fn act_block(g: &[f32], inverse: &[f32], layout: &Layout, segment: &Segment, v: &[f32], out: &mut [f32]) {
    let (k, s) = (layout.linear, layout.side);
    match segment.action {
        Action::Scalar => {}
        Action::Vector { .. } | Action::Points { .. } => {
            let moves = layout.affine() && matches!(segment.action, Action::Points { .. });
            for i in 0..k {
                let shift = if moves { g[i * s + k] * segment.translation_scale } else { 0.0 };
                out[i] = (0..k).map(|j| g[i * s + j] * v[j]).sum::<f32>() + shift;
            }
        }
        Action::Covector { .. } => {
            for i in 0..k {
                out[i] = (0..k).map(|j| inverse[j * s + i] * v[j]).sum();
            }
        }
        Action::Tensor { .. } => {
            for i in 0..k {
                for j in 0..k {
                    let mut sum = 0.0;
                    for a in 0..k {
                        for b in 0..k {
                            sum += g[i * s + a] * v[a * k + b] * g[j * s + b];
                        }
                    }
                    out[i * k + j] = sum;
                }
            }
        }
        Action::Pixels(image) => Warp::new(image, inverse, s, segment.translation_scale).apply(v, out),
    }
}

/// Pulls gradients back from transformed rows to the exponent Σ w_c L_c.
struct Pull<'a> {
    layout: &'a Layout,
    scratch: Scratch,
    a: Vec<f32>,
    transposed: Vec<f32>,
    g: Vec<f32>,
    inverse: Vec<f32>,
    of_g: Vec<f32>,
    of_inverse: Vec<f32>,
    value: Vec<f32>,
    part: Vec<f32>,
    of_a: Vec<f32>,
}

impl<'a> Pull<'a> {
    fn new(layout: &'a Layout) -> Self {
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
            value: zero.clone(),
            part: zero.clone(),
            of_a: zero,
        }
    }

    /// Gradient of one example's exponent, side×side.
    fn exponent(&mut self, basis: &[f32], w: &[f32], row: &[f32], out: &[f32]) -> &[f32] {
        let s = self.layout.side;
        combine(basis, w, 1.0, &mut self.a);
        if self.layout.segments.iter().any(|s| matches!(s.action, Action::Tensor { .. })) {
            self.scratch.exp(&self.a, &mut self.g);
        }
        if self.layout.segments.iter().any(|s| matches!(s.action, Action::Pixels(_))) {
            combine(basis, w, -1.0, &mut self.transposed);
            self.scratch.exp(&self.transposed, &mut self.inverse);
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
        self.scratch.derivative(&self.transposed, &self.of_g, &mut self.value, &mut self.of_a);
        if self.layout.needs_inverse() {
            self.transposed.iter_mut().for_each(|v| *v = -*v);
            self.scratch.derivative(&self.transposed, &self.of_inverse, &mut self.value, &mut self.part);
            for (a, p) in self.of_a.iter_mut().zip(&self.part) {
                *a -= p;
            }
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
                Warp::new(image, &self.inverse, s, shift).pull(v, out, s, shift, &mut self.of_inverse);
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::layout::{Place, PointSet};
    use semola_lie::action::Image;

    /// One field of every action for k = 2, in homogeneous coordinates.
    pub(crate) fn every_action() -> Layout {
        let actions = [
            (Action::Scalar, 2),
            (Action::Vector { dim: 2 }, 2),
            (Action::Points { dim: 2 }, 3),
            (Action::Covector { dim: 2 }, 1),
            (Action::Tensor { dim: 2 }, 1),
        ];
        let mut start = 0;
        let segments = actions.map(|(action, blocks)| {
            let segment = Segment { start, blocks, action, translation_scale: 0.5, place: Place::Row };
            start += segment.len();
            segment
        });
        Layout { side: 3, linear: 2, width: start, segments: segments.to_vec(), points: None }
    }

    pub(crate) fn numbers(n: usize, m: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * m % 29) as f32 - 14.0) / 14.0).collect()
    }

    /// Generators of the affine group: last row zero.
    pub(crate) fn generators(c: usize) -> Vec<f32> {
        let mut basis = numbers(c * 9, 11);
        basis.iter_mut().enumerate().for_each(|(i, v)| *v *= if i % 9 >= 6 { 0.0 } else { 0.5 });
        basis
    }

    /// The transformed rows in double precision, by the plain exponential and action of `lie`.
    fn reference(basis: &[f64], w: &[f32], rows: &[f32], layout: &Layout) -> Vec<f64> {
        let (s, c) = (layout.side, basis.len() / (layout.side * layout.side));
        let mut out: Vec<f64> = rows.iter().map(|v| f64::from(*v)).collect();
        for ((w, row), out) in w.chunks(c).zip(rows.chunks(layout.width)).zip(out.chunks_mut(layout.width)) {
            let sum = |ij: usize| w.iter().zip(basis.chunks(s * s)).map(|(w, l)| f64::from(*w) * l[ij]).sum::<f64>();
            let g = semola_lie::expm::expm(&nalgebra::DMatrix::from_fn(s, s, |i, j| sum(i * s + j)));
            for segment in &layout.segments {
                let held = segment.start..segment.start + layout.held(segment, row);
                let scale = f64::from(segment.translation_scale);
                let moved = semola_lie::acting::apply(&g, segment.action, scale, &out[held.clone()]).unwrap();
                out[held].copy_from_slice(&moved);
            }
        }
        out
    }

    /// Compares rows, and the gradient of ⟨pull, rows⟩ by the basis, with the reference and its central differences.
    fn agrees_with_differences(
        layout: &Layout,
        (basis, w, rows, pull): (&[f32], &[f32], &[f32], &[f32]),
        tolerance: f64,
    ) {
        const STEP: f64 = 1e-6;
        let double: Vec<f64> = basis.iter().map(|v| f64::from(*v)).collect();
        for (at, (out, want)) in
            forward(basis, w, rows, layout).iter().zip(reference(&double, w, rows, layout)).enumerate()
        {
            assert!((f64::from(*out) - want).abs() < 1e-4 * (1.0 + want.abs()), "value {at}: {out} not {want}");
        }
        let objective = |basis: &[f64]| -> f64 {
            reference(basis, w, rows, layout).iter().zip(pull).map(|(a, b)| a * f64::from(*b)).sum()
        };
        let mut grad = vec![0.0; basis.len()];
        backward(basis, w, rows, layout, pull, &mut grad);
        for i in (0..basis.len()).filter(|i| i % 9 < 6) {
            let at = |h: f64| {
                let mut b = double.clone();
                b[i] += h;
                objective(&b)
            };
            let want = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            assert!((f64::from(grad[i]) - want).abs() < tolerance * (1.0 + want.abs()), "{i}: {} not {want}", grad[i]);
        }
    }

    #[test]
    fn the_basis_gradient_agrees_with_finite_differences() {
        let (layout, c, n) = (every_action(), 3, 70);
        let (basis, mut w) = (generators(c), numbers(n * c, 5));
        w[..c].fill(0.0); // the identity is copied
        let (rows, pull) = (numbers(n * layout.width, 7), numbers(n * layout.width, 3));
        agrees_with_differences(&layout, (&basis, &w, &rows, &pull), 1e-4);
        assert_eq!(&forward(&basis, &w, &rows, &layout)[..layout.width], &rows[..layout.width]);
    }

    /// A ragged cloud (at most 4 points) and an image.
    pub(crate) fn cloud_and_image(edge: bool) -> Layout {
        let image = Image { height: 7, width: 6, channels: 2, edge };
        let segment = |start, blocks, action, place| Segment { start, blocks, action, translation_scale: 0.5, place };
        let segments = vec![
            segment(0, 4, Action::Points { dim: 2 }, Place::Points),
            segment(8, 1, Action::Scalar, Place::Row),
            segment(9, 1, Action::Pixels(image), Place::Row),
        ];
        let points = Some(PointSet { most: 4, count: Some(8) });
        Layout { side: 3, linear: 2, width: 9 + image.len(), segments, points }
    }

    /// Rows of [`cloud_and_image`] with 0 to 4 points.
    pub(crate) fn clouds(n: usize, layout: &Layout) -> Vec<f32> {
        let mut rows = numbers(n * layout.width, 7);
        for (i, row) in rows.chunks_exact_mut(layout.width).enumerate() {
            row[8] = (i % 5) as f32;
            row[2 * (i % 5)..8].fill(0.0);
            // Smooth, since the warp has kinks where a pixel passes another.
            row[9..]
                .iter_mut()
                .enumerate()
                .for_each(|(p, v)| *v = (0.3 * (p / 12) as f32 + 0.5 * (p % 12 / 2) as f32).sin());
        }
        rows
    }

    #[test]
    fn the_gradient_of_clouds_and_images_agrees_with_finite_differences() {
        let (layout, c, n) = (cloud_and_image(false), 2, 12);
        let (basis, w) = (generators(c), numbers(n * c, 5));
        let (rows, pull) = (clouds(n, &layout), numbers(n * layout.width, 3));
        // The warp is only piecewise smooth, but at kinks between pixels only.
        agrees_with_differences(&layout, (&basis, &w, &rows, &pull), 1e-3);
        let out = forward(&basis, &w, &rows, &layout);
        for (row, out) in rows.chunks_exact(layout.width).zip(out.chunks_exact(layout.width)) {
            let held = 2 * row[8] as usize;
            assert!(out[held..8].iter().all(|&v| v == 0.0), "nothing acts on points that are not there");
            assert!(held == 0 || out[..held] != row[..held]);
        }
    }

    #[test]
    fn a_rotation_turns_vectors_moves_points_and_leaves_scalars() {
        let layout = every_action();
        let quarter = std::f32::consts::FRAC_PI_2;
        let basis = [0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let rows: Vec<f32> = (1..=layout.width).map(|i| i as f32).collect();
        let out = forward(&basis, &[quarter], &rows, &layout);
        let want =
            [1.0, 2.0, -4.0, 3.0, -6.0, 5.0, -8.0, 7.0, -10.0, 9.0, -12.0, 11.0, -14.0, 13.0, 18.0, -17.0, -16.0, 15.0];
        for (o, w) in out.iter().zip(want) {
            assert!((o - w).abs() < 1e-4, "{out:?}");
        }
        let shift = [0.0, 0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0];
        let out = forward(&shift, &[1.0], &rows, &layout);
        assert_eq!(&out[6..8], &[rows[6] + 0.5, rows[7] + 1.0]);
        assert_eq!(&out[..6], &rows[..6]);
    }
}
