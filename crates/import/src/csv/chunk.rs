//! CSV files cut into chunks of whole rows, and chunks into rows.

use std::borrow::Cow;

use crate::error::{ImportError, RowFault};
use crate::open::Lines;
use crate::records::{Record, Split};

/// Bytes of a chunk; the row at its end is added.
const CHUNK: usize = 1 << 20;

/// Bytes of a row at most: the ends of its values take up to eight times as much.
pub const MAX_ROW: usize = 32 << 20;

/// The delimiter that stands for any number of spaces and tabs.
pub const SPACES: u8 = b' ';

/// Cuts files into chunks.
pub struct Chunks {
    /// The delimiter of each file.
    pub delimiters: Vec<u8>,
    /// Does the first row hold names?
    pub named: bool,
}

/// Where in a row a byte is, so that ends of lines inside quotes are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes: their end, or the first half of an escaped quote.
    QuoteInQuotes,
}

impl At {
    fn next(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Start, b'"') | (Self::QuoteInQuotes, b'"') => Self::Quoted,
            (Self::Quoted, b'"') => Self::QuoteInQuotes,
            (Self::Quoted, _) => Self::Quoted,
            (_, b'\n' | b'\r') => Self::Start,
            (_, byte) if byte == delimiter => Self::Start,
            // Tabs between values are as good as spaces.
            (_, b'\t') if delimiter == SPACES => Self::Start,
            _ => Self::Plain,
        }
    }
}

impl Split for Chunks {
    fn next(&self, file: usize, lines: &mut Lines, into: &mut Vec<u8>) -> Result<Result<bool, RowFault>, ImportError> {
        let delimiter = self.delimiters.get(file).copied().unwrap_or(b',');
        let mut at = At::Start;
        // The lines of the quote that opened last and of the row, and the bytes of the row.
        let (mut opened, mut begun, mut row) = (lines.line() + 1, lines.line() + 1, 0_usize);
        loop {
            let line = lines.line() + 1;
            let buffer = lines.buffer()?;
            if buffer.is_empty() {
                if at == At::Quoted {
                    let what = "the quote that opens here is never closed; close it, or double it if it is a part of the value";
                    return Ok(Err(RowFault::line(opened, "row", what)));
                }
                return Ok(Ok(!into.is_empty()));
            }
            let (mut taken, mut ends, mut full) = (0, 0, false);
            for byte in buffer {
                if (at, *byte) == (At::Start, b'"') {
                    opened = line + ends;
                }
                at = at.next(*byte, delimiter);
                taken += 1;
                row += 1;
                ends += u64::from(*byte == b'\n');
                if at == At::Start && matches!(byte, b'\n' | b'\r') {
                    (row, begun) = (0, line + ends);
                    full = *byte == b'\n' && into.len() + taken >= CHUNK;
                    if full {
                        break;
                    }
                }
            }
            into.extend_from_slice(buffer.get(..taken).unwrap_or_default());
            lines.consume(taken, ends);
            if full {
                return Ok(Ok(true));
            }
            if row > MAX_ROW {
                let what = "the row is larger than 32 MiB; is the last quote in this line not closed?";
                return Ok(Err(RowFault::line(if at == At::Quoted { opened } else { begun }, "row", what)));
            }
        }
    }
}

impl Chunks {
    /// Gives every row of a chunk with its line to `take`: its words, or what is wrong with it.
    ///
    /// # Errors
    /// If the file could not be cut here.
    pub fn rows(
        &self,
        record: &Record,
        width: usize,
        mut take: impl FnMut(u64, Result<Vec<&str>, RowFault>),
    ) -> Result<(), RowFault> {
        let bytes = record.content.as_ref().map_err(Clone::clone)?;
        let delimiter = self.delimiters.get(record.file).copied().unwrap_or(b',');
        let bytes = if delimiter == SPACES { Cow::Owned(squeezed(bytes)) } else { Cow::Borrowed(bytes.as_slice()) };
        let mut reader = reader(&bytes, delimiter);
        let mut row = csv::ByteRecord::new();
        let mut header = self.named && record.line == 1;
        loop {
            match reader.read_byte_record(&mut row) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(e) => return Err(RowFault::line(record.line, "row", e.to_string())),
            }
            if std::mem::take(&mut header) {
                continue;
            }
            let line = record.line - 1 + row.position().map_or(1, csv::Position::line);
            take(line, words(&row, width).map_err(|what| RowFault::line(line, "row", what)));
        }
    }
}

/// The words of a row, if there are as many as there are columns.
fn words(row: &csv::ByteRecord, width: usize) -> Result<Vec<&str>, String> {
    if row.len() != width {
        let commas = if row.len() == 2 * width { "; are there decimal commas? Write points" } else { "" };
        return Err(format!("{} values where the header names {width} columns{commas}", row.len()));
    }
    let words: Result<Vec<&str>, _> = row.iter().map(std::str::from_utf8).collect();
    words.map_err(|_| {
        "the row is not UTF-8 text; convert the file, for example with `iconv -f latin1 -t utf8`".to_owned()
    })
}

/// A reader of rows.
pub fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes)
}

/// Rows with one space between values, and none around them; what is in quotes stays as it is.
pub fn squeezed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut in_quotes = false;
    for byte in bytes {
        in_quotes ^= *byte == b'"';
        match byte {
            b' ' | b'\t' if !in_quotes => {
                if !matches!(out.last(), None | Some(b' ' | b'\n' | b'\r')) {
                    out.push(SPACES);
                }
            }
            b'\n' | b'\r' if !in_quotes => {
                if out.last() == Some(&SPACES) {
                    out.pop();
                }
                out.push(*byte);
            }
            byte => out.push(*byte),
        }
    }
    if !in_quotes && out.last() == Some(&SPACES) {
        out.pop();
    }
    out
}
