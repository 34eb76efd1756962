//! Networks on points from stock dfdx operations: points that are not there are masked. Lists of rows to look at are made
//! on the host, and nothing is compiled at run time.

use dfdx::prelude::*;

use super::super::kernel::gather::NOTHING;
use super::super::kernel::norm::EPSILON;
use super::super::kernel::pair::Form;
use super::super::kernel::radial::{FEWEST, MIDDLE, SOFTENING};
use super::super::points::Points;
use super::points::PairMaps;
use super::stock::{activate, select};
use super::{Device, Flat, Mat};
use crate::kernel::activation::Activation;
use crate::kernel::pool::Pool;

type Cube<D, T = NoneTape> = Tensor<(usize, usize, usize), f32, D, T>;

pub fn gather<D, T>(x: Mat<D, T>, index: &[u32], columns: usize) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let (dev, len) = (x.device().clone(), index.len());
    let flat = x.shape().0 * x.shape().1;
    let held = index.iter().map(|&i| if i == NOTHING { 0.0 } else { 1.0 }).collect::<Vec<f32>>();
    let index = index.iter().map(|&i| if i == NOTHING { 0 } else { i as usize }).collect::<Vec<_>>();
    let whole = !held.contains(&0.0);
    let picked: Tensor<(usize,), f32, D, T> = x.reshape_like(&(flat,)).gather(dev.tensor_from_vec(index, (len,)));
    let picked = if whole { picked } else { picked * dev.tensor_from_vec(held, (len,)) };
    picked.reshape_like(&(len / columns, columns))
}

/// Rows of a matrix.
fn rows<D, T>(x: Mat<D, T>, index: Vec<usize>) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let (dev, n) = (x.device().clone(), index.len());
    x.gather(dev.tensor_from_vec(index, (n,)))
}

/// Of each row `most` places for points: the points, the first one again where there are none, and 1 or 0.
fn places(points: &Points) -> (Vec<usize>, Vec<f32>) {
    let last = points.total().saturating_sub(1);
    let place = |range: std::ops::Range<usize>| {
        (0..points.most())
            .map(move |p| if p < range.len() { (range.start + p, 1.0) } else { (range.start.min(last), 0.0) })
    };
    points.ranges().flat_map(place).unzip()
}

/// Points in the places of their rows: rows×most×width, with the mask.
fn placed<D, T>(x: Mat<D, T>, points: &Points) -> (Cube<D, T>, Mat<D>)
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let (dev, width, shape) = (x.device().clone(), x.shape().1, (points.rows(), points.most()));
    let (index, mask) = places(points);
    (rows(x, index).reshape_like(&(shape.0, shape.1, width)), dev.tensor_from_vec(mask, shape))
}

pub fn pool<D, T>(x: Mat<D, T>, points: &Points, pool: Pool) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let width = x.shape().1;
    let (cube, mask) = placed(x, points);
    let (shape, out) = (*cube.shape(), (points.rows(), width));
    let counts: Vec<f32> = points.ranges().map(|r| r.len() as f32).collect();
    let dev = mask.device().clone();
    let per_row = |f: &dyn Fn(f32) -> f32| {
        dev.tensor_from_vec(counts.iter().map(|&c| f(c)).collect(), (out.0,)).broadcast_like::<_, Axis<1>>(&out)
    };
    let mask = mask.broadcast_like::<_, Axis<2>>(&shape);
    match pool {
        Pool::Sum => (cube * mask).sum::<_, Axis<1>>(),
        Pool::Mean => (cube * mask).sum::<_, Axis<1>>() * per_row(&|c| 1.0 / c.max(1.0)),
        Pool::Max => {
            let far = (mask.clone() - 1.0) * 1e30;
            (cube * mask + far).max::<_, Axis<1>>() * per_row(&|c| c.min(1.0))
        }
    }
}

pub fn spread<D, T>(x: Mat<D, T>, points: &Points) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    rows(x, points.ranges().enumerate().flat_map(|(i, range)| range.map(move |_| i)).collect())
}

pub fn joined<D, T>(x: Mat<D, T>, y: &Mat<D>, w: &Flat<D>, b: &Flat<D>, activation: Option<Activation>) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let (n, of_x) = *x.shape();
    let (of_y, outputs) = (y.shape().1, b.shape().0);
    let all = of_x + of_y;
    let part = |from: usize, len: usize| {
        let pick = select(x.device(), all, from..from + len).permute::<(usize, usize), Axes2<1, 0>>();
        pick.put_tape(T::default()).matmul(w.clone().reshape_like(&(all, outputs)))
    };
    let (wx, wy) = (part(0, of_x), part(of_x, of_y));
    let bias = b.retaped::<T>().broadcast_like::<_, Axis<0>>(&(n, outputs));
    activate(x.matmul(wx) + y.retaped::<T>().matmul(wy) + bias, activation)
}

pub fn normalise<D, T>(x: Mat<D, T>, gain: &Flat<D>, bias: &Flat<D>) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let shape = *x.shape();
    let row = |v: &Flat<D>| v.retaped::<T>().broadcast_like::<_, Axis<0>>(&shape);
    x.normalize::<Axis<1>>(EPSILON) * row(gain) + row(bias)
}

pub fn attention<D, T>(qkv: Mat<D, T>, heads: usize, points: &Points) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let (dev, width) = (qkv.device().clone(), qkv.shape().1 / 3);
    let (size, (n, most)) = (width / heads, (points.rows(), points.most()));
    let (index, mask) = places(points);
    let (qkv, tape) = qkv.split_tape();
    let blocked: Vec<f32> = mask.iter().map(|m| (m - 1.0) * 1e30).collect();
    let blocked = dev.tensor_from_vec(blocked, (n, most)).broadcast_like::<_, Axis<1>>(&(n, most, most));
    let mut out: Mat<D, T> = dev.tensor_from_vec(vec![0.0; n * most * width], (n * most, width)).put_tape(tape);
    for h in 0..heads {
        let part = |part: usize| {
            let pick = select(&dev, 3 * width, part * width + h * size..part * width + (h + 1) * size);
            rows(qkv.retaped::<T>().matmul(pick), index.clone()).reshape_like(&(n, most, size))
        };
        let scores = part(0).matmul(part(1).permute::<_, Axes3<0, 2, 1>>()) / (size as f32).sqrt();
        let weights = (scores + blocked.clone()).softmax::<Axis<2>>();
        let place = select(&dev, width, h * size..(h + 1) * size).permute::<(usize, usize), Axes2<1, 0>>();
        out = weights.matmul(part(2)).reshape_like(&(n * most, size)).matmul(place) + out;
    }
    rows(out, mask.iter().enumerate().filter(|(_, m)| **m > 0.0).map(|(i, _)| i).collect())
}

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

pub fn pairs<D, T>(pq: Mat<D, T>, x: &Mat<D>, maps: PairMaps<'_, D>, points: &Points, form: Form) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
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
    let u: Tensor<(usize,), f32, D, T> = match form.cutoff {
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
    let message = activate(z, Some(form.activation));
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
fn splines<D, T>(u: Tensor<(usize,), f32, D, T>, count: usize) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let (dev, shape) = (u.device().clone(), (u.shape().0, count));
    let centres = dev.tensor_from_vec((0..count).map(|j| j as f32 - 1.0).collect(), (count,));
    let t = (u * (count.max(FEWEST) - 3) as f32).broadcast_like::<_, Axis<1>>(&shape);
    let (x, tape) = (t - centres.broadcast_like::<_, Axis<0>>(&shape)).abs().split_tape();
    let wide = (x.clone().put_tape(tape).negate() + 2.0).relu().powi(3);
    let narrow = (x.retaped::<T>().negate() + 1.0).relu().powi(3);
    (wide - narrow * 4.0) / 6.0
}

pub fn invariants<D, T>(v: Mat<D, T>, dim: usize) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let (n, vectors) = (v.shape().0, v.shape().1 / dim);
    let dev = v.device().clone();
    let (v, tape) = v.reshape_like(&(n, vectors, dim)).split_tape();
    // The second factor needs an identity of its own on the tape.
    let other = v.clone().put_tape(tape) * 1.0;
    let gram = v.put_tape(T::default()).matmul(other.permute::<_, Axes3<0, 2, 1>>());
    let upper = (0..vectors).flat_map(|a| (a..vectors).map(move |b| a * vectors + b));
    gram.reshape_like(&(n, vectors * vectors)).matmul(select(&dev, vectors * vectors, upper))
}

pub fn combine<D, T>(coefficients: Mat<D, T>, v: &Mat<D>, dim: usize) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
{
    let (n, vectors) = (v.shape().0, v.shape().1 / dim);
    let outputs = coefficients.shape().1 / vectors;
    let v = v.clone().reshape_like(&(n, vectors, dim));
    coefficients.reshape_like(&(n, outputs, vectors)).matmul(v).reshape_like(&(n, outputs * dim))
}
