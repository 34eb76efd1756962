//! The gradients of messages, row by row.

use rayon::prelude::*;

use super::pull::{Pass, Room, pull_pairs};
use super::row::{Row, with_four_rows};
use super::{CHUNK, Form, Inputs, Weights, with_curve};
use crate::ops::activation::{self, Activation};
use crate::ops::simd;
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
pub fn backward(inputs: Inputs<'_>, weights: Weights<'_>, points: &Points, form: Form, out: &[f32]) -> Gradients {
    let padded = with_four_rows(weights.radial, form.width);
    let radial = weights.radial.len();
    let weights = Weights { radial: &padded, ..weights };
    let parts = points.chunks(CHUNK).into_par_iter().map(|rows| {
        let first = points.range(rows.start).start;
        let mut grads = Gradients::new(points.range(rows.end - 1).end - first, weights, &form);
        let mut room = Room::new(&form, points.most());
        for i in rows {
            let range = points.range(i);
            let pass = Pass {
                row: Row::new(inputs, range.clone(), &form),
                weights,
                form: &form,
                up: &out[range.start * form.outputs()..range.end * form.outputs()],
                at: range.start - first,
            };
            simd::fast(
                #[inline(always)]
                || {
                    room.clear(&pass);
                    with_curve!(form.activation, curve => pull_pairs(curve, &pass, &mut room, &mut grads));
                    room.give(&pass, &mut grads);
                },
            );
        }
        grads
    });
    Gradients::join(parts.collect(), radial)
}
