//! A member's directory: manifest, tables, checkpoints and events, safe against kills and against other processes.

mod dir;
mod error;
mod events;
mod lock;
mod manifest;
mod resources;
mod state;

pub use dir::{MODELS, RunDir};
pub use error::RunError;
pub use events::{Events, last_events};
pub use lock::{Holder, LOCK_FILE, Lock, Process, holder};
pub use manifest::{DataFile, Manifest, Status};
pub use resources::{Resources, available_memory, machine_memory};
pub use state::{State, members, state};
