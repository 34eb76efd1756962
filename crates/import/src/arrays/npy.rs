//! NumPy arrays, one per file: each file is a column, named after the file.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use super::npy_file::Header;
use super::store::Store;
use super::{Array, Arrays, Content, Part, split_shape};
use crate::column::Column;
use crate::error::{ImportError, Place};
use crate::input::Input;
use semola_data::Watch;

/// Opens NumPy files with equally many rows.
///
/// # Errors
/// If a file is not a complete array of numbers, or its number of rows differs from the first.
pub fn source(inputs: &[Input], watch: &dyn Watch) -> Result<Arrays, ImportError> {
    let arrays: Vec<Array> = inputs.iter().map(|input| read(input, watch)).collect::<Result<_, _>>()?;
    let path = inputs.first().map_or_else(|| Path::new("").into(), |input| input.path.clone());
    let rows = arrays.first().map_or(0, |array| array.rows);
    let mut columns: Vec<Column> = Vec::new();
    for (array, input) in arrays.iter().zip(inputs) {
        if array.rows != rows {
            let what = format!("{} rows, but the first file has {rows}; files of equal length are columns", array.rows);
            return Err(ImportError::file(&input.path, what));
        }
        if columns.iter().any(|column| column.name == array.name) {
            let what = format!("another file is named `{}` too; columns are named after files", array.name);
            return Err(ImportError::file(&input.path, what));
        }
        columns.push(array.column(&array.name));
    }
    let contents = arrays.into_iter().map(Content::Array).collect();
    Ok(Arrays { columns, parts: vec![Part { path, rows, contents }], metadata: Vec::new() })
}

fn read(input: &Input, watch: &dyn Watch) -> Result<Array, ImportError> {
    let path = &input.path;
    let file = File::open(path).map_err(ImportError::read(path))?;
    let header = Header::read(&mut BufReader::new(&file), watch)
        .map_err(|e| e.into_error(|what| ImportError::file(path, what)))?;
    let name = path.file_stem().map_or_else(|| "values".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let (rows, item) =
        split_shape(&header.shape, header.dtype.size).map_err(|what| ImportError::array(path, &name, what))?;
    check_text(&header, &item).map_err(|what| ImportError::array(path, &name, what))?;
    let expected = header.data_bytes().and_then(|n| n.checked_add(header.length)).unwrap_or(u64::MAX);
    if expected != input.bytes {
        let what = format!("the header states {expected} bytes in all, but the file has {}", input.bytes);
        return Err(ImportError::Bad { path: path.to_path_buf(), place: Place::Byte(input.bytes.min(expected)), what });
    }
    let fortran = header.fortran.then(|| header.shape.clone());
    let store = Store::File { file: Arc::new(file), start: header.length, fortran };
    Ok(Array { name, dtype: header.dtype, rows, item, store, path: Some(path.clone()) })
}

/// Texts must be one per row.
///
/// # Errors
/// A phrase, where they are not.
pub fn check_text(header: &Header, item: &[usize]) -> Result<(), String> {
    let text = header.dtype.data_type() == arrow::datatypes::DataType::Utf8;
    if text && !item.is_empty() { Err("text arrays must have one value per row".to_owned()) } else { Ok(()) }
}
