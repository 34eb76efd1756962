//! One PLY file: its header, by ply-rs-bw, and what follows, in text or binary.

use std::collections::HashSet;
use std::io::{Cursor, ErrorKind};

use ply_rs_bw::parser::{ParseError, Parser, Reader};
use ply_rs_bw::ply::{DefaultElement, Encoding, Header};
use semola_document::shortened;

use super::{ply_binary, ply_text};
use crate::error::RowFault;
use crate::records::{ascii_where, not_text};
use semola_data::guard::caught;

/// Bytes of a header at most; a property takes about twenty.
const MAX_HEADER: usize = 1 << 18;

/// What a file holds.
#[derive(Default)]
pub struct PlyFile {
    /// Values of the vertices' properties, vertex by vertex.
    pub values: Vec<f64>,
    /// The triangles of the faces.
    pub faces: Vec<i64>,
}

/// A header, and where the data begins.
struct Opened {
    header: Header,
    byte: usize,
    line: u64,
}

/// Points of a file: faces may come before them.
pub fn points(header: &Header) -> usize {
    header.elements.get("vertex").map_or(0, |vertex| vertex.count)
}

/// Does this property of the faces name their corners?
pub fn names_corners(property: &str) -> bool {
    ["vertex_indices", "vertex_index"].contains(&property)
}

/// The header of a file.
///
/// # Errors
/// What is wrong with it, and in which line.
pub fn header(bytes: &[u8]) -> Result<Header, RowFault> {
    open(bytes).map(|opened| opened.header)
}

/// The whole file.
///
/// # Errors
/// What is wrong with it, and in which line or at which byte.
pub fn read(bytes: &[u8]) -> Result<PlyFile, RowFault> {
    let Opened { header, byte, line } = open(bytes)?;
    let data = bytes.get(byte..).unwrap_or_default();
    match header.encoding {
        Encoding::Ascii => ply_text::elements(&header, data, line),
        Encoding::BinaryBigEndian | Encoding::BinaryLittleEndian => {
            let crashed = || RowFault::file("the contents contradict the header");
            caught(|| ply_binary::elements(&header, data, byte as u64)).ok_or_else(crashed)?
        }
    }
}

fn open(bytes: &[u8]) -> Result<Opened, RowFault> {
    let head = head(bytes)?;
    let parsed = caught(|| {
        let mut reader = Reader::new(Cursor::new(head.as_slice()));
        let header = Parser::<DefaultElement>::new().read_header(&mut reader)?;
        Ok(Opened { header, byte: reader.get_ref().position() as usize, line: reader.line() as u64 })
    });
    let parsed = parsed.ok_or_else(|| RowFault::file("the header contradicts itself"))?;
    let opened = parsed.map_err(|e: ParseError| misread(bytes, &e))?;
    check_unique(&head)?;
    Ok(opened)
}

/// The header's bytes, where comments may be in any encoding: there they become ASCII, and no byte moves.
fn head(bytes: &[u8]) -> Result<Vec<u8>, RowFault> {
    let mut end = 0;
    for (number, line) in (1_u64..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        end += line.len();
        if end > MAX_HEADER {
            let what = format!("the header is larger than {MAX_HEADER} bytes; where is its line `end_header`?");
            return Err(RowFault::line(number, "file", what));
        }
        if line.trim_ascii() == b"end_header" {
            break;
        }
    }
    let head = ascii_where(bytes.get(..end).unwrap_or_default(), |_, line| {
        let is_comment = [&b"comment"[..], b"obj_info"].iter().any(|start| line.trim_ascii_start().starts_with(start));
        is_comment.then_some(0)
    });
    match std::str::from_utf8(&head) {
        Ok(_) => Ok(head),
        Err(e) => Err(not_text(1, bytes, e.valid_up_to())),
    }
}

/// The parser lets a later element or property take the place of an earlier one of the same name, and would then read
/// wrong values.
fn check_unique(head: &[u8]) -> Result<(), RowFault> {
    let (mut elements, mut properties) = (HashSet::new(), HashSet::new());
    for (number, line) in (1..).zip(String::from_utf8_lossy(head).lines()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let new = match words.as_slice() {
            ["element", name, ..] => {
                properties.clear();
                elements.insert((*name).to_owned())
            }
            ["property", .., name] => properties.insert((*name).to_owned()),
            _ => true,
        };
        if !new {
            let name = words.last().filter(|_| words.first() == Some(&"property")).or(words.get(1)).unwrap_or(&"");
            return Err(RowFault::line(number, "file", format!("`{}` is there twice", shortened(name))));
        }
    }
    Ok(())
}

/// The crate's error, reworded: its own text exposes parser internals.
fn misread(bytes: &[u8], error: &ParseError) -> RowFault {
    let Some(line) = error.line() else {
        return RowFault::file(match error.kind() {
            ErrorKind::InvalidData => "the header is not UTF-8 text",
            _ => "the header has no line `format` that is understood, such as `format ascii 1.0`",
        });
    };
    let text = bytes.split(|byte| *byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let text = shortened(String::from_utf8_lossy(text).trim());
    let (line, what) = match (error.kind(), line as u64) {
        // The line that is missing is the one behind the last.
        (ErrorKind::UnexpectedEof, line) => {
            (line.saturating_sub(1), "the file is cut off: its header has no line `end_header`".to_owned())
        }
        (_, 1) => (1, format!("`ply` should be here, but this is `{text}`")),
        (_, line) => (line, format!("`{text}` is not a line of a PLY header, or is misplaced")),
    };
    RowFault::line(line, "file", what)
}
