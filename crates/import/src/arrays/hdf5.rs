//! HDF5 files (cargo feature `hdf5`): every data set with the same first axis is a column, named by its path.

use std::path::Path;
use std::sync::Arc;

use hdf5_metno::types::{FloatSize, IntSize, TypeDescriptor};
use hdf5_metno::{Dataset, File, Group, H5Type, Hyperslab, SliceOrIndex};

use super::dtype::{Dtype, Kind};
use super::store::Store;
use super::{Array, Arrays, Content, Part, split_shape};
use crate::column::Column;
use crate::error::{ImportError, Place};
use crate::input::Input;
use semola_data::guard::caught;

/// How deep groups are searched; deeper ones are taken for a loop of links.
const MAX_DEPTH: usize = 32;

/// A data set and the type that its values are read as. The library converts byte order and half floats.
#[derive(Debug)]
pub struct Stored {
    set: Dataset,
    dtype: Dtype,
    shape: Vec<usize>,
}

/// Opens HDF5 files with the same data sets; those of the later ones follow as rows.
///
/// # Errors
/// If a file is damaged, a data set cannot be imported, or data sets differ in their first axis.
pub fn source(inputs: &[Input]) -> Result<Arrays, ImportError> {
    let mut all: Option<Arrays> = None;
    for input in inputs {
        let crashed = || Err(ImportError::file(&input.path, "the file contradicts itself"));
        let one = caught(|| open(&input.path)).unwrap_or_else(crashed)?;
        match &mut all {
            None => all = Some(one),
            Some(all) if all.columns == one.columns => all.parts.extend(one.parts),
            Some(all) => {
                let names: Vec<&str> = all.columns.iter().map(|c| c.name.as_str()).collect();
                let what = format!("its data sets are not those of the first file ({})", names.join(", "));
                return Err(ImportError::file(&input.path, what));
            }
        }
    }
    all.ok_or_else(|| ImportError::Usage("no file is given".to_owned()))
}

fn open(path: &Arc<Path>) -> Result<Arrays, ImportError> {
    let damaged = |e: hdf5_metno::Error| ImportError::file(path, format!("the file is cut off or damaged: {e}"));
    let file = File::open(path).map_err(damaged)?;
    let mut sets = Vec::new();
    walk(&file, 0, &mut sets).map_err(damaged)?;
    let mut arrays: Vec<Array> = Vec::new();
    for set in sets {
        let name = set.name().trim_start_matches('/').to_owned();
        let array = array(set, name.clone()).map_err(|what| ImportError::array(path, &name, what))?;
        if let Some(first) = arrays.first().filter(|first| first.rows != array.rows) {
            let what = format!(
                "{} rows, but `{}` has {}; keep them in files of their own",
                array.rows, first.name, first.rows
            );
            return Err(ImportError::array(path, &name, what));
        }
        arrays.push(array);
    }
    let rows = arrays.first().map(|array| array.rows);
    let rows = rows.ok_or_else(|| ImportError::file(path, "the file holds no data set"))?;
    let columns: Vec<Column> = arrays.iter().map(|array| array.column(&array.name)).collect();
    let contents = arrays.into_iter().map(Content::Array).collect();
    Ok(Arrays { columns, parts: vec![Part { path: path.clone(), rows, contents }], metadata: Vec::new() })
}

fn walk(group: &Group, depth: usize, sets: &mut Vec<Dataset>) -> Result<(), hdf5_metno::Error> {
    if depth > MAX_DEPTH {
        return Err("groups are nested too deeply".into());
    }
    sets.extend(group.datasets()?);
    group.groups()?.iter().try_for_each(|inner| walk(inner, depth + 1, sets))
}

fn array(set: Dataset, name: String) -> Result<Array, String> {
    let kind = set.dtype().and_then(|d| d.to_descriptor()).map_err(|e| format!("its type is not understood: {e}"))?;
    let dtype = dtype(&kind).ok_or_else(|| format!("values of type {kind:?} cannot be imported"))?;
    let shape = set.get_shape().map_err(|e| e.to_string())?;
    let axes: Vec<u64> = shape.iter().map(|n| *n as u64).collect();
    let (rows, item) = split_shape(&axes, dtype.size)?;
    Ok(Array { name, dtype, rows, item, store: Store::Hdf5(Stored { set, dtype, shape }), path: None })
}

fn dtype(kind: &TypeDescriptor) -> Option<Dtype> {
    let bytes = |size: &IntSize| *size as usize;
    let (kind, size) = match kind {
        TypeDescriptor::Boolean => (Kind::Bool, 1),
        TypeDescriptor::Integer(size) => (Kind::Int, bytes(size)),
        TypeDescriptor::Unsigned(size) => (Kind::Uint, bytes(size)),
        TypeDescriptor::Float(FloatSize::U8) => (Kind::Float, 8),
        TypeDescriptor::Float(_) => (Kind::Float, 4),
        _ => return None,
    };
    Dtype::new(kind, size, cfg!(target_endian = "big"))
}

impl Stored {
    /// The bytes of `rows` rows from row `first`.
    ///
    /// # Errors
    /// If the library cannot read them.
    pub fn rows(&self, path: &Path, first: u64, rows: usize) -> Result<Vec<u8>, ImportError> {
        let first = first as usize;
        let read = caught(|| match (self.dtype.kind, self.dtype.size) {
            (Kind::Bool, _) => self.read::<bool, 1>(first, rows, |x| [u8::from(x)]),
            (Kind::Int, 1) => self.read(first, rows, i8::to_ne_bytes),
            (Kind::Int, 2) => self.read(first, rows, i16::to_ne_bytes),
            (Kind::Int, 4) => self.read(first, rows, i32::to_ne_bytes),
            (Kind::Int, _) => self.read(first, rows, i64::to_ne_bytes),
            (Kind::Uint, 1) => self.read(first, rows, u8::to_ne_bytes),
            (Kind::Uint, 2) => self.read(first, rows, u16::to_ne_bytes),
            (Kind::Uint, 4) => self.read(first, rows, u32::to_ne_bytes),
            (Kind::Uint, _) => self.read(first, rows, u64::to_ne_bytes),
            (_, 4) => self.read(first, rows, f32::to_ne_bytes),
            _ => self.read(first, rows, f64::to_ne_bytes),
        });
        let bad = |what: String| ImportError::Bad {
            path: path.to_owned(),
            place: Place::Array(self.set.name(), Some(first as u64)),
            what,
        };
        let read = read.ok_or_else(|| bad("the data set contradicts itself".to_owned()))?;
        read.map_err(|e| bad(format!("it cannot be read: {e}")))
    }

    fn read<T: H5Type + Copy, const N: usize>(
        &self,
        first: usize,
        rows: usize,
        bytes: impl Fn(T) -> [u8; N],
    ) -> Result<Vec<u8>, hdf5_metno::Error> {
        let axis = |start, count| SliceOrIndex::SliceCount { start, step: 1, count, block: 1 };
        let inner = self.shape.iter().skip(1).map(|n| axis(0, *n));
        let selection = Hyperslab::from(std::iter::once(axis(first, rows)).chain(inner).collect::<Vec<_>>());
        // The type of arrays of any rank belongs to a crate that is not used here otherwise.
        let values = like(self.set.read_slice::<T, _, _>(selection), || self.set.read_dyn::<T>())?;
        Ok(values.into_iter().flat_map(bytes).collect())
    }
}

/// The first of two results of one type.
fn like<A>(
    result: Result<A, hdf5_metno::Error>,
    _: impl Fn() -> Result<A, hdf5_metno::Error>,
) -> Result<A, hdf5_metno::Error> {
    result
}
