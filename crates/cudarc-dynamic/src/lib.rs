//! cudarc 0.13 in the place of cudarc 0.9.
//!
//! dfdx 0.13 asks for cudarc 0.9, which is linked against libcuda and libcublas: a program built so does not even start
//! on a machine without a GPU driver. cudarc 0.13 loads the libraries when they are first called, and dfdx compiles
//! against it unchanged. `[patch.crates-io]` in the project's `Cargo.toml` puts this crate where cudarc 0.9 would be.

pub use dynamic::*;
