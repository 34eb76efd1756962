//! One row: its points' sides of all messages, and the pass over its pairs.

use std::ops::Range;

use super::message::{Pair, add_messages};
use super::radial::{FEWEST, Radial, SOFTENING};
use super::{Form, Inputs, Weights};
use crate::ops::simd::{add_scaled, dot};

/// The values of one row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub pq: &'a [f32],
    pub x: &'a [f32],
    pub count: usize,
}

impl<'a> Row<'a> {
    pub fn new(inputs: Inputs<'a>, range: Range<usize>, form: &Form) -> Self {
        let of = |values: &'a [f32], width: usize| &values[range.start * width..range.end * width];
        Self { pq: of(inputs.pq, 2 * form.width), x: of(inputs.x, form.dim), count: range.len() }
    }
}

/// Room for one row, used again for the next.
pub(super) struct Scratch {
    /// p_i + x_i C and q_j - x_j C of the row's points.
    pub from: Vec<f32>,
    pub to: Vec<f32>,
    /// x_i - x_j.
    pub apart: Vec<f32>,
    /// The two messages of a pair.
    pub messages: [Vec<f32>; 2],
}

impl Scratch {
    pub fn new(form: &Form, most: usize) -> Self {
        let room = || vec![0.0; most * form.width];
        Self { from: room(), to: room(), apart: vec![0.0; form.dim], messages: [(); 2].map(|()| vec![0.0; form.width]) }
    }

    /// Fills in the sides of the row's points.
    #[inline(always)]
    pub fn sides(&mut self, row: &Row<'_>, weights: Weights<'_>, form: &Form) {
        let w = form.width;
        for i in 0..row.count {
            let (from, to) = (&mut self.from[i * w..(i + 1) * w], &mut self.to[i * w..(i + 1) * w]);
            let pq = &row.pq[i * 2 * w..(i + 1) * 2 * w];
            from.copy_from_slice(&pq[..w]);
            to.copy_from_slice(&pq[w..]);
            for (c, relative) in weights.relative.chunks_exact(w).enumerate() {
                let x = row.x[i * form.dim + c];
                add_scaled(x, relative, from);
                add_scaled(-x, relative, to);
            }
        }
    }

    /// x_i - x_j, and its length.
    #[inline(always)]
    pub fn distance(&mut self, row: &Row<'_>, i: usize, j: usize, dim: usize) -> f32 {
        let (a, b) = (&row.x[i * dim..(i + 1) * dim], &row.x[j * dim..(j + 1) * dim]);
        let mut square = SOFTENING;
        for ((r, a), b) in self.apart.iter_mut().zip(a).zip(b) {
            *r = a - b;
            square = r.mul_add(*r, square);
        }
        square.sqrt()
    }
}

/// W with at least four rows, those that are not there zero: every message looks at four.
pub(super) fn with_four_rows(radial: &[f32], width: usize) -> Vec<f32> {
    let mut padded = radial.to_vec();
    padded.resize(radial.len().max(FEWEST * width), 0.0);
    padded
}

/// The four rows of W that a distance looks at.
#[inline(always)]
pub(super) fn four<'a>(radial: &'a [f32], near: &Radial, width: usize) -> [&'a [f32]; 4] {
    let rows = &radial[near.first * width..(near.first + 4) * width];
    let (a, b) = rows.split_at(2 * width);
    let ((a, b), (c, d)) = (a.split_at(width), b.split_at(width));
    [a, b, c, d]
}

/// Whether a pair is near enough to see each other.
#[inline(always)]
pub(super) fn sees(d: f32, form: &Form) -> bool {
    form.cutoff.is_none_or(|cutoff| d < cutoff)
}

/// Two rows of a matrix, `i` before `j`.
#[inline(always)]
pub(super) fn two(matrix: &mut [f32], i: usize, j: usize, width: usize) -> (&mut [f32], &mut [f32]) {
    let (before, after) = matrix.split_at_mut(j * width);
    (&mut before[i * width..(i + 1) * width], &mut after[..width])
}

/// Adds up the messages of one row's points. Both messages of a pair are made at once: they share distance and radial part.
#[inline(always)]
pub(super) fn forward_row(
    curve: impl Fn(f32) -> (f32, f32) + Copy,
    row: &Row<'_>,
    weights: Weights<'_>,
    form: &Form,
    scratch: &mut Scratch,
    out: &mut [f32],
) {
    let (w, norm) = (form.width, 1.0 / (row.count.max(1) as f32).sqrt());
    scratch.sides(row, weights, form);
    for j in 1..row.count {
        for i in 0..j {
            let d = scratch.distance(row, i, j, form.dim);
            if !sees(d, form) {
                continue;
            }
            let near = Radial::at(d, form.radial, form.cutoff);
            let c = norm * near.end;
            let pair = Pair::new(&scratch.from, &scratch.to, (i, j), four(weights.radial, &near, w), near);
            let (a, b) = two(out, i, j, form.outputs());
            if form.vectors == 0 {
                add_messages(curve, &pair, c, a, b);
                continue;
            }
            let [there, back] = &mut scratch.messages;
            there.fill(0.0);
            back.fill(0.0);
            add_messages(curve, &pair, c / (d + 1.0), there, back);
            let vectors =
                weights.gate.chunks_exact(w).zip(a.chunks_exact_mut(form.dim)).zip(b.chunks_exact_mut(form.dim));
            for ((gate, a), b) in vectors {
                add_scaled(dot(there, gate), &scratch.apart, a);
                add_scaled(-dot(back, gate), &scratch.apart, b);
            }
        }
    }
}
