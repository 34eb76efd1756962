//! Formats of arrays: axis 0 is the row, several arrays of equal length are columns.

mod blocks;
mod decode;
mod dtype;
#[cfg(feature = "hdf5")]
pub mod hdf5;
pub mod idx;
mod md17;
pub mod npy;
mod npy_file;
pub mod npz;
mod store;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use super::column::{Column, Layout};
use super::error::ImportError;
use super::source::{Source, Work};
use super::table::Decoded;
use blocks::{Block, Blocks};
use dtype::Dtype;
use store::Store;

/// An array of a file: axis 0 of its shape are the rows.
#[derive(Debug)]
struct Array {
    /// Its name in the file, for messages.
    name: String,
    dtype: Dtype,
    rows: u64,
    /// Shape of a row.
    item: Vec<usize>,
    store: Store,
    /// Its file, where that is not the part's.
    path: Option<Arc<Path>>,
}

/// Where a column's values are from.
#[derive(Debug)]
enum Content {
    Array(Array),
    /// The same integers in every row.
    Constant(Vec<i64>),
}

/// Arrays of equal length.
#[derive(Debug)]
struct Part {
    path: Arc<Path>,
    rows: u64,
    /// One per column.
    contents: Vec<Content>,
}

/// Parts whose rows follow each other.
pub struct Arrays {
    columns: Vec<Column>,
    parts: Vec<Part>,
    metadata: Vec<(String, String)>,
}

impl Array {
    /// Values in a row.
    fn width(&self) -> usize {
        self.item.iter().product()
    }

    /// Bytes of a row.
    fn row_bytes(&self) -> usize {
        self.width().saturating_mul(self.dtype.size)
    }

    /// The column of this name: one value, or a flat list with a shape.
    fn column(&self, name: &str) -> Column {
        let layout = if self.item.is_empty() { Layout::Scalar } else { Layout::Fixed(self.item.clone()) };
        Column::new(name, self.dtype.data_type(), layout)
    }
}

/// Bytes of a row at most: what is larger has a wrong shape, or would fill the memory.
const MAX_ROW: usize = 256 << 20;

/// A shape from a header: its rows and the shape of a row.
///
/// # Errors
/// A phrase, where there is no axis, an axis is empty, or a row is too large for a column.
fn split_shape(shape: &[u64], size: usize) -> Result<(u64, Vec<usize>), String> {
    let Some((rows, item)) = shape.split_first() else { return Err("it is a single value, without rows".to_owned()) };
    if shape.contains(&0) {
        return Err(format!("its shape {shape:?} is empty"));
    }
    let item: Option<Vec<usize>> = item.iter().map(|n| usize::try_from(*n).ok()).collect();
    let width = item.as_ref().and_then(|item| item.iter().try_fold(1_usize, |all, n| all.checked_mul(*n)));
    let fits = width.is_some_and(|width| i32::try_from(width).is_ok());
    let total = width.and_then(|width| (width as u64).checked_mul(*rows)?.checked_mul(size as u64));
    let bytes = width.unwrap_or(usize::MAX).saturating_mul(size);
    match item {
        Some(item) if fits && total.is_some() => {
            let what =
                || format!("its shape {shape:?} is too large: a row has {bytes} bytes, and at most {MAX_ROW} fit");
            if bytes <= MAX_ROW { Ok((*rows, item)) } else { Err(what()) }
        }
        _ => Err(format!("its shape {shape:?} is too large")),
    }
}

impl Source for Arrays {
    type Piece = Block;

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn pieces(&self) -> Result<Work<'_, Block>, ImportError> {
        Ok(Box::new(Blocks::new(&self.parts)))
    }

    fn decode(&self, piece: Block) -> Result<Decoded, ImportError> {
        let empty = || ImportError::file(Path::new(""), "no such part");
        decode::decode(&self.columns, self.parts.get(piece.part).ok_or_else(empty)?, piece)
    }

    fn total(&self) -> u64 {
        self.parts.iter().map(|part| part.rows.saturating_mul(part.row_bytes() as u64)).sum()
    }

    fn bytes(&self, piece: &Block) -> u64 {
        piece.bytes.iter().map(|bytes| bytes.len() as u64).sum()
    }

    fn metadata(&self) -> Vec<(String, String)> {
        self.metadata.clone()
    }
}
