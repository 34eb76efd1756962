//! Messages between pairs by stock dfdx operations: a list of all pairs, those that are not there masked.

use dfdx::prelude::*;

use super::radial::{FEWEST, MIDDLE, SOFTENING};
use super::{Form, PairMaps};
use crate::device::{Device, Flat, Mat};
use crate::ops::activation;
use crate::ops::pick::{rows, select};
use crate::points::Points;

/// A list of pairs: `most` for each point, of which the point with itself and with points that are not there are masked.
struct Pairs {
    from: Vec<usize>,
    to: Vec<usize>,
    /// 1/√points of the row, or 0.
    weight: Vec<f32>,
}

impl Pairs {
    fn new(points: &Points) -> Self {
        let mut pairs = Self { from: Vec::new(), to: Vec::new(), weight: Vec::new() };
        for range in points.ranges() {
            for i in range.clone() {
                for j in 0..points.most() {
                    let other = range.start + j;
                    let there = j < range.len() && other != i;
                    pairs.from.push(i);
                    pairs.to.push(if there { other } else { i });
                    pairs.weight.push(if there { 1.0 / (range.len() as f32).sqrt() } else { 0.0 });
                }
            }
        }
        pairs
    }
}

/// Messages of stock operations.
pub fn composed<D, T>(pq: Mat<D, T>, x: &Mat<D>, maps: PairMaps<'_, D>, points: &Points, form: Form) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D>,
{
    let (dev, w, n) = (pq.device().clone(), form.width, points.total());
    let list = Pairs::new(points);
    let e = list.from.len();
    // A distance of about 1 where there is no pair, so that no root of 0 is taken.
    let alone = list.weight.iter().map(|&c| if c == 0.0 { 1.0 + SOFTENING } else { SOFTENING }).collect();
    let weight = dev.tensor_from_vec(list.weight, (e,));
    let x = |index: &Vec<usize>| rows(x.retaped::<T>(), index.clone());
    let apart = x(&list.from) - x(&list.to);
    let (apart, tape) = apart.split_tape();
    let d = (apart.clone().put_tape(tape).square().sum::<_, Axis<1>>() + dev.tensor_from_vec(alone, (e,))).sqrt();
    let (d, tape) = d.split_tape();
    let u: Flat<D, T> = match form.cutoff {
        Some(cutoff) => (d.clone().put_tape(tape) / cutoff).clamp(0.0, 1.0),
        None => d.retaped::<T>() / (d.clone().put_tape(tape) + MIDDLE),
    };
    let (u, tape) = u.split_tape();
    let (pq, other) = pq.split_tape();
    let tape = tape.merge(other);
    let side =
        |from: usize, index: Vec<usize>| rows(pq.retaped::<T>().matmul(select(&dev, 2 * w, from..from + w)), index);
    let mut z = side(0, list.from) + side(w, list.to);
    if let Some(radial) = maps.radial {
        z = z + splines(u.retaped::<T>(), form.radial).matmul(radial.clone().reshape_like(&(form.radial, w)));
    }
    if let Some(relative) = maps.relative {
        z = z + apart.retaped::<T>().matmul(relative.clone().reshape_like(&(form.dim, w)));
    }
    let message = activation::composed(z, Some(form.activation));
    let end = if form.cutoff.is_some() {
        (u.put_tape(tape).square().negate() + 1.0).powi(3) * weight
    } else {
        weight.put_tape(tape)
    };
    let shape = (n, points.most(), form.outputs());
    if let Some(gate) = maps.gate {
        let gate = gate.clone().reshape_like(&(form.vectors, w)).permute::<_, Axes2<1, 0>>();
        let gate = gate.put_tape(T::default());
        let end = end.broadcast_like::<_, Axis<1>>(&(e, form.vectors));
        let c = (message.matmul(gate) * end).reshape_like(&(e, form.vectors, 1));
        let share = (d.retaped::<T>() + 1.0).recip().broadcast_like::<_, Axis<1>>(&(e, form.dim));
        let unit = (apart.retaped::<T>() * share).reshape_like(&(e, 1, form.dim));
        return c.matmul(unit).reshape_like(&shape).sum::<_, Axis<1>>();
    }
    (message * end.broadcast_like::<_, Axis<1>>(&(e, w))).reshape_like(&shape).sum::<_, Axis<1>>()
}

/// Cubic B-splines side by side at values in [0, 1].
fn splines<D, T>(u: Flat<D, T>, count: usize) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D>,
{
    let (dev, shape) = (u.device().clone(), (u.shape().0, count));
    let centres = dev.tensor_from_vec((0..count).map(|j| j as f32 - 1.0).collect(), (count,));
    let t = (u * (count.max(FEWEST) - 3) as f32).broadcast_like::<_, Axis<1>>(&shape);
    let (x, tape) = (t - centres.broadcast_like::<_, Axis<0>>(&shape)).abs().split_tape();
    let wide = (x.clone().put_tape(tape).negate() + 2.0).relu().powi(3);
    let narrow = (x.retaped::<T>().negate() + 1.0).relu().powi(3);
    (wide - narrow * 4.0) / 6.0
}
