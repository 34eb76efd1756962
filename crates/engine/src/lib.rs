//! The engine: dfdx holds tensors and tape on every device; our own kernels enter that tape where time is spent.

mod backend;
pub mod cpu;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod kernel;
pub mod kernels;
pub mod layout;
mod learner;
pub mod nets;
pub mod params;
pub mod points;
pub mod stream;

pub use backend::Backend;
pub use kernels::points::{PairMaps, PointKernels};
pub use kernels::{Device, Flat, Kernels, Mat};
pub use layout::{Form, Layout, Place, PointSet, Segment};
pub use learner::{Along, Batch, Descent, Learner, Pass};
pub use params::{HostParam, ParamId, ParamStore};
pub use points::Points;
pub use stream::Streams;

#[cfg(test)]
mod tests;
