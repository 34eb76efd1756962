//! The engine: tensors and tape are dfdx's, on every device; custom operations enter that tape where performance
//! matters.
//!
//! [`ops`] holds the operations, one folder each: on slices, on the tape, and as a composition of stock dfdx
//! operations, which other devices use and tests compare with. [`nets`] holds the networks, one file each, with their
//! settings as written in a pipeline. Beside them are parameters with their optimiser's moments, the layout of rows and
//! of points in them, and named random streams.
//!
//! It is not a framework: it contains only what SEMoLA and its networks need. It knows no pipelines, no files, no
//! schedules and no training loop. Inside, all is generic over `D: `[`Kernels`]; this ends at the [`Learner`], which is
//! used without naming the device. Results do not depend on the number of threads.

// Only the program prints.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod backend;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod device;
#[cfg(any(test, feature = "cuda"))]
mod gpu;
pub mod layout;
mod learner;
pub mod memory;
pub mod nets;
pub mod ops;
pub mod params;
pub mod points;
pub mod spill;
pub mod stream;

pub use backend::Backend;
pub use device::{Device, Flat, Mat};
pub use layout::{Form, Layout, Place, PointSet, Segment};
pub use learner::{Along, Batch, Descent, Learner, Pass};
pub use nets::Network;
pub use ops::Kernels;
pub use ops::pair::PairMaps;
pub use params::{HostParam, ParamId, ParamStore};
pub use points::Points;
pub use stream::Streams;

#[cfg(test)]
mod tests;
