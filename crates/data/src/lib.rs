//! Data sets, result tables, and the files of a run.
//!
//! Reading goes from Parquet files (several parts, globs, every column layout, encoded pictures) to fields of numbers in
//! memory, in parallel over row groups; what is wrong has file, column and row. [`table`] is the list of result tables with
//! their writer and reader; [`durable`] writes files that survive a crash; [`Fault`] says whose fault an error is, [`Event`]
//! what happened, and [`Watch`] is who sees progress and can stop the work.
//!
//! It prepares nothing, trains nothing and prints nothing; it knows no pipelines beyond the settings of reading
//! ([`settings`]) and no foreign formats (those become Parquet in `semola-import`).

// Only the program prints.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod cell;
pub mod check_action;
mod columns;
mod combine;
pub mod dataset;
pub mod durable;
pub mod error;
pub mod event;
pub mod fault;
mod fields;
mod files;
mod footer;
pub mod foreign;
pub mod guard;
pub mod hash;
mod invalid;
mod jpeg;
pub mod labels;
mod layout;
mod load;
mod long;
mod numbers;
pub mod output;
mod parquet_file;
pub mod picture;
mod pictures;
pub mod pieces;
mod precision;
pub mod probe;
mod problem;
pub mod profile;
pub mod read;
pub mod regular;
mod row_cuts;
mod row_group;
mod rows;
mod scalars;
pub mod select;
pub mod settings;
mod settle;
mod siblings;
mod source;
mod sql_limits;
mod stated_shape;
pub mod stream;
pub mod table;
pub mod transform;
mod unit;
mod values;
pub mod watch;

pub use check_action::{RowShape, check_action};
pub use dataset::{Dataset, Field, SourceFile, Values};
pub use error::{DataError, Purpose};
pub use event::Event;
pub use fault::{Blame, Fault};
pub use fields::{dim_of, field_action};
pub use foreign::{Base, Foreign, StandIn};
pub use hash::data_hash;
pub use labels::{check_known, relabel};
pub use parquet_file::{ParquetFile, open_parquet};
pub use pictures::{Encoded, is_pictures};
pub use probe::{ColumnInfo, FieldInfo, Schema, probe};
pub use profile::{Profile, profile};
pub use read::{files_of, read};
pub use siblings::{train_and_test, with_companions};
pub use stream::{Piece, Stream};
pub use transform::Transform;
pub use watch::{Progress, Unwatched, Watch};

#[cfg(test)]
mod bad_input_tests;
#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod parts_tests;
#[cfg(test)]
mod picture_tests;
#[cfg(test)]
mod rows_tests;
#[cfg(test)]
mod testing;
