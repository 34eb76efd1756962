//! IDX files, raw or compressed by gzip: the format of MNIST and its family (Y. LeCun, C. Cortes, C. J. C. Burges).
//!
//! Two zero bytes, one for the type, one for the rank, then each axis as a big-endian 32-bit integer, then the values,
//! big-endian, in C order.

use std::io::Read;
use std::path::Path;

use super::dtype::{Dtype, Kind};
use super::store::Store;
use super::{Array, Arrays, Content, Part, split_shape};
use crate::column::{Column, Layout};
use crate::error::{ImportError, Place};
use crate::input::Input;
use crate::open;

use arrow::datatypes::DataType;

/// What a file is, by its rank and type; the order is that of the columns.
const ROLES: [&str; 4] = ["image", "features", "value", "label"];

/// Opens IDX files: images and labels with the same first axis form columns; further pairs follow as rows.
///
/// # Errors
/// If a file is not a complete IDX file, a file has no partner, or files of one kind differ in type or shape.
pub fn source(inputs: &[Input]) -> Result<Arrays, ImportError> {
    let files: Vec<(usize, Array)> =
        inputs.iter().map(|input| read(input).map(|array| (role(&array), array))).collect::<Result<_, _>>()?;
    let mut by_role: Vec<(usize, Vec<Array>)> = (0..ROLES.len()).map(|role| (role, Vec::new())).collect();
    for (role, array) in files {
        if let Some((_, list)) = by_role.get_mut(role) {
            list.push(array);
        }
    }
    by_role.retain(|(_, list)| !list.is_empty());
    let mut columns = Vec::new();
    for (role, list) in &by_role {
        columns.push(column(*role, list)?);
    }
    let metadata = columns.first().map(|c: &Column| c.metadata.clone()).unwrap_or_default();
    Ok(Arrays { columns, parts: parts(by_role)?, metadata })
}

fn role(array: &Array) -> usize {
    let name = match (array.item.len(), array.dtype.kind) {
        (2 | 3, _) => "image",
        (0, Kind::Float) => "value",
        (0, _) => "label",
        _ => "features",
    };
    ROLES.iter().position(|role| *role == name).unwrap_or(0)
}

/// The column of files of one role, which must agree.
fn column(role: usize, list: &[Array]) -> Result<Column, ImportError> {
    let name = ROLES.get(role).copied().unwrap_or("value");
    let mut column = list.first().map_or_else(|| Column::scalar(name, DataType::UInt8), |array| array.column(name));
    for array in list {
        if array.column(name) != column {
            let path = array.path.as_deref().unwrap_or(Path::new(""));
            let what = format!(
                "rows of {:?} {}, those of the first such file are {:?}",
                array.item,
                array.dtype.data_type(),
                column.layout
            );
            return Err(ImportError::file(path, what));
        }
    }
    if name == "label" {
        column.leaf = DataType::Int64;
    }
    let sides = match list.first().map(|array| array.item.as_slice()) {
        Some([height, width]) => Some([*height, *width, 1]),
        Some([height, width, channels]) => Some([*height, *width, *channels]),
        _ => None,
    };
    if let Some(sides) = sides {
        column.layout = Layout::Fixed(sides.to_vec());
        let names = ["height", "width", "channels"];
        column.metadata = names.iter().zip(sides).map(|(name, n)| ((*name).to_owned(), n.to_string())).collect();
    }
    Ok(column)
}

/// Partners: equally many rows, and of those the name that has most in common.
fn parts(by_role: Vec<(usize, Vec<Array>)>) -> Result<Vec<Part>, ImportError> {
    let mut roles = by_role.into_iter();
    let Some((_, leaders)) = roles.next() else { return Ok(Vec::new()) };
    let mut others: Vec<(usize, Vec<Array>)> = roles.collect();
    let mut parts = Vec::new();
    for leader in leaders {
        let path = leader.path.clone().unwrap_or_else(|| Path::new("").into());
        let rows = leader.rows;
        let mut contents = Vec::new();
        for (role, list) in &mut others {
            let common =
                |array: &Array| array.name.bytes().zip(leader.name.bytes()).take_while(|(a, b)| a == b).count();
            let fits = list.iter().enumerate().filter(|(_, array)| array.rows == rows);
            let best = fits.max_by_key(|(i, array)| (common(array), std::cmp::Reverse(*i))).map(|(i, _)| i);
            let Some(best) = best else {
                let name = ROLES.get(*role).copied().unwrap_or("other");
                return Err(ImportError::file(
                    &path,
                    format!("there is no {name} file with {rows} rows to go with it"),
                ));
            };
            contents.push(Content::Array(list.remove(best)));
        }
        contents.insert(0, Content::Array(leader));
        parts.push(Part { path, rows, contents });
    }
    match others.iter().flat_map(|(_, list)| list).next() {
        None => Ok(parts),
        Some(left) => {
            let what = format!("there is no file with {} rows left to go with it", left.rows);
            Err(ImportError::file(left.path.as_deref().unwrap_or(Path::new("")), what))
        }
    }
}

/// Reads a header, and checks it against the file's length if known.
fn read(input: &Input) -> Result<Array, ImportError> {
    let path = &input.path;
    let bad = |byte: u64, what: String| ImportError::Bad { path: path.to_path_buf(), place: Place::Byte(byte), what };
    let mut reader = open::reader(path)?;
    let mut head = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut head).map_err(open::broken(path))?;
    let [0, 0, code, rank] = *head.as_slice() else {
        return Err(bad(0, "this is not an IDX file: it does not begin with two zeros, a type and a rank".to_owned()));
    };
    let dtype = dtype(code).ok_or_else(|| bad(2, format!("{code:#04x} is not an IDX type")))?;
    let mut axes = Vec::new();
    reader.by_ref().take(4 * u64::from(rank)).read_to_end(&mut axes).map_err(open::broken(path))?;
    if axes.len() < 4 * usize::from(rank) {
        return Err(bad(4 + axes.len() as u64, "the header is cut off".to_owned()));
    }
    let shape: Vec<u64> = axes.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b).into()).collect();
    let (rows, item) = split_shape(&shape, dtype.size).map_err(|what| bad(4, what))?;
    let skip = 4 + 4 * u64::from(rank);
    let array =
        Array { name: input.name.clone(), dtype, rows, item, store: Store::Stream { skip }, path: Some(path.clone()) };
    let raw = std::fs::File::open(path).map_err(ImportError::read(path))?;
    let mut first = Vec::new();
    raw.take(2).read_to_end(&mut first).map_err(ImportError::read(path))?;
    let expected = skip.saturating_add(rows.saturating_mul(array.row_bytes() as u64));
    if !open::is_gzip(&first) && input.bytes != expected {
        let what = format!("the header states {expected} bytes in all, but the file has {}", input.bytes);
        return Err(bad(input.bytes.min(expected), what));
    }
    Ok(array)
}

fn dtype(code: u8) -> Option<Dtype> {
    let (kind, size) = match code {
        0x08 => (Kind::Uint, 1),
        0x09 => (Kind::Int, 1),
        0x0b => (Kind::Int, 2),
        0x0c => (Kind::Int, 4),
        0x0d => (Kind::Float, 4),
        0x0e => (Kind::Float, 8),
        _ => return None,
    };
    Dtype::new(kind, size, true)
}
