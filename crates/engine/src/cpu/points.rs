//! The fused kernels of networks on points, on dfdx's tape.

use std::mem;
use std::sync::Arc;

use dfdx::prelude::*;

use super::host;
use crate::kernel::activation::Activation;
use crate::kernel::pool::Pool;
use crate::kernel::{attention, frame, gather, joined, norm, pair, pool};
use crate::kernels::points::{PairMaps, PointKernels};
use crate::kernels::{Flat, Mat};
use crate::points::Points;

/// `grad += part`.
fn accumulate(grad: &mut [f32], part: &[f32]) {
    grad.iter_mut().zip(part).for_each(|(g, p)| *g += p);
}

impl PointKernels for Cpu {
    fn gather<T>(x: Mat<Self, T>, index: Vec<u32>, columns: usize) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (x, mut tape) = x.split_tape();
        let out = gather::forward(&host(&x), &index);
        let out = x.device().tensor_from_vec(out, (index.len() / columns, columns));
        let (og, xg) = (out.ghost(), x.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            gather::backward(&index, &go, grads.get_or_alloc_mut(&xg)?);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn add<T>(a: Mat<Self, T>, b: &Mat<Self>, factor: f32) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (a, mut tape) = a.split_tape();
        let mut values = host(&a);
        values.iter_mut().zip(host(b)).for_each(|(a, b)| *a += factor * b);
        let out = a.device().tensor_from_vec(values, *a.shape());
        let (og, ag, bg) = (out.ghost(), a.ghost(), b.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            accumulate(grads.get_or_alloc_mut(&ag)?, &go);
            grads.get_or_alloc_mut(&bg)?.iter_mut().zip(&go).for_each(|(b, g)| *b += factor * g);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn pool<T>(x: Mat<Self, T>, points: &Arc<Points>, pool: Pool) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (x, mut tape) = x.split_tape();
        let (width, points) = (x.shape().1, points.clone());
        let (out, from) = pool::forward(&host(&x), width, &points, pool);
        let out = x.device().tensor_from_vec(out, (points.rows(), width));
        let (og, xg) = (out.ghost(), x.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            pool::backward(&go, &from, width, &points, pool, grads.get_or_alloc_mut(&xg)?);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn spread<T>(x: Mat<Self, T>, points: &Arc<Points>) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (x, mut tape) = x.split_tape();
        let (width, points) = (x.shape().1, points.clone());
        let out = pool::spread(&host(&x), width, &points);
        let out = x.device().tensor_from_vec(out, (points.total(), width));
        let (og, xg) = (out.ghost(), x.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let summed = pool::forward(&go, width, &points, Pool::Sum).0;
            accumulate(grads.get_or_alloc_mut(&xg)?, &summed);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn joined<T>(
        x: Mat<Self, T>,
        y: &Mat<Self>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        activation: Option<Activation>,
    ) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (x, mut tape) = x.split_tape();
        let inputs = (x.shape().1, y.shape().1);
        let (vx, vy, weights) = (host(&x), host(y), host(w));
        let (out, saved) = joined::forward((&vx, &vy), &weights, &host(b), inputs, activation, T::OWNS_TAPE);
        let out = x.device().tensor_from_vec(out, (x.shape().0, b.shape().0));
        let (og, xg, yg, wg, bg) = (out.ghost(), x.ghost(), y.ghost(), w.ghost(), b.ghost());
        tape.add_backward_op(move |grads| {
            let mut go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let mut gx = mem::take(&mut **grads.get_or_alloc_mut(&xg)?);
            let mut gw = mem::take(&mut **grads.get_or_alloc_mut(&wg)?);
            let mut gb = mem::take(&mut **grads.get_or_alloc_mut(&bg)?);
            let gy: &mut Vec<f32> = grads.get_or_alloc_mut(&yg)?;
            let parts = joined::Gradients { x: &mut gx, y: gy, w: &mut gw, b: &mut gb };
            joined::backward((&vx, &vy), &weights, inputs, &saved, &mut go, parts);
            **grads.get_or_alloc_mut(&og)? = go;
            **grads.get_or_alloc_mut(&xg)? = gx;
            **grads.get_or_alloc_mut(&wg)? = gw;
            **grads.get_or_alloc_mut(&bg)? = gb;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn normalise<T>(x: Mat<Self, T>, gain: &Flat<Self>, bias: &Flat<Self>) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (x, mut tape) = x.split_tape();
        let scale = host(gain);
        let (out, normal, scales) = norm::forward(&host(&x), &scale, &host(bias));
        let out = x.device().tensor_from_vec(out, *x.shape());
        let (og, xg, gg, bg) = (out.ghost(), x.ghost(), gain.ghost(), bias.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let mut ggain = mem::take(&mut **grads.get_or_alloc_mut(&gg)?);
            let mut gbias = mem::take(&mut **grads.get_or_alloc_mut(&bg)?);
            let gx: &mut Vec<f32> = grads.get_or_alloc_mut(&xg)?;
            let parts = norm::Gradients { x: gx, gain: &mut ggain, bias: &mut gbias };
            norm::backward((&normal, &scales), &scale, &go, parts);
            **grads.get_or_alloc_mut(&og)? = go;
            **grads.get_or_alloc_mut(&gg)? = ggain;
            **grads.get_or_alloc_mut(&bg)? = gbias;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn attention<T>(qkv: Mat<Self, T>, heads: usize, points: &Arc<Points>) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (qkv, mut tape) = qkv.split_tape();
        let (width, points, values) = (qkv.shape().1 / 3, points.clone(), host(&qkv));
        let (out, logs) = attention::forward(&values, width, heads, &points);
        let out = qkv.device().tensor_from_vec(out, (points.total(), width));
        let (og, xg) = (out.ghost(), qkv.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let part = attention::backward(&values, &logs, width, heads, &points, &go);
            accumulate(grads.get_or_alloc_mut(&xg)?, &part);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn pairs<T>(
        pq: Mat<Self, T>,
        x: &Mat<Self>,
        maps: PairMaps<'_, Self>,
        points: &Arc<Points>,
        form: pair::Form,
    ) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (pq, mut tape) = pq.split_tape();
        let (sides, at, points) = (host(&pq), host(x), points.clone());
        let values = [maps.radial, maps.relative, maps.gate].map(|m| m.map(host).unwrap_or_default());
        let out = pair::forward(&sides, &at, weights(&values), &points, form);
        let out = pq.device().tensor_from_vec(out, (points.total(), form.outputs()));
        let (og, pg, xg) = (out.ghost(), pq.ghost(), x.ghost());
        let ghosts = [maps.radial, maps.relative, maps.gate].map(|m| m.map(Tensor::ghost));
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let parts = pair::backward((&sides, &at), weights(&values), &points, form, &go);
            accumulate(grads.get_or_alloc_mut(&pg)?, &parts.pq);
            accumulate(grads.get_or_alloc_mut(&xg)?, &parts.x);
            for (ghost, part) in ghosts.iter().zip([parts.radial, parts.relative, parts.gate]) {
                if let Some(ghost) = ghost {
                    accumulate(grads.get_or_alloc_mut(ghost)?, &part);
                }
            }
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn invariants<T>(v: Mat<Self, T>, dim: usize) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (v, mut tape) = v.split_tape();
        let (values, vectors) = (host(&v), v.shape().1 / dim);
        let out = frame::invariants(&values, vectors, dim);
        let out = v.device().tensor_from_vec(out, (v.shape().0, frame::products(vectors)));
        let (og, vg) = (out.ghost(), v.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            frame::pull_invariants(&values, vectors, dim, &go, grads.get_or_alloc_mut(&vg)?);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn combine<T>(coefficients: Mat<Self, T>, v: &Mat<Self>, dim: usize) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (coefficients, mut tape) = coefficients.split_tape();
        let (c, values, vectors) = (host(&coefficients), host(v), v.shape().1 / dim);
        let out = frame::combine(&values, &c, vectors, dim);
        let outputs = coefficients.shape().1 / vectors;
        let out = v.device().tensor_from_vec(out, (v.shape().0, outputs * dim));
        let (og, cg, vg) = (out.ghost(), coefficients.ghost(), v.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let (of_v, of_c) = frame::pull_combine(&values, &c, vectors, dim, &go);
            accumulate(grads.get_or_alloc_mut(&cg)?, &of_c);
            accumulate(grads.get_or_alloc_mut(&vg)?, &of_v);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }
}

fn weights(values: &[Vec<f32>; 3]) -> pair::Weights<'_> {
    let [radial, relative, gate] = values;
    pair::Weights { radial, relative, gate }
}
