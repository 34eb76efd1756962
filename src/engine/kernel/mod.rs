//! Kernels for the CPU: slices in, slices out, no tensor types. Chunk sizes are fixed, so that results do not depend on
//! the number of threads.

pub mod activation;
pub mod adam;
pub mod augment;
pub mod conv;
pub mod expm;
pub mod invariant;
pub mod join;
pub mod linear;
pub mod loss;
pub mod pool;
pub mod product;
pub mod turn;
pub mod window;
