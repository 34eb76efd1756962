//! The operations, one folder each.
//!
//! `mod.rs` is the operation on slices: slices in, slices out, no tensor types; chunk sizes are fixed, so that results
//! do not depend on the number of threads. `tape.rs` puts it on dfdx's tape: a trait `Op` whose default is a
//! composition of stock dfdx operations, which runs on every device and is the reference in the tests, and its fused
//! form on the CPU. `op.cu` holds its kernels for CUDA, where it has some, and `gpu.rs` starts them.
//!
//! The first argument of an operation carries the tape; tensors given by reference get their gradients all the same. A new
//! operation is a folder, and its name twice in this file.

pub mod activation;
pub mod adam;
pub mod add;
pub mod attention;
pub mod augment;
pub mod conv;
pub mod frame;
pub mod gather;
pub mod invariant;
pub mod join;
pub mod joined;
pub mod linear;
pub mod loss;
pub mod norm;
pub mod pair;
mod pick;
pub mod pixel_pool;
pub mod pool;
pub mod product;
mod record;
pub mod simd;
pub mod turn;
pub(crate) mod view;

use dfdx::prelude::{Cpu, OwnedTape, Trace};

use crate::device::{Device, Mat};

/// Makes [`Kernels`] of the operations that devices have: those with CUDA kernels of their own, and those that are compositions on CUDA.
macro_rules! kernels {
    (own: $($own:ident),+; composed: $($op:ident),+ $(,)?) => {
        /// A device with the operations that dominate training time.
        pub trait Kernels: Device $(+ $own::Op)+ $(+ $op::Op)+ {
            /// The device for work that may run beside other work. Threads that work at the same time each need one of
            /// their own.
            fn for_one_thread(&self) -> Self {
                self.clone()
            }

            /// The inputs of a network at the start of a tape, for a pass in which nobody wants their gradient. A device
            /// may leave it out.
            fn begin(x: Mat<Self>) -> Mat<Self, OwnedTape<f32, Self>> {
                x.leaky_traced()
            }
        }

        $(#[cfg(feature = "cuda")]
        impl $op::Op for dfdx::tensor::Cuda {})+
    };
}

kernels!(
    own: adam, add, attention, augment, gather, joined, linear, loss, norm, pool;
    composed: conv, frame, invariant, join, pair, turn
);

impl Kernels for Cpu {
    fn begin(x: Mat<Self>) -> Mat<Self, OwnedTape<f32, Self>> {
        record::unwanted(x)
    }
}
