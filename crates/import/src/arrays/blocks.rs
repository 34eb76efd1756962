//! Arrays cut into blocks of rows.

use super::store::Reader;
use super::{Content, Part};
use crate::PIECE;
use crate::error::ImportError;

/// Rows of a row group at most: narrow rows would make huge ones.
const MAX_ROWS: usize = 1 << 20;

/// Bytes of some rows.
pub struct Block {
    /// The part that they are from.
    pub part: usize,
    /// The first row, counted in the part.
    pub first: u64,
    /// How many.
    pub rows: usize,
    /// One per column; empty for constants.
    pub bytes: Vec<Vec<u8>>,
}

/// Iterates over the blocks of all parts.
pub struct Blocks<'a> {
    parts: &'a [Part],
    part: usize,
    first: u64,
    readers: Vec<Option<Reader<'a>>>,
}

impl<'a> Blocks<'a> {
    /// From the first row of the first part.
    pub fn new(parts: &'a [Part]) -> Self {
        Self { parts, part: 0, first: 0, readers: Vec::new() }
    }

    fn block(&mut self, part: &'a Part) -> Result<Block, ImportError> {
        if self.first == 0 {
            self.readers = part.contents.iter().map(|content| content.open(part)).collect::<Result<_, _>>()?;
        }
        let most = (PIECE / part.row_bytes().max(1)).clamp(1, MAX_ROWS) as u64;
        let rows = most.min(part.rows - self.first) as usize;
        let mut bytes = Vec::with_capacity(self.readers.len());
        for (reader, content) in self.readers.iter_mut().zip(&part.contents) {
            bytes.push(match reader {
                Some(reader) => reader.rows(content.path(part), self.first, rows, content.row_bytes())?,
                None => Vec::new(),
            });
        }
        let block = Block { part: self.part, first: self.first, rows, bytes };
        self.first += rows as u64;
        if self.first == part.rows {
            for (reader, content) in self.readers.iter_mut().zip(&part.contents) {
                reader.as_mut().map_or(Ok(()), |reader| reader.finish(content.path(part)))?;
            }
            self.part += 1;
            self.first = 0;
        }
        Ok(block)
    }
}

impl Iterator for Blocks<'_> {
    type Item = Result<Block, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.parts.get(self.part).map(|part| self.block(part))
    }
}

impl Part {
    /// Bytes of a row in all files.
    pub(super) fn row_bytes(&self) -> usize {
        self.contents.iter().map(Content::row_bytes).fold(0, usize::saturating_add)
    }
}

impl Content {
    fn row_bytes(&self) -> usize {
        match self {
            Self::Array(array) => array.row_bytes(),
            Self::Constant(_) => 0,
        }
    }

    fn open<'a>(&'a self, part: &'a Part) -> Result<Option<Reader<'a>>, ImportError> {
        match self {
            Self::Array(array) => array.store.open(self.path(part), array.dtype.size).map(Some),
            Self::Constant(_) => Ok(None),
        }
    }
}
