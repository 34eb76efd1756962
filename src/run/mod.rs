//! Running a pipeline: a family of members, each in a directory of its own, safe against kills and against each other.
//!
//! [`Family`] is a pipeline file with its points and seeds; it runs in place ([`Family::run`]), or a [`Runner`] runs single
//! members in directories that others chose (sweeps). [`RunDir`] is a member's directory while it is held: manifest,
//! tables, checkpoints, events. [`Finished`] reads what a member found.

mod align;
mod builds;
mod device;
mod dir;
mod error;
mod events;
mod family;
mod family_error;
mod family_run;
pub mod interrupt;
mod listener;
mod lock;
mod manifest;
pub mod number;
mod probe;
mod resources;
mod results;
mod runner;
mod session;
mod state;
mod versions;

pub use align::align;
pub use builds::{Foreign, of_other_builds};
pub use device::{Device, DeviceError, available, start_threads};
pub use dir::{MODELS, RunDir};
pub use error::RunError;
pub use events::{Events, last_events};
pub use family::{Family, Member, read_all, reads, settings_text};
pub use family_error::{FamilyError, Incomplete};
pub use family_run::{Outcome, RunSettings, default_out};
pub use listener::{Listener, Notice, OnNotice};
pub use lock::{Holder, LOCK_FILE, Lock, Process, holder};
pub use manifest::{DataFile, Manifest, Status};
pub use resources::{Resources, available_memory, machine_memory};
pub use results::{FindingsError, Finished};
pub use runner::{Next, Ready, Runner};
pub use semola_data::durable::{
    Checkpoint, CheckpointStore, Loaded, Tensor, TensorData, atomic, checkpoint, clock, host, locked, work_dir,
};
pub use state::{State, members, state};
pub use versions::versions;
