//! Kernels for the CPU: slices in, slices out, no tensor types. Chunk sizes are fixed, so that results do not depend on
//! the number of threads.

pub mod activation;
pub mod adam;
pub mod attention;
pub mod augment;
pub mod conv;
pub mod expm;
pub mod frame;
pub mod gather;
pub mod invariant;
pub mod join;
pub mod joined;
pub mod linear;
pub mod loss;
pub mod norm;
pub mod pair;
pub mod pixel_pool;
pub mod pool;
pub mod product;
pub mod radial;
pub mod simd;
pub mod turn;
pub mod window;
