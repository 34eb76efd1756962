//! Running a pipeline: a family of members, each in its own directory, safe against kills and against each other.
//!
//! [`Family`] is a pipeline file with its points and seeds; it runs in place ([`Family::run`]), or a [`Runner`] runs
//! single members in directories that the caller chose (sweeps). [`Finished`] reads what a member found.

mod activity;
mod ahead;
mod builds;
mod device;
mod family;
mod family_error;
mod family_run;
pub mod interrupt;
mod listener;
mod probe;
mod results;
mod runner;
mod session;
mod versions;

pub use builds::{Foreign, of_other_builds};
pub use device::{Device, DeviceError, available, start_threads};
pub use family::{Family, Member, read_all, reads, settings_text};
pub use family_error::{FamilyError, Incomplete};
pub use family_run::{Outcome, RunSettings, default_out};
pub use listener::{Listener, Notice, OnNotice};
pub use results::{FindingsError, Finished};
pub use runner::{Next, Ready, Runner};
pub use versions::versions;
