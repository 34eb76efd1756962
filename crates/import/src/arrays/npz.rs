//! NumPy archives: each member is a column. Members are unpacked one by one into temporary files without names, so that
//! memory stays bounded and all can be read side by side.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

use npyz::npz::{NpzArchive, array_name_from_file_name};

use super::npy::check_text;
use super::npy_file::{Header, HeaderError};
use super::store::Store;
use super::{Array, Arrays, Content, Part, md17, split_shape};
use crate::PIECE;
use crate::column::{Column, few_enough};
use crate::error::ImportError;
use crate::input::Input;
use semola_data::Watch;
use semola_data::guard::caught;
use semola_data::output::folder;

/// A member: its header, and its values in a file.
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its header.
    pub header: Header,
    /// Its values.
    pub file: File,
}

/// Opens archives with the same members; those of the later ones follow as rows.
///
/// # Errors
/// If an archive or a member is corrupt or cut off, or a member is not one value per row.
pub fn source(inputs: &[Input], out: &Path, watch: &dyn Watch) -> Result<Arrays, ImportError> {
    let mut all: Option<Arrays> = None;
    for input in inputs {
        let members = caught(|| members(&input.path, folder(out), watch))
            .unwrap_or_else(|| Err(ImportError::file(&input.path, "the archive contradicts itself")))?;
        let one = columns(&input.path, members)?;
        match &mut all {
            None => all = Some(one),
            Some(all) if all.columns == one.columns => all.parts.extend(one.parts),
            Some(all) => {
                let names = |columns: &[Column]| {
                    let describe = |c: &Column| format!("{} {}", c.name, c.data_type());
                    columns.iter().map(describe).collect::<Vec<_>>().join(", ")
                };
                let what = format!("it holds {}; the first archive {}", names(&one.columns), names(&all.columns));
                return Err(ImportError::file(&input.path, what));
            }
        }
    }
    all.ok_or_else(|| ImportError::Usage("no archive is given".to_owned()))
}

/// The columns of an archive.
fn columns(path: &Arc<Path>, members: Vec<Member>) -> Result<Arrays, ImportError> {
    let (single, members): (Vec<Member>, Vec<Member>) = members.into_iter().partition(|m| m.header.shape.is_empty());
    // Single values are about the whole archive.
    let metadata = single.into_iter().map(|member| value(path, member)).collect::<Result<Vec<_>, _>>()?;
    if let Some(names) = md17::layout(&members) {
        return md17::arrays(path, members, &names, metadata);
    }
    let mut arrays = Vec::new();
    for member in members {
        arrays.push(array(path, member)?);
    }
    let Some(first) = arrays.first() else {
        return Err(ImportError::file(path, "the archive holds no array with rows"));
    };
    let rows = first.rows;
    if let Some(other) = arrays.iter().find(|array| array.rows != rows) {
        let what = format!(
            "{} rows, but `{}` has {rows}; save arrays of different length in files of their own",
            other.rows, first.name
        );
        return Err(ImportError::array(path, &other.name, what));
    }
    let columns = arrays.iter().map(|array| array.column(&array.name)).collect();
    let contents = arrays.into_iter().map(Content::Array).collect();
    Ok(Arrays { columns, parts: vec![Part { path: path.clone(), rows, contents }], metadata })
}

/// A member as an array.
///
/// # Errors
/// If its shape has no rows.
pub(super) fn array(path: &Arc<Path>, member: Member) -> Result<Array, ImportError> {
    let Member { name, header, file } = member;
    let shape = split_shape(&header.shape, header.dtype.size).and_then(|(rows, item)| {
        check_text(&header, &item)?;
        Ok((rows, item))
    });
    let (rows, item) = shape.map_err(|what| ImportError::array(path, &name, what))?;
    let fortran = header.fortran.then(|| header.shape.clone());
    Ok(Array {
        name,
        dtype: header.dtype,
        rows,
        item,
        store: Store::File { file: Arc::new(file), start: 0, fortran },
        path: None,
    })
}

/// All values of a member that is known to be small, as an Arrow array.
///
/// # Errors
/// If it cannot be read.
pub fn values(path: &Path, member: &Member) -> Result<arrow::array::ArrayRef, ImportError> {
    let failed = |what: &str| ImportError::array(path, &member.name, what);
    let store = Store::File {
        file: Arc::new(member.file.try_clone().map_err(ImportError::read(path))?),
        start: 0,
        fortran: None,
    };
    let bytes = member.header.data_bytes().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| failed("too large"))?;
    let bytes = store.open(path, member.header.dtype.size)?.rows(path, 0, 1, bytes)?;
    member.header.dtype.array(bytes).map_err(|_| failed("the value is not text in UTF-8"))
}

/// A single value as metadata of the file.
fn value(path: &Path, member: Member) -> Result<(String, String), ImportError> {
    let array = values(path, &member)?;
    let text = arrow::util::display::array_value_to_string(&array, 0)
        .map_err(|e| ImportError::array(path, &member.name, e.to_string()))?;
    Ok((member.name, text))
}

/// Unpacks all members, in the order of the archive.
fn members(path: &Path, folder: &Path, watch: &dyn Watch) -> Result<Vec<Member>, ImportError> {
    let file = File::open(path).map_err(ImportError::read(path))?;
    let corrupt =
        |e: &dyn std::fmt::Display| ImportError::file(path, format!("the archive is cut off or corrupt: {e}"));
    let mut archive = NpzArchive::new(BufReader::new(file)).map_err(|e| corrupt(&e))?;
    let archive = archive.zip_archive();
    few_enough(archive.len())?;
    let mut members: Vec<Member> = Vec::new();
    let mut names = HashSet::new();
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(|e| corrupt(&e))?;
        let Some(name) = array_name_from_file_name(entry.name()).map(str::to_owned) else { continue };
        if !names.insert(name.clone()) {
            return Err(ImportError::array(path, &name, "the archive holds it twice"));
        }
        let bad = |what| ImportError::array(path, &name, what);
        let (header, file) = unpack(&mut entry, folder, watch).map_err(|e| e.into_error(bad))?;
        members.push(Member { name, header, file });
    }
    Ok(members)
}

/// Unpacks the values of a member to a temporary file; no more than its header states.
fn unpack(entry: &mut impl Read, folder: &Path, watch: &dyn Watch) -> Result<(Header, File), HeaderError> {
    let header = Header::read(entry, watch)?;
    let too_large = || HeaderError::Bad(format!("its shape {:?} is too large", header.shape));
    let expected = header.data_bytes().ok_or_else(too_large)?;
    let mut file = tempfile::tempfile_in(folder)
        .map_err(|e| HeaderError::Bad(format!("no temporary file in {}: {e}", folder.display())))?;
    let broken = |e: std::io::Error| HeaderError::Bad(format!("it cannot be unpacked: {e}"));
    let mut entry = entry.take(expected.saturating_add(1));
    let mut copied = 0;
    loop {
        let piece = std::io::copy(&mut entry.by_ref().take(PIECE as u64), &mut file).map_err(broken)?;
        copied += piece;
        if piece == 0 {
            break;
        }
        if watch.stop() {
            return Err(HeaderError::Stopped);
        }
    }
    file.flush().map_err(broken)?;
    if copied != expected {
        let found = if copied > expected { "more".to_owned() } else { copied.to_string() };
        return Err(HeaderError::Bad(format!("the header states {expected} bytes of values, but there are {found}")));
    }
    Ok((header, file))
}
