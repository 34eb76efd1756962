//! Many runs of one pipeline, here or on a cluster: nothing lost, nothing counted twice.
//!
//! The files are the source of truth. Each **attempt** at a member has its own directory, outside the results; when it
//! is done, its record gets its final name by `link(2)`, which only the first of several attempts can do, and its
//! directory is renamed into the results. Whatever is killed at any moment, the next attempt continues from the newest
//! checkpoints, and readers find a member either complete or not at all. An engine (this process, Slurm) only starts
//! attempts.

mod attempts;
mod batch;
mod error;
mod job;
mod local;
mod manifest;
mod members;
pub mod merge;
mod path_text;
mod planned;
mod record;
mod slurm;
mod status;
mod store;
mod worker;

pub use attempts::{Attempt, Begun, Others};
pub use batch::joined;
pub use error::ClusterError;
pub use job::{Job, Jobs};
pub use local::{Local, Told};
pub use manifest::{IndexedJob, kubernetes};
pub use members::{Sweep, SweepMember};
pub use planned::{Planned, Request};
pub use record::{Committed, Record};
pub use slurm::{Slurm, SlurmOptions, Work};
pub use status::{Standing, Status, status};
pub use store::Store;
pub use worker::{Ended, Report, Task, orders, serve, work};
