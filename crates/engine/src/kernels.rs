//! The hot operations over a dfdx device.
//!
//! Every default is a plain composition of stock dfdx operations: it runs on every device and is what the tests compare
//! with. The CPU overrides them with fused kernels ([`super::cpu`]).

use dfdx::prelude::*;

use super::kernel::adam::{EPSILON, Settings};
use super::kernel::conv::Conv;
use super::kernel::invariant::Field;
use super::kernel::join::Join;
use super::kernel::turn::Turns;
use super::layout::{Layout, Segment};
use crate::kernel::activation::Activation;
use crate::kernel::loss::Loss;
use semola_lie::action::Action;

/// A matrix on a device; rows are examples.
pub type Mat<D, T = NoneTape> = Tensor<(usize, usize), f32, D, T>;
/// A parameter: flat values.
pub type Flat<D> = Tensor<(usize,), f32, D>;
/// A scalar.
pub type Scalar<D, T = NoneTape> = Tensor<(), f32, D, T>;

/// Taylor order and squarings of the composed exponential: exact to single precision up to a norm of 8.
const ORDER: usize = 8;
const SQUARINGS: usize = 4;

/// A dfdx device for single precision whose tensors threads may share.
pub trait Device: dfdx::prelude::Device<f32> + Storage<f32, Vec: Send + Sync> + Clone + Send + Sync + 'static {}

impl<D: dfdx::prelude::Device<f32> + Storage<f32, Vec: Send + Sync> + Clone + Send + Sync + 'static> Device for D {}

/// A device with the operations that training spends its time in.
pub trait Kernels: Device + PointKernels {
    /// The device for work that may run beside other work. Threads that work at the same time each need one of their own.
    fn for_one_thread(&self) -> Self {
        self.clone()
    }

    /// `a(x w + b)`; `w` is a flat parameter of inputs×outputs.
    fn linear<T>(x: Mat<Self, T>, w: &Flat<Self>, b: &Flat<Self>, activation: Option<Activation>) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::linear(x, w, b, activation)
    }

    /// Rows transformed by exp(Σ_c w_c L_c): `basis` is C×side², `w` n×C, `rows` n×width.
    fn augment<T>(basis: Mat<Self, T>, w: &Mat<Self>, rows: &Mat<Self>, layout: &Layout) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::augment(basis, w, rows, layout)
    }

    /// Σ_i weight_i · loss(pred_i, target_i), each averaged over the components of the row.
    fn loss<T>(kind: Loss, pred: Mat<Self, T>, target: Mat<Self, T>, weights: &Flat<Self>) -> Scalar<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        stock::loss(kind, pred, target, weights)
    }

    /// a(pool(w ∗ x) + b) of images, one a row. `w` is flat and in the order of [`Conv::weights`].
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
        images::convolve(x, w, b, conv, activation)
    }

    /// Coarse images, one a row, brought to the size of fine ones and put beside them.
    fn join<T>(coarse: Mat<Self, T>, fine: &Mat<Self>, join: &Join) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        images::join(coarse, fine, join)
    }

    /// Learned kernels in all their turns, flat, on a tape of their own.
    fn turn<T>(learned: &Flat<Self>, turns: &Turns) -> Tensor<(usize,), f32, Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        images::turn(learned, turns)
    }

    /// Largest value over the turns, averaged over the pixels, of fields on a group, one a row: n×channels.
    fn invariant<T>(x: Mat<Self, T>, field: &Field) -> Mat<Self, T>
    where
        T: Tape<f32, Self> + Merge<NoneTape> + Merge<T>,
    {
        images::invariant(x, field)
    }

    /// One AdamW update from the gradients on the tape's record.
    fn adam(
        s: &Settings,
        param: &mut Flat<Self>,
        m: &mut Flat<Self>,
        v: &mut Flat<Self>,
        grads: &mut Gradients<f32, Self>,
    ) {
        stock::adam(s, param, m, v, grads);
    }

    /// Σ g² of a parameter's gradient.
    fn grad_norm_squared(param: &Flat<Self>, grads: &mut Gradients<f32, Self>) -> f64 {
        match grads.try_alloc_for(param) {
            Ok(()) => f64::from(grads.get(param).square().sum::<(), _>().as_vec()[0]),
            Err(_) => f64::NAN,
        }
    }
}

pub mod images;
pub mod points;
pub mod stock_points;
mod warp;

use points::PointKernels;

/// Stock dfdx operations put together. Selections of rows and columns are products with constant 0-1 matrices, which
/// every device can do without compiling anything at run time.
pub mod stock {
    use super::*;

    pub fn linear<D, T>(x: Mat<D, T>, w: &Flat<D>, b: &Flat<D>, activation: Option<Activation>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let (_, inputs) = *x.shape();
        activated(x.matmul(w.clone().reshape_like(&(inputs, b.shape().0))), b, activation)
    }

    /// `a(z + b)`.
    pub(super) fn activated<D, T>(z: Mat<D, T>, b: &Flat<D>, activation: Option<Activation>) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let (n, outputs) = *z.shape();
        // The bias is broadcast on a tape of its own, so that its gradient is summed back.
        let bias = b.retaped::<T>().broadcast_like::<_, Axis<0>>(&(n, outputs));
        activate(z + bias, activation)
    }

    pub(super) fn activate<D, T>(z: Mat<D, T>, activation: Option<Activation>) -> Mat<D, T>
    where
        D: Device,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        match activation {
            None => z,
            Some(Activation::Relu) => z.relu(),
            Some(Activation::Tanh) => z.tanh(),
            Some(Activation::Gelu) => z.fast_gelu(),
            Some(Activation::Silu) => {
                let plain = z.retaped::<T>();
                z.sigmoid() * plain
            }
        }
    }

    pub fn loss<D, T>(kind: Loss, pred: Mat<D, T>, target: Mat<D, T>, weights: &Flat<D>) -> Scalar<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let (n, width) = *pred.shape();
        let weights = weights.clone().broadcast_like::<_, Axis<1>>(&(n, width));
        let each = match kind {
            Loss::Mse => (pred - target).square() / width as f32,
            Loss::Mae => (pred - target).abs() / width as f32,
            Loss::Huber => pred.huber_error(target, 1.0) / width as f32,
            Loss::CrossEntropy => pred.log_softmax::<Axis<1>>().negate() * target,
        };
        (each * weights).sum()
    }

    pub fn adam<D: Kernels>(
        s: &Settings,
        param: &mut Flat<D>,
        m: &mut Flat<D>,
        v: &mut Flat<D>,
        grads: &mut Gradients<f32, D>,
    ) {
        if grads.try_alloc_for(param).is_err() {
            return;
        }
        let g = grads.get(param) * s.grad_scale;
        let (c1, c2) = s.corrections();
        *m = m.clone() * s.beta1 + g.clone() * (1.0 - s.beta1);
        *v = v.clone() * s.beta2 + g.square() * (1.0 - s.beta2);
        let root = (v.clone() / c2).sqrt() + EPSILON;
        *param = param.clone() * (1.0 - s.lr * s.weight_decay) - m.clone() / root * (s.lr / c1);
    }

    pub fn augment<D, T>(basis: Mat<D, T>, w: &Mat<D>, rows: &Mat<D>, layout: &Layout) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        let (n, s, k) = (rows.shape().0, layout.side, layout.linear);
        let dev = rows.device().clone();
        let (basis, tape) = basis.split_tape();
        let exponent = w.clone().put_tape(tape).matmul(basis);
        let (exponent, tape) = exponent.split_tape();
        let (g, tape) = expm(exponent.clone().put_tape(tape), n, s).split_tape();
        let linear_part = select(&dev, s * s, (0..k * k).map(|ij| ij / k * s + ij % k));
        let (linear, tape) = g.clone().put_tape(tape).matmul(linear_part).reshape_like(&(n, k, k)).split_tape();
        let (inverse, tape) = if layout.needs_inverse() {
            expm(exponent.put_tape(tape).negate(), n, s).split_tape()
        } else {
            (g.clone(), tape)
        };
        let mut out: Mat<D, T> = zeros_like_rows(rows).put_tape(tape);
        for segment in &layout.segments {
            for b in 0..segment.blocks {
                let len = segment.action.block_len();
                let at = segment.start + b * len;
                let pick = select(&dev, layout.width, at..at + len);
                let block = rows.clone().matmul(pick.clone());
                let turned: Mat<D, T> = match segment.action {
                    Action::Scalar => block.put_tape(T::default()),
                    Action::Vector { .. } | Action::Points { .. } => {
                        let v = block.reshape_like(&(n, k, 1));
                        let turned = linear.clone().put_tape(T::default()).matmul(v).reshape_like(&(n, k));
                        if layout.affine() && matches!(segment.action, Action::Points { .. }) {
                            let column = select(&dev, s * s, (0..k).map(|i| i * s + k)) * segment.translation_scale;
                            let there = held_blocks(rows, layout, segment, b, k);
                            turned + g.clone().put_tape(T::default()).matmul(column) * there
                        } else {
                            turned
                        }
                    }
                    Action::Covector { .. } => {
                        let v = block.reshape_like(&(n, k, 1));
                        let pick = select(&dev, s * s, (0..k * k).map(|ij| ij / k * s + ij % k));
                        let square = inverse.clone().put_tape(T::default()).matmul(pick).reshape_like(&(n, k, k));
                        square.permute::<_, Axes3<0, 2, 1>>().matmul(v).reshape_like(&(n, k))
                    }
                    Action::Pixels(image) => {
                        let inverse = inverse.clone().put_tape(T::default());
                        warp::warp(inverse, &block, &image, s, segment.translation_scale)
                    }
                    Action::Tensor { .. } => {
                        let m = block.reshape_like(&(n, k, k));
                        // The second factor needs an identity of its own on the tape.
                        let second = linear.clone().put_tape(T::default()) * 1.0;
                        let left = linear.clone().put_tape(T::default()).matmul(m);
                        left.matmul(second.permute::<_, Axes3<0, 2, 1>>()).reshape_like(&(n, k * k))
                    }
                };
                let place = pick.permute::<(usize, usize), Axes2<1, 0>>();
                out = turned.matmul(place) + out;
            }
        }
        out
    }

    /// 1 where a row has the block, 0 where it is room for a point that is not there: n×k.
    fn held_blocks<D: Kernels>(rows: &Mat<D>, layout: &Layout, segment: &Segment, block: usize, k: usize) -> Mat<D> {
        let held = |row: &[f32]| f32::from(u8::from(block * segment.action.block_len() < layout.held(segment, row)));
        let there = rows.as_vec().chunks_exact(layout.width).flat_map(|row| vec![held(row); k]).collect();
        rows.device().tensor_from_vec(there, (rows.shape().0, k))
    }

    fn zeros_like_rows<D: Kernels>(rows: &Mat<D>) -> Mat<D> {
        rows.device().zeros_like(rows)
    }

    /// The constant matrix that picks the given columns out of `width`.
    pub(super) fn select<D: Device>(dev: &D, width: usize, columns: impl Iterator<Item = usize>) -> Mat<D> {
        let columns: Vec<usize> = columns.collect();
        let mut m = vec![0.0; width * columns.len()];
        for (j, &c) in columns.iter().enumerate() {
            m[c * columns.len() + j] = 1.0;
        }
        dev.tensor_from_vec(m, (width, columns.len()))
    }

    /// exp of n matrices, given and returned as n×side².
    fn expm<D, T>(a: Mat<D, T>, n: usize, s: usize) -> Mat<D, T>
    where
        D: Kernels,
        T: Tape<f32, D> + Merge<NoneTape> + Merge<T>,
    {
        type Batch<D, T> = Tensor<(usize, usize, usize), f32, D, T>;
        let scale = 0.5f32.powi(SQUARINGS as i32);
        let (a, tape) = (a * scale).reshape_like(&(n, s, s)).split_tape();
        let one: Vec<f32> = (0..n * s * s).map(|i| f32::from(i % (s * s) / s == i % s)).collect();
        let one = a.device().tensor_from_vec(one, (n, s, s));
        let mut e: Batch<D, T> = one.clone().put_tape(tape);
        for order in (1..=ORDER).rev() {
            e = a.clone().put_tape(T::default()).matmul(e) / order as f32 + one.clone();
        }
        for _ in 0..SQUARINGS {
            let (plain, tape) = e.split_tape();
            // A product of a tensor with itself would clash on the tape: the copy gets an identity of its own.
            let again = plain.clone().put_tape(tape) * 1.0;
            e = plain.put_tape(T::default()).matmul(again);
        }
        e.reshape_like(&(n, s * s))
    }
}
