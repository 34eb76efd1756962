//! The gradients of messages.

use rayon::prelude::*;

use super::super::radial::Radial;
use super::super::simd::{self, add_scaled, dot, sum};
use super::row::{Row, Scratch, add_messages, four, sees, two, with_four_rows};
use super::{CHUNK, Form, Weights, with_curve};
use crate::kernel::activation;
use crate::kernel::activation::Activation;
use crate::points::Points;

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
            simd::fast(#[inline(always)] || {
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
    /// Gradients of the two messages of a pair, where they weigh vectors.
    up: [Vec<f32>; 2],
    /// Gradient of both by the distance, value by value.
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
            up: [one(), one()],
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

/// Pairs of one row on the way back.
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
    let (dim, norm) = (form.dim, 1.0 / (row.count.max(1) as f32).sqrt());
    room.scratch.sides(row, weights, form);
    for j in 1..row.count {
        for i in 0..j {
            let d = room.scratch.distance(row, i, j, dim);
            if !sees(d, form) {
                continue;
            }
            let near = Radial::at(d, form.radial, form.cutoff);
            let (c, share) = (norm * near.end, 1.0 / (d + 1.0));
            let ups = [i, j].map(|i| &up[i * form.outputs()..(i + 1) * form.outputs()]);
            if form.vectors > 0 {
                room.pull_gates(weights, form, ups, share);
            }
            let mut by_d = room.pull_pair(curve, (i, j), weights, (form, &near), (ups, c), &mut grads.radial);
            if form.cutoff.is_some() {
                by_d += norm * near.end_slope * room.messages_along(form, ups);
            }
            room.apart.fill(0.0);
            if form.vectors > 0 {
                by_d += room.pull_vectors(weights, form, ups, (c, share), &mut grads.gate);
            }
            for k in 0..dim {
                let g = (by_d / d).mul_add(room.scratch.apart[k], room.apart[k]);
                grads.x[(at + i) * dim + k] += g;
                grads.x[(at + j) * dim + k] -= g;
            }
        }
    }
}

impl Room {
    /// The gradients of both messages through the vectors that they weigh: Σ_v gate_v ⟨up_v, x_i - x_j⟩/(d + 1).
    #[inline(always)]
    fn pull_gates(&mut self, weights: Weights<'_>, form: &Form, ups: [&[f32]; 2], share: f32) {
        for ((own, up), sign) in self.up.iter_mut().zip(ups).zip([share, -share]) {
            own.fill(0.0);
            for (gate, up) in weights.gate.chunks_exact(form.width).zip(up.chunks_exact(form.dim)) {
                add_scaled(along(up, &self.scratch.apart) * sign, gate, own);
            }
        }
    }

    /// Both messages of a pair; returns the gradient by the distance in their radial part.
    #[inline(always)]
    fn pull_pair(
        &mut self,
        curve: impl Fn(f32) -> (f32, f32) + Copy,
        (i, j): (usize, usize),
        weights: Weights<'_>,
        (form, near): (&Form, &Radial),
        (ups, c): ([&[f32]; 2], f32),
        grad: &mut [f32],
    ) -> f32 {
        let w = form.width;
        let Self { scratch, from, to, up, by_distance, .. } = self;
        let ups = if form.vectors > 0 { [&up[0][..], &up[1][..]] } else { ups };
        let sides = [(&scratch.from, i), (&scratch.to, j), (&scratch.from, j), (&scratch.to, i)];
        let sides = sides.map(|(side, i)| &side[i * w..(i + 1) * w]);
        let ((from_i, from_j), (to_i, to_j)) = (two(from, i, j, w), two(to, i, j, w));
        let (a, b) = grad[near.first * w..][..4 * w].split_at_mut(2 * w);
        let ((g0, g1), (g2, g3)) = (a.split_at_mut(w), b.split_at_mut(w));
        let radial = four(weights.radial, near, w);
        pull_messages(curve, sides, ups, c, (radial, near), from_i, to_j, from_j, to_i, g0, g1, g2, g3, by_distance);
        if form.vectors > 0 || form.cutoff.is_some() {
            let [there, back] = &mut scratch.messages;
            there.fill(0.0);
            back.fill(0.0);
            add_messages(curve, sides, radial, near.value, 1.0, there, back);
        }
        if form.radial > 0 { sum(by_distance) } else { 0.0 }
    }

    /// Both messages times their gradients.
    #[inline(always)]
    fn messages_along(&self, form: &Form, ups: [&[f32]; 2]) -> f32 {
        let ups = if form.vectors > 0 { [&self.up[0][..], &self.up[1][..]] } else { ups };
        dot(&self.scratch.messages[0], ups[0]) + dot(&self.scratch.messages[1], ups[1])
    }

    /// Adds to the gates' gradient and to that of x_i - x_j; returns the gradient by the distance in 1/(d + 1).
    #[inline(always)]
    fn pull_vectors(
        &mut self,
        weights: Weights<'_>,
        form: &Form,
        ups: [&[f32]; 2],
        (c, share): (f32, f32),
        grad: &mut [f32],
    ) -> f32 {
        let (w, mut by_d) = (form.width, 0.0);
        for ((message, up), sign) in self.scratch.messages.iter().zip(ups).zip([1.0, -1.0]) {
            let gates = weights.gate.chunks_exact(w).zip(grad.chunks_exact_mut(w)).zip(up.chunks_exact(form.dim));
            for ((gate, grad), up) in gates {
                let (weight, reach) = (c * dot(message, gate), sign * along(up, &self.scratch.apart));
                add_scaled(c * reach * share, message, grad);
                add_scaled(sign * weight * share, up, &mut self.apart);
                by_d -= weight * reach * share * share;
            }
        }
        by_d
    }
}

/// A scalar product of short vectors.
#[inline(always)]
fn along(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Both messages of a pair on the way back: adds to the gradients of their sides and of the four rows of W, and writes
/// their gradient by the distance, value by value.
#[inline(always)]
#[expect(
    clippy::too_many_arguments,
    reason = "as arguments of their own the compiler knows that slices do not overlap"
)]
fn pull_messages(
    curve: impl Fn(f32) -> (f32, f32) + Copy,
    sides: [&[f32]; 4],
    ups: [&[f32]; 2],
    c: f32,
    (radial, near): ([&[f32]; 4], &Radial),
    of_from_i: &mut [f32],
    of_to_j: &mut [f32],
    of_from_j: &mut [f32],
    of_to_i: &mut [f32],
    g0: &mut [f32],
    g1: &mut [f32],
    g2: &mut [f32],
    g3: &mut [f32],
    by_distance: &mut [f32],
) {
    let w = by_distance.len();
    let (of_from_i, of_to_j) = (&mut of_from_i[..w], &mut of_to_j[..w]);
    let (of_from_j, of_to_i) = (&mut of_from_j[..w], &mut of_to_i[..w]);
    let (g0, g1, g2, g3) = (&mut g0[..w], &mut g1[..w], &mut g2[..w], &mut g3[..w]);
    let [from_i, to_j, from_j, to_i] = sides.map(|s| &s[..w]);
    let [up_i, up_j] = ups.map(|u| &u[..w]);
    let [w0, w1, w2, w3] = radial.map(|r| &r[..w]);
    let (e, s) = (near.value, near.slope);
    for k in 0..w {
        let z = e[3].mul_add(w3[k], e[2].mul_add(w2[k], e[1].mul_add(w1[k], e[0] * w0[k])));
        let there = c * up_i[k] * curve(from_i[k] + to_j[k] + z).1;
        let back = c * up_j[k] * curve(from_j[k] + to_i[k] + z).1;
        of_from_i[k] += there;
        of_to_j[k] += there;
        of_from_j[k] += back;
        of_to_i[k] += back;
        let g = there + back;
        g0[k] = e[0].mul_add(g, g0[k]);
        g1[k] = e[1].mul_add(g, g1[k]);
        g2[k] = e[2].mul_add(g, g2[k]);
        g3[k] = e[3].mul_add(g, g3[k]);
        by_distance[k] = g * s[3].mul_add(w3[k], s[2].mul_add(w2[k], s[1].mul_add(w1[k], s[0] * w0[k])));
    }
}
