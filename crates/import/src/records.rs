//! Text files cut into records (a frame, a molecule, a mesh), in order and with their lines.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::column::Column;
use super::error::{ImportError, Place, RowFault};
use super::input::Input;
use super::open::Lines;
use super::source::window;
use super::table::{Decoded, Row, Table};
use super::write::MIB;
use super::{Ask, OnInvalid, PIECE};

/// Bytes of one record at most: what is larger has a wrong count, or would fill the memory, since its numbers take about
/// twenty times as much on their way.
pub const MAX_RECORD: usize = 64 << 20;

/// Bytes that a record takes besides its content, so that a piece of many small ones is no larger than one of few.
const RECORD_COST: usize = 256;

/// Bytes that each column adds to that: a null takes memory too.
const COLUMN_COST: usize = 4;

/// A record of a text file.
#[derive(Debug, Clone)]
pub struct Record {
    /// The file.
    pub path: Arc<Path>,
    /// The file's place among the inputs.
    pub file: usize,
    /// The record's place among all records, from 0.
    pub index: u64,
    /// Its first line, from 1.
    pub line: u64,
    /// Its bytes, or why the rest of the file cannot be cut into records.
    pub content: Result<Vec<u8>, RowFault>,
}

/// Cuts one record from the front of a file: appends its bytes and says whether there was one.
pub trait Split: Send + Sync {
    /// Reads the next record of the file with this place among the inputs.
    ///
    /// # Errors
    /// The outer one where the file cannot be read; the inner one where the rest of it cannot be cut into records.
    fn next(&self, file: usize, lines: &mut Lines, into: &mut Vec<u8>) -> Result<Result<bool, RowFault>, ImportError>;
}

/// Iterates over pieces of records: about [`PIECE`] bytes each.
pub struct Pieces<'a> {
    inputs: &'a [Input],
    split: &'a dyn Split,
    /// Bytes of a piece: more for wide tables, whose row groups take memory for each column.
    least: usize,
    /// Bytes of a record besides its content.
    cost: usize,
    open: Option<Lines>,
    file: usize,
    index: u64,
}

impl<'a> Pieces<'a> {
    /// From the start of the first file; each record becomes a row of this many columns.
    pub fn new(inputs: &'a [Input], split: &'a dyn Split, columns: usize) -> Self {
        let cost = RECORD_COST + COLUMN_COST * columns;
        let least = PIECE.max(columns << 10);
        Self { inputs, split, least, cost, open: None, file: 0, index: 0 }
    }

    fn record(&mut self) -> Result<Option<Record>, ImportError> {
        while let Some(input) = self.inputs.get(self.file) {
            let fresh = self.open.is_none();
            let lines = match &mut self.open {
                Some(lines) => lines,
                none => none.insert(Lines::open(&input.path)?),
            };
            let line = lines.line() + 1;
            let mut bytes = Vec::new();
            let content = match self.split.next(self.file, lines, &mut bytes)? {
                Ok(true) => Ok(bytes),
                Ok(false) if fresh => Err(RowFault::file("there is nothing in the file")),
                Ok(false) => {
                    self.close();
                    continue;
                }
                Err(fault) => Err(fault),
            };
            let record = Record { path: input.path.clone(), file: self.file, index: self.index, line, content };
            self.index += 1;
            if record.content.is_err() {
                self.close();
            }
            return Ok(Some(record));
        }
        Ok(None)
    }

    fn close(&mut self) {
        self.open = None;
        self.file += 1;
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Vec<Record>, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = Vec::new();
        let mut bytes = 0;
        while bytes < self.least {
            match self.record() {
                Err(error) => return Some(Err(error)),
                Ok(None) => break,
                Ok(Some(record)) => {
                    bytes += self.cost + record.content.as_ref().map_or(0, Vec::len);
                    piece.push(record);
                }
            }
        }
        if piece.is_empty() { None } else { Some(Ok(piece)) }
    }
}

impl Record {
    /// The record as text.
    ///
    /// # Errors
    /// Its fault, or that of the line that is not UTF-8.
    pub fn text(&self) -> Result<&str, RowFault> {
        let bytes = self.content.as_ref().map_err(Clone::clone)?;
        std::str::from_utf8(bytes).map_err(|e| not_text(self.line, bytes, e.valid_up_to()))
    }

    /// The record as text, where lines that are not used, such as comments, may be in any encoding: `unused` knows them by
    /// their number in the record, from 0, and their bytes, and says from which byte on.
    ///
    /// # Errors
    /// As [`Record::text`].
    pub fn text_but(&self, unused: impl Fn(usize, &[u8]) -> Option<usize>) -> Result<Cow<'_, str>, RowFault> {
        let bytes = self.content.as_ref().map_err(Clone::clone)?;
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Ok(Cow::Borrowed(text));
        }
        let ascii = ascii_where(bytes, unused);
        String::from_utf8(ascii).map(Cow::Owned).map_err(|e| not_text(self.line, bytes, e.utf8_error().valid_up_to()))
    }
}

/// The same bytes, but ASCII where a line is not used; no byte moves.
pub fn ascii_where(bytes: &[u8], unused: impl Fn(usize, &[u8]) -> Option<usize>) -> Vec<u8> {
    let mut ascii = bytes.to_vec();
    for (number, line) in ascii.split_mut(|byte| *byte == b'\n').enumerate() {
        if let Some(from) = unused(number, line) {
            line.iter_mut().skip(from).filter(|byte| !byte.is_ascii()).for_each(|byte| *byte = b'?');
        }
    }
    ascii
}

/// A fault of the line, counted from `first`, that holds the first byte that is no text.
pub fn not_text(first: u64, bytes: &[u8], at: usize) -> RowFault {
    let before = bytes.get(..at).unwrap_or_default();
    let line = first + before.iter().filter(|byte| **byte == b'\n').count() as u64;
    let what = "the line is not UTF-8 text; convert the file, for example with `iconv -f latin1 -t utf8`";
    RowFault::line(line, "record", what)
}

/// Bytes of all files.
pub fn bytes_of(inputs: &[Input]) -> u64 {
    inputs.iter().map(|input| input.bytes).sum()
}

/// Bytes of some records.
pub fn bytes_in(records: &[Record]) -> u64 {
    records.iter().map(|record| record.content.as_ref().map_or(0, Vec::len) as u64).sum()
}

/// Looks at every record, in parallel, and merges what was seen, in order: a first pass that types columns. Invalid
/// records are left to the second pass, except that the first one ends the import if they are errors.
///
/// # Errors
/// If a file cannot be read, and the first invalid record if so.
pub fn scan<T: Send>(
    inputs: &[Input],
    split: &dyn Split,
    ask: Ask,
    look: impl Fn(&Record) -> Result<T, RowFault> + Sync,
    mut merge: impl FnMut(T),
) -> Result<(), ImportError> {
    let mut pieces = Pieces::new(inputs, split, 0);
    let mut task = ask.watch.task("look at columns, MiB", bytes_of(inputs).div_ceil(MIB));
    let mut done = 0;
    loop {
        let window = window(&mut pieces, |piece| bytes_in(piece), ask.watch)?;
        if window.is_empty() {
            task.finish();
            return Ok(());
        }
        done += window.iter().map(|piece| bytes_in(piece)).sum::<u64>();
        let each = |record: &Record| look(record).map_err(|fault| (record.path.clone(), fault));
        let seen: Vec<Vec<Result<T, _>>> = window.par_iter().map(|piece| piece.iter().map(each).collect()).collect();
        for outcome in seen.into_iter().flatten() {
            match outcome {
                Ok(seen) => merge(seen),
                Err((path, fault)) if ask.on_invalid == OnInvalid::Error => return Err(fault.into_error(&path)),
                Err(_) => {}
            }
        }
        task.set(done / MIB, &String::new);
    }
}

/// Rows of records, one each.
///
/// # Errors
/// If the values do not fit into Arrow's types.
pub fn decode(
    records: &[Record],
    columns: &[Column],
    parse: impl Fn(&Record) -> Result<Row, RowFault>,
) -> Result<Decoded, ImportError> {
    let mut table = Table::new(columns);
    for record in records {
        table.push(&record.path, Place::Line(record.line), parse(record));
    }
    table.finish(records.first().map_or(Path::new(""), |r| &r.path))
}
