//! Augmentation by stock dfdx operations.

use dfdx::prelude::*;

use super::warp;
use crate::device::{Cube, Device, Mat};
use crate::layout::{Layout, Segment};
use crate::ops::pick::select;
use semola_lie::action::Action;

/// Taylor order and squarings of the composed exponential: exact to single precision up to a norm of 8.
const ORDER: usize = 8;
const SQUARINGS: usize = 4;

/// Rows transformed by stock operations.
pub fn composed<D, T>(basis: Mat<D, T>, w: &Mat<D>, rows: &Mat<D>, layout: &Layout) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D>,
{
    let (n, s, k) = (rows.shape().0, layout.side, layout.linear);
    let dev = rows.device().clone();
    let (basis, tape) = basis.split_tape();
    let exponent = w.clone().put_tape(tape).matmul(basis);
    let (exponent, tape) = exponent.split_tape();
    let (g, tape) = expm(exponent.clone().put_tape(tape), n, s).split_tape();
    let linear_part = select(&dev, s * s, (0..k * k).map(|ij| ij / k * s + ij % k));
    let (linear, tape) = g.clone().put_tape(tape).matmul(linear_part).reshape_like(&(n, k, k)).split_tape();
    let diagonal = select(&dev, s * s, (0..k).map(|i| i * s + i)).matmul(dev.ones_like(&(k, 1)));
    let (determinant, tape) = match layout.needs_determinant() {
        true => exponent.clone().put_tape(tape).matmul(diagonal).exp().split_tape(),
        false => (dev.ones_like(&(n, 1)), tape),
    };
    let (inverse, tape) = if layout.needs_inverse() {
        expm(exponent.put_tape(tape).negate(), n, s).split_tape()
    } else {
        (g.clone(), tape)
    };
    let mut out: Mat<D, T> = rows.device().zeros_like(rows).put_tape(tape);
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
                Action::Pseudoscalar => determinant.clone().put_tape(T::default()) * block,
                Action::Pseudovector { .. } => {
                    let v = block.reshape_like(&(n, k, 1));
                    let turned = linear.clone().put_tape(T::default()).matmul(v).reshape_like(&(n, k));
                    let factor = determinant.clone().put_tape(T::default()).matmul(dev.ones_like(&(1, k)));
                    turned * factor
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
fn held_blocks<D: Device>(rows: &Mat<D>, layout: &Layout, segment: &Segment, block: usize, k: usize) -> Mat<D> {
    let held = |row: &[f32]| f32::from(u8::from(block * segment.action.block_len() < layout.held(segment, row)));
    let there = rows.as_vec().chunks_exact(layout.width).flat_map(|row| vec![held(row); k]).collect();
    rows.device().tensor_from_vec(there, (rows.shape().0, k))
}

/// exp of n matrices, given and returned as n×side².
fn expm<D, T>(a: Mat<D, T>, n: usize, s: usize) -> Mat<D, T>
where
    D: Device,
    T: Tape<f32, D>,
{
    let scale = 0.5f32.powi(SQUARINGS as i32);
    let (a, tape) = (a * scale).reshape_like(&(n, s, s)).split_tape();
    let one: Vec<f32> = (0..n * s * s).map(|i| f32::from(i % (s * s) / s == i % s)).collect();
    let one = a.device().tensor_from_vec(one, (n, s, s));
    let mut e: Cube<D, T> = one.clone().put_tape(tape);
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
