//! A row struct and the columns of its table, stated once.

use std::path::Path;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::Field;
use arrow::record_batch::RecordBatch;

use super::cell::Cell;
use super::error::TableError;

/// Key of the field metadata that holds a column's unit.
pub const UNIT: &str = "unit";

/// One row of a table of the list.
pub trait Row: Columns {
    /// The table's name, and its file's without `.parquet`.
    const TABLE: &'static str;

    /// The table's rows in a directory `tables`; none if it is not there.
    ///
    /// # Errors
    /// A damaged file, or one with other columns.
    fn read(tables: &Path) -> Result<Vec<Self>, TableError>;
}

/// What a row struct states about its columns.
pub trait Columns: Sized {
    /// The columns of these rows, in the struct's order.
    fn columns(rows: &[Self]) -> Result<Vec<(Field, ArrayRef)>, TableError>;

    /// The rows of a batch that came from the file `path`.
    fn from_batch(batch: &RecordBatch, path: &Path) -> Result<Vec<Self>, TableError>;
}

/// One column: its field, with the unit in the metadata, and its values.
pub fn column<'a, T: Cell + 'a>(
    table: &str,
    name: &'static str,
    unit: Option<&str>,
    cells: impl Iterator<Item = &'a T>,
) -> Result<(Field, ArrayRef), TableError> {
    let array = T::array(cells).map_err(|(row, problem)| TableError::Matrix {
        table: table.to_owned(),
        column: name,
        row,
        problem,
    })?;
    let field = Field::new(name, array.data_type().clone(), T::NULLABLE);
    Ok((with_unit(field, unit), array))
}

/// The field with its unit in the metadata, if it has one.
pub fn with_unit(field: Field, unit: Option<&str>) -> Field {
    match unit {
        // A single key: the order of several would depend on a hash map and change the bytes of the file.
        Some(unit) => field.with_metadata([(UNIT.to_owned(), unit.to_owned())]),
        None => field,
    }
}

/// The cells of a batch's column.
pub fn cells<T: Cell>(
    batch: &RecordBatch,
    path: &Path,
    table: &'static str,
    column: &'static str,
) -> Result<std::vec::IntoIter<T>, TableError> {
    let cells = batch.column_by_name(column).and_then(|array| T::cells(array.as_ref()));
    let cells = cells.ok_or_else(|| TableError::Column { path: path.to_owned(), table, column })?;
    Ok(cells.into_iter())
}

/// Defines a row struct and its columns: `column("unit"): type`, the unit may be left out.
macro_rules! table_row {
    (
        $(#[$about:meta])*
        $row:ident {
            $( $(#[$doc:meta])* $column:ident $(($unit:literal))? : $cell:ty ),+ $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $row {
            $( $(#[$doc])* $(#[doc = concat!("\n\nUnit: ", $unit)])? pub $column: $cell, )+
        }

        impl Columns for $row {
            fn columns(rows: &[Self]) -> Result<Vec<(Field, ArrayRef)>, TableError> {
                Ok(vec![$({
                    let unit: Option<&str> = None $( .or(Some($unit)) )?;
                    column(Self::TABLE, stringify!($column), unit, rows.iter().map(|row| &row.$column))?
                }),+])
            }

            fn from_batch(batch: &RecordBatch, path: &Path) -> Result<Vec<Self>, TableError> {
                $( let mut $column = cells::<$cell>(batch, path, Self::TABLE, stringify!($column))?; )+
                // Every column of a batch has the batch's number of rows.
                let row = |_| Some(Self { $( $column: $column.next()?, )+ });
                Ok((0..batch.num_rows()).map_while(row).collect())
            }
        }
    };
}

pub(super) use table_row;
