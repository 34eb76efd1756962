//! A member's directory: manifest, tables, checkpoints and events, safe against kills and against other processes.

mod dir;
mod error;
mod events;
mod lock;
mod manifest;
mod named;
mod resources;
mod scratch;
mod state;
mod sums;

pub use dir::{MODELS, RunDir};
pub use error::RunError;
pub use events::{Events, last_events};
pub use lock::{Holder, LOCK_FILE, Lock, Process, holder};
pub use manifest::{DataFile, ID_DIGITS, Manifest, Status, is_member_id};
pub use named::named_settings;
pub use resources::{Resources, available_memory, machine_memory};
pub use scratch::scratch;
pub use state::{State, members, state};
pub use sums::{FileSums, Sums, TABLES, check_all, sums};
