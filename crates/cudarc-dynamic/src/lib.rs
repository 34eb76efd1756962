//! cudarc 0.13 as a replacement for cudarc 0.9.
//!
//! dfdx 0.13 asks for cudarc 0.9, which is linked against libcuda and libcublas: a program built so does not even start
//! on a machine without a GPU driver. cudarc 0.13 loads the libraries when they are first called, and dfdx compiles
//! against it unchanged. `[patch.crates-io]` in the project's `Cargo.toml` puts this crate where cudarc 0.9 would be.
//!
//! Two things are added. [`driver::CudaStream`] can be sent to and shared with other threads, so that a whole dfdx device
//! can; [`driver::CudaDevice`] and [`cublas::CudaBlas`] are wrapped because they hand out or take a stream. And [`look`] says where dfdx
//! keeps its values, so that kernels of our own can work on them, and how many it copies.

mod blas;
mod device;
pub mod look;

pub use dynamic::{self, nvrtc, types};

/// The driver: devices, streams, memory, kernels.
pub mod driver {
    pub use crate::device::{CudaDevice, CudaStream};
    pub use dynamic::driver::*;
}

/// Matrix products.
pub mod cublas {
    pub use crate::blas::CudaBlas;
    pub use dynamic::cublas::*;
}
