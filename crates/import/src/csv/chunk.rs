//! CSV files cut into chunks of whole rows, and chunks into rows.

use crate::error::{ImportError, RowFault};
use crate::open::Lines;
use crate::records::{MAX_RECORD, Record, Split};

/// Bytes of a chunk; the row at its end is added.
const CHUNK: usize = 1 << 20;

/// Cuts files into chunks.
pub struct Chunks {
    /// The delimiter of each file.
    pub delimiters: Vec<u8>,
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
            _ => Self::Plain,
        }
    }
}

impl Split for Chunks {
    fn next(&self, file: usize, lines: &mut Lines, into: &mut Vec<u8>) -> Result<Result<bool, RowFault>, ImportError> {
        let delimiter = self.delimiters.get(file).copied().unwrap_or(b',');
        let first = lines.line() + 1;
        let mut at = At::Start;
        // The line of the quote that opened last.
        let mut opened = first;
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
                ends += u64::from(*byte == b'\n');
                if *byte == b'\n' && at == At::Start && into.len() + taken >= CHUNK {
                    full = true;
                    break;
                }
            }
            into.extend_from_slice(buffer.get(..taken).unwrap_or_default());
            lines.consume(taken, ends);
            if full {
                return Ok(Ok(true));
            }
            if into.len() > MAX_RECORD {
                let what = "the row is larger than 1 GiB; is the last quote in this line not closed?";
                return Ok(Err(RowFault::line(if at == At::Quoted { opened } else { first }, "row", what)));
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
        let mut reader = reader(bytes, self.delimiters.get(record.file).copied().unwrap_or(b','));
        let mut row = csv::ByteRecord::new();
        let mut header = record.line == 1;
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
            let words: Result<Vec<&str>, _> = row.iter().map(std::str::from_utf8).collect();
            take(
                line,
                match words {
                    Err(_) => Err(RowFault::line(line, "row", "the row is not UTF-8 text")),
                    Ok(words) if words.len() != width => Err(RowFault::line(
                        line,
                        "row",
                        format!("{} values where the header names {width} columns", words.len()),
                    )),
                    Ok(words) => Ok(words),
                },
            );
        }
    }
}

/// A reader of rows.
pub fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes)
}
