//! Which symmetries does a data set have, and what does one gain from them?
//!
//! `semola-pipe` reads point clouds, vectors and scalars from Parquet, trains an unconstrained network together with a
//! learnable augmentation (SEMoLA), finds out which continuous group the data is symmetric under, and writes what it
//! found to Parquet tables.
//!
//! Data flows one way: [`spec`] (what the user wrote) → [`plan`] (what will run) → [`stage`]s → [`table`]s. Beside them
//! stand [`lie`] (mathematics, no files), [`engine`], [`train`] and [`discover`] (numbers, no files), [`data`] (files, no
//! training); [`compare`] reads the tables of many runs; only [`cli`] prints.

pub mod cli;
pub mod cluster;
pub mod compare;
pub use semola_data as data;
pub mod discover;
pub use semola_engine as engine;
pub mod evaluate;
pub mod generate;
pub use semola_import as import;
pub mod init;
pub use semola_engine::nets as model;
pub use semola_lie as lie;
pub mod motion;
pub mod pipeline;
pub use pipeline as plan;
pub mod predict;
pub mod prepare;
pub mod read;
pub mod report;
pub mod run;
pub mod spec;
pub mod stage;
pub use semola_data::table;
pub mod train;

/// The version of the program that is written to every table: that of the package, and the hash of all its sources, such as
/// `0.1.0+1f2e3d4c5b6a`. Members of different builds never share an id.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("SEMOLA_SOURCES"));
