//! Columns of encoded pictures: the layout of Hugging Face (`struct<bytes: binary, path: string>`), or plain binary.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, LargeBinaryArray, LargeStringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use rayon::prelude::*;

use super::dataset::Values;
use super::error::DataError;
use super::numbers::Numbers;
use super::output::folder;
use super::picture::{Header, Wanted, decode, header};
use super::problem::{Bad, Problem};
use super::regular::read_regular;
use super::row_group::{Unit, batches, units};
use super::source::{Part, Source};
use crate::settings::{FieldSpec, PicturePaths};

/// Rows of a row group that are looked at to learn the size of the pictures.
const LOOK: usize = 16;

/// Bytes of the largest picture in a file of its own that is read.
const LARGEST_FILE: u64 = 256 << 20;

/// Is this a type that encoded pictures come in?
pub fn is_pictures(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => {
            let has = |name: &str, fits: fn(&DataType) -> bool| {
                fields.iter().any(|f| f.name() == name && fits(f.data_type()))
            };
            has("bytes", is_binary) || has("path", is_text)
        }
        other => is_binary(other),
    }
}

fn is_binary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Does this column hold encoded pictures in every file that has it?
///
/// # Errors
/// If it does in some files and not in others.
pub fn holds_pictures(source: &Source, column: &str) -> Result<bool, DataError> {
    let types = || source.parts.iter().filter_map(|part| Some((part, part.column(column)?.1.data_type())));
    let pictures = types().any(|(_, t)| is_pictures(t));
    match types().find(|(_, t)| is_pictures(t) != pictures) {
        Some((part, found)) => Err(DataError::WrongType {
            path: part.path.clone(),
            column: column.to_string(),
            found: format!("of type {found}"),
            wanted: "other files hold encoded pictures in it".into(),
        }),
        None => Ok(pictures),
    }
}

/// How the pictures of a field come out, as `shape` and `size` say, or as the first picture is.
///
/// # Errors
/// If `shape` is not that of an image, contradicts `size`, or no picture tells.
pub fn wanted(source: &Source, field: &str, spec: &FieldSpec, column: &str) -> Result<Wanted, DataError> {
    let wrong = |reason: String| DataError::Field { field: field.to_string(), reason };
    let stated = match spec.shape.as_deref() {
        None => None,
        Some([height, width]) => Some((*height, *width, 1)),
        Some([height, width, channels @ (1 | 3)]) => Some((*height, *width, *channels)),
        Some(other) => {
            let reason =
                format!("pictures have the shape [height, width, channels] with 1 or 3 channels, not {other:?}");
            return Err(wrong(reason));
        }
    };
    let grey = stated.is_some();
    let resize = spec.size.is_some();
    match (stated, spec.size) {
        (Some((height, width, _)), Some(size)) if [height, width] != size => {
            Err(wrong(format!("`shape` says {height}×{width} pixels, but `size` says {}×{}", size[0], size[1])))
        }
        (Some((height, width, channels)), _) => Ok(Wanted { height, width, channels, resize, grey }),
        (None, size) => {
            let first = first_header(source, column)?;
            let [height, width] = size.unwrap_or([first.height, first.width]);
            Ok(Wanted { height, width, channels: first.channels, resize, grey })
        }
    }
}

/// The header of the first picture that can be read.
///
/// # Errors
/// If there is none among the first rows of the row groups; says what is wrong with the first that is not null.
pub fn first_header(source: &Source, column: &str) -> Result<Header, DataError> {
    let mut trouble = None;
    for part in &source.parts {
        for (group, rows) in part.groups.iter().cloned().enumerate() {
            let ids: Vec<u64> = rows.clone().take(LOOK).collect();
            let unit = Unit { part, index: 0, group, rows, ids: &ids };
            for array in batches(&unit, column, None)? {
                let encoded = Encoded::of(&array).map_err(|e| corrupt(part, &e))?;
                for row in 0..array.len() {
                    match encoded.bytes(row, part).map(|bytes| header(&bytes)) {
                        Ok(Ok(header)) => return Ok(header),
                        Ok(Err(reason)) => drop(trouble.get_or_insert(reason)),
                        Err(Problem::Picture(reason)) => drop(trouble.get_or_insert(reason)),
                        Err(_) => {}
                    }
                }
            }
        }
    }
    let first = source.parts.first().map(|p| p.path.clone()).unwrap_or_default();
    let reason = match trouble {
        Some(reason) => {
            // Stating the shape helps only where other pictures can be read.
            let hint = "if later rows hold pictures that can, say `shape: [height, width, channels]`";
            format!("no picture in its first rows can be used: {reason}; {hint}")
        }
        None => "its first rows hold no picture; say `shape: [height, width, channels]`".to_string(),
    };
    Err(DataError::Shape { path: first, column: column.to_string(), reason })
}

/// Decodes the pictures in the rows `ids` (ascending): row group after row group, the pictures of each in parallel, so
/// that the encoded pictures of one row group are in memory at a time.
///
/// # Errors
/// If the files cannot be decoded; pictures that cannot are marked as bad rows.
pub fn numbers(source: &Source, ids: &[u64], column: &str, wanted: &Wanted) -> Result<Numbers, DataError> {
    let (axes, name): (_, Arc<str>) = (wanted.axes(), column.into());
    let block: usize = axes.iter().product();
    let (mut values, count) = (Vec::new(), ids.len().saturating_mul(block));
    let path = || source.parts.first().map(|p| p.path.clone()).unwrap_or_default();
    values.try_reserve_exact(count).map_err(|_| DataError::TooLarge { path: path(), rows: ids.len() })?;
    values.resize(count, 0.0_f32);
    let (mut rest, mut bad, mut row) = (values.as_mut_slice(), Vec::new(), 0);
    for unit in units(source, ids) {
        for array in batches(&unit, column, None)? {
            let encoded = Encoded::of(&array).map_err(|e| corrupt(unit.part, &e))?;
            let Some((here, tail)) = std::mem::take(&mut rest).split_at_mut_checked(array.len() * block) else { break };
            rest = tail;
            let one = |(i, out): (usize, &mut [f32])| {
                let bytes = encoded.bytes(i, unit.part)?;
                decode(&bytes, wanted, out).map_err(Problem::Picture)
            };
            let done: Vec<Result<(), Problem>> = here.par_chunks_mut(block.max(1)).enumerate().map(one).collect();
            let problems = done.into_iter().enumerate().filter_map(|(i, done)| Some((row + i, done.err()?)));
            bad.extend(problems.map(|(row, problem)| Bad { row, column: name.clone(), problem }));
            row += array.len();
        }
    }
    Ok(Numbers { rows: row, values: Values::F32(values), lengths: None, axes, bad })
}

fn corrupt(part: &Part, error: &ArrowError) -> DataError {
    DataError::Corrupt { path: part.path.clone(), reason: error.to_string() }
}

/// A batch of encoded pictures.
pub struct Encoded {
    whole: ArrayRef,
    bytes: Option<LargeBinaryArray>,
    paths: Option<LargeStringArray>,
}

impl Encoded {
    /// The pictures of an Arrow array for which [`is_pictures`] holds.
    ///
    /// # Errors
    /// If the library cannot convert it.
    pub fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        let binary = |a: &ArrayRef| Ok::<_, ArrowError>(cast(a, &DataType::LargeBinary)?.as_binary::<i64>().clone());
        let (bytes, paths) = match array.as_struct_opt() {
            None => (Some(binary(array)?), None),
            Some(fields) => {
                let text = |a: &ArrayRef| Ok::<_, ArrowError>(cast(a, &DataType::LargeUtf8)?.as_string().clone());
                let column = |name: &str, fits: fn(&DataType) -> bool| {
                    fields.column_by_name(name).filter(|c| fits(c.data_type()))
                };
                (column("bytes", is_binary).map(binary).transpose()?, column("path", is_text).map(text).transpose()?)
            }
        };
        Ok(Self { whole: array.clone(), bytes, paths })
    }

    /// The bytes of a picture: those in the row, else those of the file that it names, relative to the Parquet file.
    ///
    /// # Errors
    /// If the row is null, or the file cannot be read or may not be.
    pub fn bytes(&self, row: usize, part: &Part) -> Result<Cow<'_, [u8]>, Problem> {
        self.beside(row, folder(&part.path), part.pictures)
    }

    fn beside(&self, row: usize, directory: &Path, may_be: PicturePaths) -> Result<Cow<'_, [u8]>, Problem> {
        if self.whole.is_null(row) {
            return Err(Problem::Null);
        }
        if let Some(bytes) = self.bytes.as_ref().filter(|b| b.is_valid(row)) {
            return Ok(Cow::Borrowed(bytes.value(row)));
        }
        let Some(paths) = self.paths.as_ref().filter(|p| p.is_valid(row)) else { return Err(Problem::Null) };
        let path = directory.join(paths.value(row));
        let unreadable =
            |e: std::io::Error| Problem::Picture(format!("its file {} cannot be read: {e}", path.display()));
        // Data may come from anywhere: what it names is opened only where its own files are.
        if may_be == PicturePaths::Beside {
            let whole = |path: &Path| path.canonicalize().map_err(unreadable);
            if !whole(&path)?.starts_with(whole(directory)?) {
                return Err(Problem::Picture(format!(
                    "its file {} lies outside of the directory of the data; say `pictures: anywhere` in the `read` stage \
                     if you trust the data",
                    path.display()
                )));
            }
        }
        read_regular(&path, LARGEST_FILE).map(Cow::Owned).map_err(unreadable)
    }

    /// The header of each picture whose bytes are in the row; `None` for nulls and pictures in files.
    pub fn headers(&self) -> impl Iterator<Item = Option<Result<Header, String>>> + '_ {
        (0..self.whole.len()).map(|row| {
            let bytes = self.bytes.as_ref().filter(|b| self.whole.is_valid(row) && b.is_valid(row))?;
            Some(header(bytes.value(row)))
        })
    }
}
