//! Which symmetries does a data set have, and what is gained from them?
//!
//! `semola-pipe` reads point clouds, vectors and scalars from Parquet, trains an unconstrained network together with a
//! learnable augmentation (SEMoLA), finds out which continuous group the data is symmetric under, and writes what it
//! found to Parquet tables.
//!
//! From Rust, a pipeline file is a [`Family`](run::Family) of members, and its results are typed rows of tables:
//!
//! ```no_run
//! use semola_pipe::run::{Family, Notice};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let outcome = Family::load("pipelines/two_body.yaml".as_ref())?.run(|notice| {
//!     if let Notice::StageTook { stage, seconds } = notice {
//!         println!("{stage}: {seconds:.1} s");
//!     }
//! })?;
//! for group in outcome.finished.iter().flat_map(|member| &member.groups) {
//!     println!("{}: {} ({})", group.model, group.name, group.verdict);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `examples/` shows more: `discover`, `findings` (reads the tables of a run) and `predict`
//! ([`predict::Model`] on new data).
//!
//! Data flows one way: [`pipeline`] (what the user wrote, and the resolved plan) → the stages `read`, [`prepare`],
//! [`train`] with [`discover`], [`evaluate`] → [`table`]s; [`run`] executes them, in directories that survive kills.
//! The foundations are [`lie`] (mathematics, no files), [`engine`] (numbers, no files), [`data`] (files, no training) and the method
//! ([`motion`], [`fit`], [`discover`]);
//! [`compare`] and [`inspect`] analyse runs. Every error is a [`Fault`](data::Fault): it says whose fault it
//! is. Only the program (`src/cli`) prints, and only there faults become exit codes.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod compare;
pub use semola_data as data;
pub use semola_engine as engine;
pub mod evaluate;
pub mod finding;
pub mod generate;
pub use semola_import as import;
pub mod imports;
pub mod init;
pub mod inspect;
pub mod member;
pub mod model;
pub use semola_lie as lie;
pub use semola_method::{discover, fit, motion};
pub use semola_plan as plan;
pub mod pipeline;
pub mod predict;
pub mod prepare;
pub mod report;
pub mod run;
pub mod stage;
pub mod sweep;
pub use semola_data::table;
pub mod train;
pub mod words;

/// The version of the program that is written to every table: that of the package, and the hash of all sources that
/// results depend on, such as `0.1.0+1f2e3d4c5b6a`. Members of different builds never share an id.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("SEMOLA_SOURCES"));
