//! Tidy result tables: typed rows in, Parquet out, and back.
//!
//! A row struct states its columns once ([`rows`]); [`TABLES`] lists all tables, and [`Tables`] holds their rows.
//! [`TableWriter`] adds the identity columns in front and writes the file so that it appears atomically. Equal
//! rows give equal bytes.
//!
//! Two rules hold in every table: an unknown number is null, never NaN, and a column's type depends only on the
//! table's name. Matrices are flat: as lists in the table of their subject, and as fixed-size lists in
//! `matrices_<rows>x<columns>`, one file a size, so that files of one name can always be concatenated.

mod cell;
mod config;
mod error;
mod list;
mod read;
mod row;
pub mod rows;
mod write;

pub use cell::Matrix;
pub use config::{Setting, flatten};
pub use error::TableError;
pub use list::{Files, TABLES, Table, Tables};
pub use read::{count_rows, read_batches, read_rows};
pub use row::{Columns, Row, UNIT};
pub use rows::*;
pub use write::{Identity, TableWriter, encode, file_of, properties};

#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod tests;
