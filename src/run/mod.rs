//! A run directory: one member's manifest, tables, checkpoints and events, safe against kills and against each other.

pub mod atomic;
mod beside;
pub mod checkpoint;
pub mod clock;
mod dir;
mod error;
mod events;
mod host;
pub mod inspect;
pub mod interrupt;
mod lock;
mod manifest;
mod mutex;
pub mod number;
pub mod printer;
mod resources;
mod state;

pub use beside::work_dir;
pub use checkpoint::{Checkpoint, CheckpointStore, Loaded, Tensor, TensorData};
pub use dir::{MODELS, RunDir};
pub use error::RunError;
pub use events::{Events, last_events};
pub use host::host;
pub use lock::{Lock, holder};
pub use manifest::{DataFile, Manifest, Status};
pub use mutex::locked;
pub use printer::{Printer, Task};
pub use resources::{Resources, available_memory, machine_memory};
pub use state::{State, members, state};
