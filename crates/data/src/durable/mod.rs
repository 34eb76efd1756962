//! Files that survive a crash: written to a temporary name, synced and renamed; checkpoints with checksums.

pub mod atomic;
mod beside;
pub mod checkpoint;
pub mod clock;
mod host;
mod mutex;

pub use beside::work_dir;
pub use checkpoint::{Checkpoint, CheckpointStore, Loaded, Tensor, TensorData};
pub use host::host;
pub use mutex::locked;
