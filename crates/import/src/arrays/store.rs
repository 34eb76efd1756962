//! Where the bytes of an array are, and how rows of it are read.

use std::fs::File;
use std::io::{BufRead, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crate::error::{ImportError, Place};
use crate::open;

/// Where the bytes of an array are.
#[derive(Debug)]
pub enum Store {
    /// In a file with random access, from byte `start`.
    File {
        /// The file, or a temporary one that a member of an archive was unpacked to.
        file: Arc<File>,
        /// The first byte of the array.
        start: u64,
        /// Fortran order: the shape of the whole array.
        fortran: Option<Vec<u64>>,
    },
    /// In a file that is read from front to back, behind `skip` bytes.
    Stream {
        /// Bytes before the array.
        skip: u64,
    },
    /// In a data set of an HDF5 file.
    #[cfg(feature = "hdf5")]
    Hdf5(super::hdf5::Stored),
}

/// Reads rows of an array, from the first to the last.
pub enum Reader<'a> {
    /// Of a file with random access.
    File { file: &'a File, start: u64, fortran: Option<&'a [u64]>, size: usize },
    /// Of a stream.
    Stream(Box<dyn BufRead + Send>),
    /// Of an HDF5 data set.
    #[cfg(feature = "hdf5")]
    Hdf5(&'a super::hdf5::Stored),
}

impl Store {
    /// A reader; values have `size` bytes.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(&self, path: &Path, size: usize) -> Result<Reader<'_>, ImportError> {
        match self {
            Self::File { file, start, fortran } => {
                Ok(Reader::File { file, start: *start, fortran: fortran.as_deref(), size })
            }
            Self::Stream { skip } => {
                let mut reader = open::reader(path)?;
                std::io::copy(&mut reader.by_ref().take(*skip), &mut std::io::sink()).map_err(open::broken(path))?;
                Ok(Reader::Stream(reader))
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(stored) => Ok(Reader::Hdf5(stored)),
        }
    }
}

impl Reader<'_> {
    /// The bytes of `rows` rows from row `first`, row by row; a row has `width` bytes. Memory grows with the actual
    /// data, not with the size in the header.
    ///
    /// # Errors
    /// If the file cannot be read, or ends early.
    pub fn rows(&mut self, path: &Path, first: u64, rows: usize, width: usize) -> Result<Vec<u8>, ImportError> {
        let count = rows.saturating_mul(width);
        match self {
            Self::File { file, start, fortran: None, .. } => {
                let at = *start + first * width as u64;
                exactly(file, at, count, path)
            }
            Self::File { file, start, fortran: Some(shape), size } => {
                fortran(&Fortran { file, start: *start, shape, size: *size }, first, rows, path)
            }
            Self::Stream(reader) => {
                let mut bytes = Vec::new();
                reader.by_ref().take(count as u64).read_to_end(&mut bytes).map_err(open::broken(path))?;
                if bytes.len() == count { Ok(bytes) } else { Err(cut(path, first * width as u64 + bytes.len() as u64)) }
            }
            #[cfg(feature = "hdf5")]
            Self::Hdf5(stored) => stored.rows(path, first, rows),
        }
    }

    /// Checks that nothing follows the last row.
    ///
    /// # Errors
    /// If something does, or the compressed data turns out to be corrupt.
    pub fn finish(&mut self, path: &Path) -> Result<(), ImportError> {
        if let Self::Stream(reader) = self
            && !reader.fill_buf().map_err(open::broken(path))?.is_empty()
        {
            return Err(ImportError::file(path, "the file is longer than its header says"));
        }
        Ok(())
    }
}

fn cut(path: &Path, byte: u64) -> ImportError {
    let what = "the data is cut off here, before the end that the header states".to_owned();
    ImportError::Bad { path: path.to_owned(), place: Place::Byte(byte), what }
}

fn exactly(mut file: &File, at: u64, count: usize, path: &Path) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at)).map_err(ImportError::read(path))?;
    file.take(count as u64).read_to_end(&mut bytes).map_err(ImportError::read(path))?;
    if bytes.len() == count { Ok(bytes) } else { Err(cut(path, at + bytes.len() as u64)) }
}

/// An array in Fortran order: the row is the axis that runs fastest.
struct Fortran<'a> {
    file: &'a File,
    start: u64,
    shape: &'a [u64],
    size: usize,
}

/// Gathers rows of an array in Fortran order: one read for each value of a row.
fn fortran(array: &Fortran, first: u64, rows: usize, path: &Path) -> Result<Vec<u8>, ImportError> {
    let (all, item) = array.shape.split_first().map_or((0, &[][..]), |(all, item)| (*all, item));
    let width = item.iter().product::<u64>() as usize;
    let size = array.size;
    let mut bytes = vec![0; rows * width * size];
    for place in 0..width as u64 {
        // `place` counts a row's values in C order; the file counts them with the first axis fastest.
        let (mut rest, mut stored) = (place, 0);
        let mut strides: Vec<u64> = Vec::with_capacity(item.len());
        item.iter().fold(1, |stride, n| {
            strides.push(stride);
            stride * n
        });
        for (n, stride) in item.iter().zip(&strides).rev() {
            stored += (rest % n) * stride;
            rest /= n;
        }
        let at = array.start + (stored * all + first) * size as u64;
        let column = exactly(array.file, at, rows * size, path)?;
        for (row, value) in column.chunks_exact(size).enumerate() {
            let to = (row * width + place as usize) * size;
            if let Some(to) = bytes.get_mut(to..to + size) {
                to.copy_from_slice(value);
            }
        }
    }
    Ok(bytes)
}
