//! A run directory: one member's manifest, tables, checkpoints and events, safe against kills and against each other.

mod align;
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

pub use align::align;
pub use dir::{MODELS, RunDir};
pub use error::RunError;
pub use events::{Events, last_events};
pub use lock::{Holder, Lock, Process, holder};
pub use manifest::{DataFile, Manifest, Status};
pub use printer::{Printer, Task};
pub use resources::{Resources, available_memory, machine_memory};
pub use semola_data::durable::{
    Checkpoint, CheckpointStore, Loaded, Tensor, TensorData, atomic, checkpoint, clock, host, locked, work_dir,
};
pub use state::{State, members, state};
