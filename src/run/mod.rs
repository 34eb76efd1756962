//! A run directory: one member's manifest, tables, checkpoints and events, safe against kills and against each other.

pub mod atomic;
pub mod checkpoint;
pub mod clock;
mod dir;
mod error;
mod events;
pub mod inspect;
pub mod interrupt;
mod lock;
mod manifest;
pub mod number;
pub mod printer;
mod resources;
mod state;

pub use checkpoint::{Checkpoint, CheckpointStore, Loaded, Tensor, TensorData};
pub use dir::{MODELS, RunDir};
pub use error::RunError;
pub use events::{Events, last_events};
pub use lock::{Lock, holder};
pub use manifest::{DataFile, Manifest, Status};
pub use printer::{Printer, Task};
pub use resources::Resources;
pub use state::{State, members, state};
