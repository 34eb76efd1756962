//! Devices for single precision, and the tensors on them.

use dfdx::prelude::*;

/// A matrix on a device; rows are examples.
pub type Mat<D, T = NoneTape> = Tensor<(usize, usize), f32, D, T>;
/// A parameter: flat values.
pub type Flat<D, T = NoneTape> = Tensor<(usize,), f32, D, T>;
/// A scalar.
pub type Scalar<D, T = NoneTape> = Tensor<(), f32, D, T>;
/// Matrices one behind the other.
pub(crate) type Cube<D, T = NoneTape> = Tensor<(usize, usize, usize), f32, D, T>;

/// A dfdx device for single precision whose tensors threads may share.
pub trait Device: dfdx::prelude::Device<f32> + Storage<f32, Vec: Send + Sync> + Clone + Send + Sync + 'static {}

impl<D: dfdx::prelude::Device<f32> + Storage<f32, Vec: Send + Sync> + Clone + Send + Sync + 'static> Device for D {}
