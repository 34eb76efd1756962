//! Frames of XYZ files: where they begin and end, and their lines.

use semola_document::shortened;

use crate::error::{ImportError, RowFault};
use crate::open::Lines;
use crate::records::{MAX_RECORD, Record, Split};

/// Cuts files into frames.
pub struct Frames {
    /// Lines after the atoms that belong to the frame.
    pub trailer: usize,
}

/// A frame as text.
pub struct Frame<'a> {
    /// The second line.
    pub comment: &'a str,
    /// The lines of the atoms.
    pub atoms: Vec<&'a str>,
    /// What follows them.
    pub trailer: Vec<&'a str>,
    /// The line of the count, from 1.
    pub line: u64,
}

impl Split for Frames {
    fn next(&self, _: usize, lines: &mut Lines, into: &mut Vec<u8>) -> Result<Result<bool, RowFault>, ImportError> {
        let first = lines.line() + 1;
        // Blank lines between frames and at the end are common.
        let count = loop {
            let start = into.len();
            if !lines.next(into)? {
                into.clear();
                return Ok(Ok(false));
            }
            match String::from_utf8_lossy(into.get(start..).unwrap_or_default()).trim() {
                "" => {}
                text => break text.parse::<usize>().map_err(|_| shortened(text)),
            }
        };
        let count = match count {
            Ok(count) => count,
            Err(found) => {
                let what = format!("the number of atoms of the next frame should be here, but this is `{found}`");
                return Ok(Err(RowFault::line(lines.line(), "frame", what)));
            }
        };
        let wanted = count.saturating_add(1 + self.trailer);
        for found in 0..wanted {
            if !lines.next(into)? {
                // The frame of QM9's last file may lack the line's end, never the line.
                let what = format!(
                    "the file is cut off: the frame that begins at line {first} has {count} atoms, so {wanted} lines \
                     should follow, but {found} do"
                );
                return Ok(Err(RowFault::line(lines.line(), "frame", what)));
            }
            if into.len() > MAX_RECORD {
                let what = format!("a frame of {count} atoms is larger than 64 MiB; is the count right?");
                return Ok(Err(RowFault::line(first, "frame", what)));
            }
        }
        Ok(Ok(true))
    }
}

impl Frames {
    /// The lines of a frame.
    ///
    /// # Errors
    /// If it has no atoms, or a line is not text.
    pub fn read<'a>(&self, record: &'a Record) -> Result<Frame<'a>, RowFault> {
        let text = record.text()?;
        let mut line = record.line;
        let mut lines = text.lines();
        for blank in lines.by_ref() {
            if !blank.trim().is_empty() {
                break;
            }
            line += 1;
        }
        let comment = lines.next().unwrap_or("");
        let mut atoms: Vec<&str> = lines.collect();
        let trailer = atoms.split_off(atoms.len().saturating_sub(self.trailer));
        if atoms.is_empty() {
            return Err(RowFault::line(line, "frame", "the frame has no atoms"));
        }
        Ok(Frame { comment, atoms, trailer, line })
    }
}

impl<'a> Frame<'a> {
    /// The lines of the atoms with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u64, &'a str)> + '_ {
        (self.line + 2..).zip(self.atoms.iter().copied())
    }
}
