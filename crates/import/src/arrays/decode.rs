//! Blocks of bytes to columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, FixedSizeListArray, Int64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, filter};
use arrow::error::ArrowError;

use super::blocks::Block;
use super::dtype::not_finite;
use super::{Array, Content, Part};
use crate::column::{Column, Layout, element, size};
use crate::error::{ImportError, Place, RowFault};
use crate::table::{Decoded, Found};

/// The columns of a block, without the rows that hold NaN or infinite values.
///
/// # Errors
/// If a text is invalid, or values do not fit into Arrow's types.
pub fn decode(columns: &[Column], part: &Part, block: Block) -> Result<Decoded, ImportError> {
    let mut arrays = Vec::with_capacity(columns.len());
    let mut bad: BTreeMap<usize, Found> = BTreeMap::new();
    for ((column, content), bytes) in columns.iter().zip(&part.contents).zip(block.bytes) {
        let leaf = match content {
            Content::Array(array) => {
                let leaf = leaf(part, array, block.first, bytes)?;
                mark(part, array, column, &leaf, block.first, &mut bad);
                leaf
            }
            Content::Constant(values) => {
                let all = std::iter::repeat_n(values, block.rows).flatten().copied();
                Arc::new(Int64Array::from_iter_values(all)) as ArrayRef
            }
        };
        let path = content.path(part);
        arrays
            .push(shaped(leaf, column, block.rows).map_err(|e| ImportError::array(path, &column.name, e.to_string()))?);
    }
    let mut rows = block.rows;
    if !bad.is_empty() {
        let keep: BooleanArray = (0..rows).map(|row| Some(!bad.contains_key(&row))).collect();
        let kept: Result<Vec<ArrayRef>, ArrowError> = arrays.iter().map(|array| filter(array, &keep)).collect();
        arrays = kept.map_err(|e| ImportError::file(&part.path, e.to_string()))?;
        rows -= bad.len();
    }
    Ok(Decoded { arrays, rows, faults: bad.into_values().collect() })
}

fn leaf(part: &Part, array: &Array, first: u64, bytes: Vec<u8>) -> Result<ArrayRef, ImportError> {
    array.dtype.array(bytes).map_err(|value| {
        let row = first + (value / array.width().max(1)) as u64;
        ImportError::Bad {
            path: array.path.as_deref().unwrap_or(&part.path).to_owned(),
            place: Place::Array(array.name.clone(), Some(row)),
            what: "the value is not text in UTF-8".to_owned(),
        }
    })
}

/// Notes the rows of NaN or infinite values, each once.
fn mark(part: &Part, array: &Array, column: &Column, leaf: &ArrayRef, first: u64, bad: &mut BTreeMap<usize, Found>) {
    for (value, x) in not_finite(leaf) {
        let row = value / array.width().max(1);
        bad.entry(row).or_insert_with(|| Found {
            path: array.path.clone().unwrap_or_else(|| part.path.clone()),
            fault: RowFault {
                place: Place::Array(array.name.clone(), Some(first + row as u64)),
                column: column.name.clone(),
                what: format!("a value is {x}"),
            },
            kept: false,
            count: 1,
        });
    }
}

/// Equally many values a row in the layout of the column.
fn shaped(leaf: ArrayRef, column: &Column, rows: usize) -> Result<ArrayRef, ArrowError> {
    let leaf = if *leaf.data_type() == column.leaf { leaf } else { cast(&leaf, &column.leaf)? };
    let item = element(column.leaf.clone());
    let lists = |values: ArrayRef| -> Result<ArrayRef, ArrowError> {
        if i32::try_from(values.len()).is_err() {
            return Err(ArrowError::InvalidArgumentError(format!(
                "{} values are too many for one row group",
                values.len()
            )));
        }
        let offsets = OffsetBuffer::from_repeated_length(values.len() / rows.max(1), rows);
        Ok(Arc::new(ListArray::try_new(element(values.data_type().clone()), offsets, values, None)?))
    };
    match &column.layout {
        Layout::Scalar => Ok(leaf),
        Layout::Fixed(shape) => {
            Ok(Arc::new(FixedSizeListArray::try_new(item, size(shape.iter().product()), leaf, None)?))
        }
        Layout::List => lists(leaf),
        Layout::Points(width) => lists(Arc::new(FixedSizeListArray::try_new(item, size(*width), leaf, None)?)),
    }
}

impl Content {
    /// The file that the values are from.
    pub(super) fn path<'a>(&'a self, part: &'a Part) -> &'a std::path::Path {
        match self {
            Self::Array(Array { path: Some(path), .. }) => path,
            _ => &part.path,
        }
    }
}
