//! Tasks whose rows are not two vectors: clouds of points, named columns.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, Float32Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::error::GenerateError;
use super::random::Broken;
use super::task::Split;
use super::truth::Truth;

/// A column of a file.
pub(super) type Column = (Field, ArrayRef);

/// A simulated data set with its own columns.
pub(super) trait Table {
    /// The linear symmetries of the function to be learned.
    fn truth(&self) -> Truth;

    /// Default number of training rows.
    fn rows(&self) -> usize;

    /// Whether there is a third file, out of distribution.
    fn has_shift(&self) -> bool;

    /// The text of a pipeline for its files, where the columns depend on the seed.
    fn pipeline(&self) -> Option<String> {
        None
    }

    /// By how much the function breaks the connected group of these generators; `None` if the task cannot tell.
    fn broken(&self, _generators: &[DMatrix<f64>]) -> Option<Result<Broken, GenerateError>> {
        None
    }

    /// Draws `count` rows.
    fn columns(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Column>, ArrowError>;
}

/// A column of clouds: per row any number of points of three numbers.
pub(super) fn clouds(name: &str, unit: &str, rows: &[Vec<[f32; 3]>]) -> Result<Column, ArrowError> {
    let values: Vec<f32> = rows.iter().flatten().flatten().copied().collect();
    let number = Arc::new(Field::new("element", DataType::Float32, false));
    let points = FixedSizeListArray::try_new(number, 3, Arc::new(Float32Array::from(values)), None)?;
    let point = Arc::new(Field::new("element", arrow::array::Array::data_type(&points).clone(), false));
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(Vec::len));
    let list = ListArray::try_new(point, offsets, Arc::new(points), None)?;
    let field = Field::new(name, arrow::array::Array::data_type(&list).clone(), false);
    Ok((with_unit(field, unit), Arc::new(list)))
}

/// A column of numbers.
pub(super) fn numbers(name: &str, unit: &str, values: impl Iterator<Item = f64>) -> Column {
    let values: Float32Array = values.map(|v| v as f32).collect::<Vec<_>>().into();
    (with_unit(Field::new(name, DataType::Float32, false), unit), Arc::new(values))
}

/// A column of vectors of equal length.
pub(super) fn lists<'r>(name: &str, rows: impl ExactSizeIterator<Item = &'r [f32]>) -> Result<Column, ArrowError> {
    let count = rows.len();
    let values: Vec<f32> = rows.flatten().copied().collect();
    let size =
        i32::try_from(values.len() / count.max(1)).map_err(|e| ArrowError::InvalidArgumentError(e.to_string()))?;
    let item = Arc::new(Field::new("element", DataType::Float32, false));
    let list = FixedSizeListArray::try_new(Arc::clone(&item), size, Arc::new(Float32Array::from(values)), None)?;
    Ok((Field::new(name, DataType::FixedSizeList(item, size), false), Arc::new(list)))
}

fn with_unit(field: Field, unit: &str) -> Field {
    if unit.is_empty() { field } else { field.with_metadata(HashMap::from([("unit".to_owned(), unit.to_owned())])) }
}
