//! The hot operations on the CPU: fused kernels on dfdx's tape.

mod points;

use std::mem;

use dfdx::prelude::*;

use super::kernel::adam::{self, Settings};
use super::kernel::conv::{self, Conv};
use super::kernel::invariant::{self, Field};
use super::kernel::join::{self, Join};
use super::kernel::turn::{self, Turns};
use super::kernel::{augment, linear, loss};
use super::kernels::{Flat, Kernels, Mat, Scalar};
use super::layout::Layout;
use crate::kernel::activation::Activation;
use crate::kernel::loss::Loss;

/// The values of a tensor, copied once. dfdx gives no safe view of its storage; the copy is measured to cost a few per
/// cent of a training step.
fn host<S: Shape, T>(t: &Tensor<S, f32, Cpu, T>) -> Vec<f32> {
    let mut values = vec![0.0; t.shape().num_elements()];
    t.copy_into(&mut values);
    values
}

impl Kernels for Cpu {
    fn linear<T>(x: Mat<Self, T>, w: &Flat<Self>, b: &Flat<Self>, activation: Option<Activation>) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (n, inputs) = *x.shape();
        let outputs = b.shape().0;
        let (x, mut tape) = x.split_tape();
        let (values, weights) = (host(&x), host(w));
        let (out, saved) = linear::forward(&values, &weights, &host(b), inputs, activation, T::OWNS_TAPE);
        let out = x.device().tensor_from_vec(out, (n, outputs));
        let (og, xg, wg, bg) = (out.ghost(), x.ghost(), w.ghost(), b.ghost());
        tape.add_backward_op(move |grads| {
            let mut go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let mut gw = mem::take(&mut **grads.get_or_alloc_mut(&wg)?);
            let mut gb = mem::take(&mut **grads.get_or_alloc_mut(&bg)?);
            let gx: &mut Vec<f32> = grads.get_or_alloc_mut(&xg)?;
            let parts = linear::Gradients { x: gx, w: &mut gw, b: &mut gb };
            linear::backward(&values, &weights, inputs, &saved, &mut go, parts);
            **grads.get_or_alloc_mut(&og)? = go;
            **grads.get_or_alloc_mut(&wg)? = gw;
            **grads.get_or_alloc_mut(&bg)? = gb;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn augment<T>(basis: Mat<Self, T>, w: &Mat<Self>, rows: &Mat<Self>, layout: &Layout) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let (basis, mut tape) = basis.split_tape();
        let (generators, w, values) = (host(&basis), host(w), host(rows));
        let out = augment::forward(&generators, &w, &values, layout);
        let out = rows.device().tensor_from_vec(out, *rows.shape());
        let (og, bg) = (out.ghost(), basis.ghost());
        let layout = layout.clone();
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let gb: &mut Vec<f32> = grads.get_or_alloc_mut(&bg)?;
            augment::backward(&generators, &w, &values, &layout, &go, gb);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn loss<T>(kind: Loss, pred: Mat<Self, T>, target: Mat<Self, T>, weights: &Flat<Self>) -> Scalar<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let width = pred.shape().1;
        let (pred, tape) = pred.split_tape();
        let (target, other) = target.split_tape();
        let mut tape = tape.merge(other);
        let (p, t, w) = (host(&pred), host(&target), host(weights));
        let rows = loss::rows(kind, &p, &t, width);
        let total: f64 = rows.iter().zip(&w).map(|(l, w)| f64::from(*l) * f64::from(*w)).sum();
        let out = pred.device().tensor_from_vec(vec![total as f32], ());
        let (og, pg, tg) = (out.ghost(), pred.ghost(), target.ghost());
        tape.add_backward_op(move |grads| {
            let go = grads.get_or_alloc_mut(&og)?[0];
            let weights: Vec<f32> = w.iter().map(|w| w * go).collect();
            let mut gp = mem::take(&mut **grads.get_or_alloc_mut(&pg)?);
            let gt: &mut Vec<f32> = grads.get_or_alloc_mut(&tg)?;
            loss::backward(kind, &p, &t, &weights, &mut gp, gt);
            **grads.get_or_alloc_mut(&pg)? = gp;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn convolve<T>(
        x: Mat<Self, T>,
        w: &Flat<Self>,
        b: &Flat<Self>,
        conv: &Conv,
        activation: Option<Activation>,
    ) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let n = x.shape().0;
        let (x, mut tape) = x.split_tape();
        let (values, weights, conv) = (host(&x), host(w), *conv);
        let (out, saved) = conv::forward(&values, &weights, &host(b), &conv, activation, T::OWNS_TAPE);
        let out = x.device().tensor_from_vec(out, (n, conv.results()));
        let (og, xg, wg, bg) = (out.ghost(), x.ghost(), w.ghost(), b.ghost());
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let mut gw = mem::take(&mut **grads.get_or_alloc_mut(&wg)?);
            let mut gb = mem::take(&mut **grads.get_or_alloc_mut(&bg)?);
            let gx: &mut Vec<f32> = grads.get_or_alloc_mut(&xg)?;
            let parts = conv::Gradients { x: gx, w: &mut gw, b: &mut gb };
            conv::backward(&values, &weights, &conv, &saved, &go, parts);
            **grads.get_or_alloc_mut(&og)? = go;
            **grads.get_or_alloc_mut(&wg)? = gw;
            **grads.get_or_alloc_mut(&bg)? = gb;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn join<T>(coarse: Mat<Self, T>, fine: &Mat<Self>, join: &Join) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let n = coarse.shape().0;
        let (coarse, mut tape) = coarse.split_tape();
        let out = join::forward(&host(&coarse), &host(fine), join);
        let out = fine.device().tensor_from_vec(out, (n, join.results()));
        let (og, cg, fg, join) = (out.ghost(), coarse.ghost(), fine.ghost(), *join);
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let mut gc = mem::take(&mut **grads.get_or_alloc_mut(&cg)?);
            let gf: &mut Vec<f32> = grads.get_or_alloc_mut(&fg)?;
            join::backward(&go, &join, &mut gc, gf);
            **grads.get_or_alloc_mut(&og)? = go;
            **grads.get_or_alloc_mut(&cg)? = gc;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn turn<T>(learned: &Flat<Self>, turns: &Turns) -> Tensor<(usize,), f32, Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let out = turn::forward(&host(learned), turns);
        let out = learned.device().tensor_from_vec(out, (turns.kernels(),));
        let (og, lg, turns) = (out.ghost(), learned.ghost(), turns.clone());
        let mut tape = T::default();
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let gl: &mut Vec<f32> = grads.get_or_alloc_mut(&lg)?;
            turn::backward(&go, &turns, gl);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn invariant<T>(x: Mat<Self, T>, field: &Field) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        let n = x.shape().0;
        let (x, mut tape) = x.split_tape();
        let (out, choice) = invariant::forward(&host(&x), field);
        let out = x.device().tensor_from_vec(out, (n, field.channels));
        let (og, xg, field) = (out.ghost(), x.ghost(), *field);
        tape.add_backward_op(move |grads| {
            let go = mem::take(&mut **grads.get_or_alloc_mut(&og)?);
            let gx: &mut Vec<f32> = grads.get_or_alloc_mut(&xg)?;
            invariant::backward(&go, &choice, &field, gx);
            **grads.get_or_alloc_mut(&og)? = go;
            Ok(())
        });
        out.put_tape(tape)
    }

    fn adam(
        s: &Settings,
        param: &mut Flat<Self>,
        m: &mut Flat<Self>,
        v: &mut Flat<Self>,
        grads: &mut Gradients<f32, Self>,
    ) {
        let Ok(grad) = grads.get_or_alloc_mut(param) else { return };
        let grad = mem::take(&mut **grad);
        let (mut p, mut pm, mut pv) = (host(param), host(m), host(v));
        adam::update(s, &mut p, &mut pm, &mut pv, &grad);
        param.copy_from(&p);
        m.copy_from(&pm);
        v.copy_from(&pv);
    }

    fn grad_norm_squared(param: &Flat<Self>, grads: &mut Gradients<f32, Self>) -> f64 {
        grads.get_or_alloc_mut(param).map_or(f64::NAN, |g| adam::norm_squared(g))
    }
}
