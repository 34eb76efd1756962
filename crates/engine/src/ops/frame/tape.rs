//! Scalar products and combinations of vectors on dfdx's tape.

use dfdx::prelude::*;

use super::{combine, invariants, products, pull_combine, pull_invariants};
use crate::device::{Device, Mat};
use crate::ops::pick::select;
use crate::ops::record::{accumulate, record};
use crate::ops::view::hold;

/// Vectors at points, on a device.
pub trait Op: Device {
    /// Scalar products of a point's vectors (points×vectors·dim), squares included.
    fn invariants<T: Tape<f32, Self>>(v: Mat<Self, T>, dim: usize) -> Mat<Self, T> {
        composed_invariants(v, dim)
    }

    /// Combinations of a point's vectors (points×vectors·dim) with coefficients (points×outputs·vectors).
    fn combine<T: Tape<f32, Self>>(coefficients: Mat<Self, T>, v: &Mat<Self>, dim: usize) -> Mat<Self, T> {
        composed_combine(coefficients, v, dim)
    }
}

impl Op for Cpu {
    fn invariants<T: Tape<f32, Self>>(v: Mat<Self, T>, dim: usize) -> Mat<Self, T> {
        let (v, tape) = v.split_tape();
        let (values, vectors) = (hold(&v), v.shape().1 / dim);
        let out = invariants(&values, vectors, dim);
        let out = v.device().tensor_from_vec(out, (v.shape().0, products(vectors)));
        record(tape, out, [&v], move |up, [v]| pull_invariants(&values, vectors, dim, up, v))
    }

    fn combine<T: Tape<f32, Self>>(coefficients: Mat<Self, T>, v: &Mat<Self>, dim: usize) -> Mat<Self, T> {
        let (coefficients, tape) = coefficients.split_tape();
        let (c, values, vectors) = (hold(&coefficients), hold(v), v.shape().1 / dim);
        let out = combine(&values, &c, vectors, dim);
        let outputs = coefficients.shape().1 / vectors;
        let out = v.device().tensor_from_vec(out, (v.shape().0, outputs * dim));
        record(tape, out, [&coefficients, v], move |up, [of_coefficients, of_vectors]| {
            let (of_v, of_c) = pull_combine(&values, &c, vectors, dim, up);
            accumulate(of_coefficients, &of_c);
            accumulate(of_vectors, &of_v);
        })
    }
}

/// Scalar products of stock operations.
pub fn composed_invariants<D: Device, T: Tape<f32, D>>(v: Mat<D, T>, dim: usize) -> Mat<D, T> {
    let (n, vectors) = (v.shape().0, v.shape().1 / dim);
    let dev = v.device().clone();
    let (v, tape) = v.reshape_like(&(n, vectors, dim)).split_tape();
    // The second factor needs an identity of its own on the tape.
    let other = v.clone().put_tape(tape) * 1.0;
    let gram = v.put_tape(T::default()).matmul(other.permute::<_, Axes3<0, 2, 1>>());
    let upper = (0..vectors).flat_map(|a| (a..vectors).map(move |b| a * vectors + b));
    gram.reshape_like(&(n, vectors * vectors)).matmul(select(&dev, vectors * vectors, upper))
}

/// Combinations of stock operations.
pub fn composed_combine<D: Device, T: Tape<f32, D>>(coefficients: Mat<D, T>, v: &Mat<D>, dim: usize) -> Mat<D, T> {
    let (n, vectors) = (v.shape().0, v.shape().1 / dim);
    let outputs = coefficients.shape().1 / vectors;
    let v = v.clone().reshape_like(&(n, vectors, dim));
    coefficients.reshape_like(&(n, outputs, vectors)).matmul(v).reshape_like(&(n, outputs * dim))
}
