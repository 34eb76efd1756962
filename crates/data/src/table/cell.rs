//! How the value of one cell becomes part of an Arrow column, and comes back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeListArray, Float64Array, Float64Builder, Int64Array, ListArray,
    ListBuilder, StringArray, StringBuilder, UInt32Array, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, UInt32Type, UInt64Type};

/// A type that a column may hold.
pub trait Cell: Sized {
    /// May the column hold nulls?
    const NULLABLE: bool;

    /// The column, or the number of the row that does not fit and why.
    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)>
    where
        Self: 'a;

    /// The cells of a column, `None` if it has another type.
    fn cells(array: &dyn Array) -> Option<Vec<Self>>;
}

/// A flat matrix in a column where every matrix has the same number of values, all of them finite.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix(pub Vec<f64>);

/// What is no finite number is unknown, and written as null.
fn known(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

macro_rules! plain_cell {
    ($cell:ty, $array:ty, $arrow:ty) => {
        impl Cell for $cell {
            const NULLABLE: bool = false;

            fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
                Ok(Arc::new(<$array>::from_iter_values(cells.copied())))
            }

            fn cells(array: &dyn Array) -> Option<Vec<Self>> {
                Some(array.as_primitive_opt::<$arrow>()?.values().to_vec())
            }
        }
    };
}

plain_cell!(u32, UInt32Array, UInt32Type);
plain_cell!(u64, UInt64Array, UInt64Type);

impl Cell for String {
    const NULLABLE: bool = false;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        Ok(Arc::new(StringArray::from_iter_values(cells)))
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        Some(array.as_string_opt::<i32>()?.iter().map(|cell| cell.unwrap_or_default().to_owned()).collect())
    }
}

impl Cell for bool {
    const NULLABLE: bool = false;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        Ok(Arc::new(BooleanArray::from(cells.copied().collect::<Vec<_>>())))
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        Some(array.as_boolean_opt()?.iter().map(Option::unwrap_or_default).collect())
    }
}

impl Cell for f64 {
    const NULLABLE: bool = true;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        let cells: Vec<f64> = cells.copied().collect();
        // NaN says that there is no value; an infinite one is the result of an overflow.
        match cells.iter().position(|cell| cell.is_infinite()) {
            Some(row) => Err((row, format!("the value is {}: it has overflowed", cells[row]))),
            None => Ok(Arc::new(cells.into_iter().map(known).collect::<Float64Array>())),
        }
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        Some(array.as_primitive_opt::<Float64Type>()?.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect())
    }
}

impl Cell for Option<f64> {
    const NULLABLE: bool = true;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        Ok(Arc::new(cells.map(|cell| cell.and_then(known)).collect::<Float64Array>()))
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        Some(array.as_primitive_opt::<Float64Type>()?.iter().collect())
    }
}

impl Cell for Option<u64> {
    const NULLABLE: bool = true;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        Ok(Arc::new(cells.copied().collect::<UInt64Array>()))
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        Some(array.as_primitive_opt::<UInt64Type>()?.iter().collect())
    }
}

impl Cell for Vec<f64> {
    const NULLABLE: bool = false;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        let mut lists = ListBuilder::new(Float64Builder::new());
        cells.for_each(|cell| lists.append_value(cell.iter().map(|value| known(*value))));
        Ok(Arc::new(lists.finish()))
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        lists(array.as_list_opt::<i32>()?)
    }
}

impl Cell for Vec<String> {
    const NULLABLE: bool = false;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        let mut lists = ListBuilder::new(StringBuilder::new());
        cells.for_each(|cell| lists.append_value(cell.iter().map(Some)));
        Ok(Arc::new(lists.finish()))
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        lists(array.as_list_opt::<i32>()?)
    }
}

/// The cells of a list column.
fn lists<T: Cell>(array: &ListArray) -> Option<Vec<Vec<T>>> {
    (0..array.len()).map(|row| T::cells(array.value(row).as_ref())).collect()
}

impl Cell for [i64; 2] {
    const NULLABLE: bool = false;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        let values = Int64Array::from_iter_values(cells.flatten().copied());
        fixed_size_lists(DataType::Int64, 2, Arc::new(values))
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        let array = array.as_fixed_size_list_opt()?;
        let pair = |row| array.value(row).as_primitive_opt::<Int64Type>()?.values().as_ref().try_into().ok();
        (0..array.len()).map(pair).collect()
    }
}

impl Cell for Matrix {
    const NULLABLE: bool = false;

    fn array<'a>(cells: impl Iterator<Item = &'a Self>) -> Result<ArrayRef, (usize, String)> {
        let mut values: Vec<f64> = Vec::new();
        let mut size = None;
        for (row, Matrix(cell)) in cells.enumerate() {
            let size = *size.get_or_insert(cell.len());
            if cell.len() != size {
                return Err((row, format!("the matrix has {} values where the first one has {size}", cell.len())));
            }
            if let Some(at) = cell.iter().position(|value| !value.is_finite()) {
                return Err((row, format!("value {at} of the matrix is not finite")));
            }
            values.extend(cell);
        }
        fixed_size_lists(DataType::Float64, size.unwrap_or(1), Arc::new(Float64Array::from(values)))
    }

    fn cells(array: &dyn Array) -> Option<Vec<Self>> {
        let array = array.as_fixed_size_list_opt()?;
        (0..array.len()).map(|row| f64::cells(array.value(row).as_ref()).map(Matrix)).collect()
    }
}

/// Values cut into non-null lists of `size` non-null values.
fn fixed_size_lists(item: DataType, size: usize, values: ArrayRef) -> Result<ArrayRef, (usize, String)> {
    let field = Arc::new(Field::new("item", item, false));
    let size = i32::try_from(size).map_err(|_| (0, format!("{size} values are too many for one list")))?;
    let lists = FixedSizeListArray::try_new(field, size, values, None).map_err(|error| (0, error.to_string()))?;
    Ok(Arc::new(lists))
}
