//! Records of SDF files: up to `$$$$`.

use std::borrow::Cow;

use crate::error::{ImportError, RowFault};
use crate::open::Lines;
use crate::records::{MAX_RECORD, Record, Split};

/// What ends a record.
pub const END: &str = "$$$$";

/// Cuts files into records.
pub struct Records;

impl Split for Records {
    fn next(&self, _: usize, lines: &mut Lines, into: &mut Vec<u8>) -> Result<Result<bool, RowFault>, ImportError> {
        let first = lines.line() + 1;
        loop {
            let start = into.len();
            if !lines.next(into)? {
                // White space at the end of a file is no record.
                return Ok(Ok(!into.iter().all(u8::is_ascii_whitespace)));
            }
            if into.get(start..).is_some_and(|line| line.starts_with(END.as_bytes())) {
                return Ok(Ok(true));
            }
            if into.len() > MAX_RECORD {
                return Ok(Err(RowFault::line(first, "record", "a record is larger than 64 MiB; does `$$$$` end it?")));
            }
        }
    }
}

/// The record as text; the lines of the program and of the comment, which are not used, may be in any encoding.
///
/// # Errors
/// As [`Record::text`].
pub fn text(record: &Record) -> Result<Cow<'_, str>, RowFault> {
    record.text_but(|number, _| matches!(number, 1 | 2).then_some(0))
}

/// The first line.
pub fn title(text: &str) -> &str {
    text.lines().next().unwrap_or("").trim()
}

/// Checks that the record is complete. A file of one molecule may end at `M  END`.
///
/// # Errors
/// If it is truncated.
pub fn check_whole(text: &str, line: u64) -> Result<(), RowFault> {
    let count = text.lines().count() as u64;
    let cut = |what: &str| Err(RowFault::line(line + count.saturating_sub(1), "record", what));
    let Some(at) = text.lines().position(|line| line.trim_end() == "M  END") else {
        return cut("the record has no line `M  END`; it is cut off or no SDF");
    };
    let last = text.lines().last().unwrap_or("");
    let more = text.lines().skip(at + 1).any(|line| !line.trim().is_empty());
    if more && !last.starts_with(END) { cut("the record is cut off: no `$$$$` ends it") } else { Ok(()) }
}
