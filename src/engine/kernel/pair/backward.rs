//! The gradients of messages.

use rayon::prelude::*;

use super::super::radial::Radial;
use super::super::simd::{self, add_scaled, dot, sum};
use super::row::{Row, Scratch, four, sees, with_four_rows};
use super::{CHUNK, Form, Weights, with_curve};
use crate::engine::kernel::activation;
use crate::engine::points::Points;
use crate::spec::types::Activation;

/// Gradients of the inputs and of the maps, laid out as these.
#[derive(Debug, Default)]
pub struct Gradients {
    pub pq: Vec<f32>,
    pub x: Vec<f32>,
    pub radial: Vec<f32>,
    pub relative: Vec<f32>,
    pub gate: Vec<f32>,
}

impl Gradients {
    fn new(points: usize, weights: Weights<'_>, form: &Form) -> Self {
        let like = |w: &[f32]| vec![0.0; w.len()];
        Self {
            pq: vec![0.0; points * 2 * form.width],
            x: vec![0.0; points * form.dim],
            radial: like(weights.radial),
            relative: like(weights.relative),
            gate: like(weights.gate),
        }
    }

    /// Joins the parts of chunks: points one after another, maps added up in this order.
    fn join(parts: Vec<Self>, radial: usize) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.pq.extend(part.pq);
            all.x.extend(part.x);
            for (all, part) in
                [(&mut all.radial, part.radial), (&mut all.relative, part.relative), (&mut all.gate, part.gate)]
            {
                all.resize(part.len(), 0.0);
                all.iter_mut().zip(part).for_each(|(a, b)| *a += b);
            }
        }
        all.radial.truncate(radial);
        all
    }
}

/// Gradients of [`super::forward`], given the gradient `out` of its output.
pub fn backward(
    (pq, x): (&[f32], &[f32]),
    weights: Weights<'_>,
    points: &Points,
    form: Form,
    out: &[f32],
) -> Gradients {
    let padded = with_four_rows(weights.radial, form.width);
    let radial = weights.radial.len();
    let weights = Weights { radial: &padded, ..weights };
    let parts = points.chunks(CHUNK).into_par_iter().map(|rows| {
        let first = points.range(rows.start).start;
        let mut grads = Gradients::new(points.range(rows.end - 1).end - first, weights, &form);
        let mut room = Room::new(&form, points.most());
        for i in rows {
            let range = points.range(i);
            let (at, count) = (range.start - first, range.len());
            let row = Row::new(pq, x, range.clone(), &form);
            let up = &out[range.start * form.outputs()..range.end * form.outputs()];
            simd::fast(|| {
                room.clear(count, &form);
                with_curve!(form.activation, curve => backward_row(curve, &row, weights, &form, &mut room, up, &mut grads, at));
                room.give(&row, weights, &form, &mut grads, at);
            });
        }
        grads
    });
    Gradients::join(parts.collect(), radial)
}

/// Room for one row.
struct Room {
    scratch: Scratch,
    /// Gradients of the sides of the row's points.
    from: Vec<f32>,
    to: Vec<f32>,
    /// Gradient of a message times what it is scaled with.
    up: Vec<f32>,
    /// Gradient of the radial part by the distance, value by value.
    by_distance: Vec<f32>,
    /// Gradient of x_i - x_j.
    apart: Vec<f32>,
}

impl Room {
    fn new(form: &Form, most: usize) -> Self {
        let row = || vec![0.0; most * form.width];
        let one = || vec![0.0; form.width];
        Self {
            scratch: Scratch::new(form, most),
            from: row(),
            to: row(),
            up: one(),
            by_distance: one(),
            apart: vec![0.0; form.dim],
        }
    }

    #[inline(always)]
    fn clear(&mut self, count: usize, form: &Form) {
        self.from[..count * form.width].fill(0.0);
        self.to[..count * form.width].fill(0.0);
    }

    /// Hands the gradients of the sides on to p, q, x and C.
    #[inline(always)]
    fn give(&self, row: &Row<'_>, weights: Weights<'_>, form: &Form, grads: &mut Gradients, at: usize) {
        let (w, dim) = (form.width, form.dim);
        for i in 0..row.count {
            let (from, to) = (&self.from[i * w..(i + 1) * w], &self.to[i * w..(i + 1) * w]);
            let pq = &mut grads.pq[(at + i) * 2 * w..(at + i + 1) * 2 * w];
            pq[..w].copy_from_slice(from);
            pq[w..].copy_from_slice(to);
            let maps = weights.relative.chunks_exact(w).zip(grads.relative.chunks_exact_mut(w));
            for (c, (relative, grad)) in maps.enumerate() {
                let x = row.x[i * dim + c];
                add_scaled(x, from, grad);
                add_scaled(-x, to, grad);
                grads.x[(at + i) * dim + c] += dot(from, relative) - dot(to, relative);
            }
        }
    }
}

#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one call, inlined into the loop over rows")]
fn backward_row(
    curve: impl Fn(f32) -> (f32, f32) + Copy,
    row: &Row<'_>,
    weights: Weights<'_>,
    form: &Form,
    room: &mut Room,
    up: &[f32],
    grads: &mut Gradients,
    at: usize,
) {
    let (w, dim, norm) = (form.width, form.dim, 1.0 / (row.count.max(1) as f32).sqrt());
    room.scratch.sides(row, weights, form);
    for (i, up) in up.chunks_exact(form.outputs()).enumerate() {
        for j in (0..row.count).filter(|&j| j != i) {
            let d = room.scratch.distance(row, i, j, dim);
            if !sees(d, form) {
                continue;
            }
            let near = Radial::at(d, form.radial, form.cutoff);
            let c = norm * near.end;
            if form.vectors > 0 {
                room.pull_gates(weights, form, up, 1.0 / (d + 1.0));
            }
            let Room { scratch, from, to, up: gated, by_distance, apart } = &mut *room;
            let of_message = if form.vectors > 0 { &gated[..] } else { up };
            let sides = (&scratch.from[i * w..(i + 1) * w], &scratch.to[j * w..(j + 1) * w]);
            let own = (&mut from[i * w..(i + 1) * w], &mut to[j * w..(j + 1) * w]);
            let (radial, grad) = (four(weights.radial, &near, w), &mut grads.radial[near.first * w..][..4 * w]);
            pull_message(
                curve,
                sides,
                (radial, &near),
                (of_message, c),
                own,
                grad,
                (&mut scratch.message, by_distance),
            );
            let mut by_d = if form.radial > 0 { sum(by_distance) } else { 0.0 };
            if form.cutoff.is_some() {
                by_d += norm * near.end_slope * dot(&scratch.message, of_message);
            }
            apart.fill(0.0);
            if form.vectors > 0 {
                by_d += room.pull_vectors(weights, form, up, (c, 1.0 / (d + 1.0)), &mut grads.gate);
            }
            let (r, apart) = (&room.scratch.apart, &room.apart);
            for k in 0..dim {
                let g = (by_d / d).mul_add(r[k], apart[k]);
                grads.x[(at + i) * dim + k] += g;
                grads.x[(at + j) * dim + k] -= g;
            }
        }
    }
}

impl Room {
    /// The gradient of a message through the vectors that it weighs: Σ_v gate_v ⟨up_v, x_i - x_j⟩/(d + 1).
    #[inline(always)]
    fn pull_gates(&mut self, weights: Weights<'_>, form: &Form, up: &[f32], share: f32) {
        self.up.fill(0.0);
        for (gate, up) in weights.gate.chunks_exact(form.width).zip(up.chunks_exact(form.dim)) {
            add_scaled(along(up, &self.scratch.apart) * share, gate, &mut self.up);
        }
    }

    /// Adds to the gates' gradient and to that of x_i - x_j; returns the gradient by the distance in 1/(d + 1).
    #[inline(always)]
    fn pull_vectors(
        &mut self,
        weights: Weights<'_>,
        form: &Form,
        up: &[f32],
        (c, share): (f32, f32),
        grad: &mut [f32],
    ) -> f32 {
        let (w, mut by_d) = (form.width, 0.0);
        let gates = weights.gate.chunks_exact(w).zip(grad.chunks_exact_mut(w)).zip(up.chunks_exact(form.dim));
        for ((gate, grad), up) in gates {
            let (weight, reach) = (c * dot(&self.scratch.message, gate), along(up, &self.scratch.apart));
            add_scaled(c * reach * share, &self.scratch.message, grad);
            add_scaled(weight * share, up, &mut self.apart);
            by_d -= weight * reach * share * share;
        }
        by_d
    }
}

/// A scalar product of short vectors.
#[inline(always)]
fn along(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// One message on the way back: adds to the gradients of both sides and of the four rows of W (`grad`), and writes the
/// message itself and its gradient by the distance, value by value.
#[inline(always)]
fn pull_message(
    curve: impl Fn(f32) -> (f32, f32) + Copy,
    (from, to): (&[f32], &[f32]),
    (radial, near): ([&[f32]; 4], &Radial),
    (up, c): (&[f32], f32),
    (of_from, of_to): (&mut [f32], &mut [f32]),
    grad: &mut [f32],
    (message, by_distance): (&mut [f32], &mut [f32]),
) {
    let w = of_from.len();
    let (from, to, up) = (&from[..w], &to[..w], &up[..w]);
    let (of_to, message, by_distance) = (&mut of_to[..w], &mut message[..w], &mut by_distance[..w]);
    let [w0, w1, w2, w3] = radial.map(|r| &r[..w]);
    let (a, b) = grad.split_at_mut(2 * w);
    let ((g0, g1), (g2, g3)) = (a.split_at_mut(w), b.split_at_mut(w));
    let (g2, g3) = (&mut g2[..w], &mut g3[..w]);
    let (e, s) = (near.value, near.slope);
    for k in 0..w {
        let z = from[k] + to[k];
        let z = e[3].mul_add(w3[k], e[2].mul_add(w2[k], e[1].mul_add(w1[k], e[0].mul_add(w0[k], z))));
        let (value, slope) = curve(z);
        let g = c * up[k] * slope;
        message[k] = value;
        of_from[k] += g;
        of_to[k] += g;
        g0[k] = e[0].mul_add(g, g0[k]);
        g1[k] = e[1].mul_add(g, g1[k]);
        g2[k] = e[2].mul_add(g, g2[k]);
        g3[k] = e[3].mul_add(g, g3[k]);
        let by = s[3].mul_add(w3[k], s[2].mul_add(w2[k], s[1].mul_add(w1[k], s[0] * w0[k])));
        by_distance[k] = g * by;
    }
}
