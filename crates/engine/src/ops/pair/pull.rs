//! The backward pass of one row: the pass over its pairs, and its buffers.

use super::backward::Gradients;
use super::message::{Pair, PairGradients, add_messages, pull_messages};
use super::radial::Radial;
use super::row::{Row, Scratch, four, sees, two};
use super::{Form, Weights};
use crate::ops::simd::{add_scaled, dot, sum};

/// The data of one row in the backward pass.
pub(super) struct Pass<'a> {
    pub row: Row<'a>,
    pub weights: Weights<'a>,
    pub form: &'a Form,
    /// The gradient of the row's output.
    pub up: &'a [f32],
    /// The row's first point among those of the gradients.
    pub at: usize,
}

/// Two points that see each other.
struct Seen<'a> {
    i: usize,
    j: usize,
    near: Radial,
    /// Factor on their messages.
    c: f32,
    /// 1/(d + 1).
    share: f32,
    /// Gradients of the outputs of both.
    ups: [&'a [f32]; 2],
}

/// Room for one row, used again for the next.
pub(super) struct Room {
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

/// Pairs of one row on the way back.
#[inline(always)]
pub(super) fn pull_pairs(
    curve: impl Fn(f32) -> (f32, f32) + Copy,
    pass: &Pass<'_>,
    room: &mut Room,
    grads: &mut Gradients,
) {
    let Pass { row, weights, form, up, at } = pass;
    let (dim, norm) = (form.dim, 1.0 / (row.count.max(1) as f32).sqrt());
    room.scratch.sides(row, *weights, form);
    for j in 1..row.count {
        for i in 0..j {
            let d = room.scratch.distance(row, i, j, dim);
            if !sees(d, form) {
                continue;
            }
            let near = Radial::at(d, form.radial, form.cutoff);
            let ups = [i, j].map(|i| &up[i * form.outputs()..(i + 1) * form.outputs()]);
            let seen = Seen { i, j, near, c: norm * near.end, share: 1.0 / (d + 1.0), ups };
            if form.vectors > 0 {
                room.pull_gates(pass, &seen);
            }
            let mut by_d = room.pull_pair(curve, pass, &seen, &mut grads.radial);
            if form.cutoff.is_some() {
                by_d += norm * near.end_slope * room.messages_along(form, ups);
            }
            room.apart.fill(0.0);
            if form.vectors > 0 {
                by_d += room.pull_vectors(pass, &seen, &mut grads.gate);
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
    pub fn new(form: &Form, most: usize) -> Self {
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
    pub fn clear(&mut self, pass: &Pass<'_>) {
        let len = pass.row.count * pass.form.width;
        self.from[..len].fill(0.0);
        self.to[..len].fill(0.0);
    }

    /// Hands the gradients of the sides on to p, q, x and C.
    #[inline(always)]
    pub fn give(&self, pass: &Pass<'_>, grads: &mut Gradients) {
        let Pass { row, weights, form, at, .. } = pass;
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

    /// The gradients of both messages through the vectors that they weigh: Σ_v gate_v ⟨up_v, x_i - x_j⟩/(d + 1).
    #[inline(always)]
    fn pull_gates(&mut self, pass: &Pass<'_>, seen: &Seen<'_>) {
        let Pass { weights, form, .. } = pass;
        for ((own, up), sign) in self.up.iter_mut().zip(seen.ups).zip([seen.share, -seen.share]) {
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
        pass: &Pass<'_>,
        seen: &Seen<'_>,
        grad: &mut [f32],
    ) -> f32 {
        let (form, &Seen { i, j, near, c, .. }) = (pass.form, seen);
        let w = form.width;
        let Self { scratch, from, to, up, by_distance, .. } = self;
        let ups = if form.vectors > 0 { [&up[0][..], &up[1][..]] } else { seen.ups };
        let pair = Pair::new(&scratch.from, &scratch.to, (i, j), four(pass.weights.radial, &near, w), near);
        let ((from_i, from_j), (to_i, to_j)) = (two(from, i, j, w), two(to, i, j, w));
        let radial = &mut grad[near.first * w..][..4 * w];
        let mut grads = PairGradients { from_i, to_j, from_j, to_i, radial, by_distance };
        pull_messages(curve, &pair, ups, c, &mut grads);
        if form.vectors > 0 || form.cutoff.is_some() {
            let [there, back] = &mut scratch.messages;
            there.fill(0.0);
            back.fill(0.0);
            add_messages(curve, &pair, 1.0, there, back);
        }
        if form.radial > 0 { sum(&self.by_distance) } else { 0.0 }
    }

    /// Both messages times their gradients.
    #[inline(always)]
    fn messages_along(&self, form: &Form, ups: [&[f32]; 2]) -> f32 {
        let ups = if form.vectors > 0 { [&self.up[0][..], &self.up[1][..]] } else { ups };
        dot(&self.scratch.messages[0], ups[0]) + dot(&self.scratch.messages[1], ups[1])
    }

    /// Adds to the gates' gradient and to that of x_i - x_j; returns the gradient by the distance in 1/(d + 1).
    #[inline(always)]
    fn pull_vectors(&mut self, pass: &Pass<'_>, seen: &Seen<'_>, grad: &mut [f32]) -> f32 {
        let (Pass { weights, form, .. }, &Seen { c, share, ups, .. }) = (pass, seen);
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
