//! One PLY file: its header, by ply-rs-bw, and what follows, in text or binary.

use std::io::{Cursor, ErrorKind};

use ply_rs_bw::parser::{ParseError, Parser, Reader};
use ply_rs_bw::ply::{DefaultElement, Encoding, Header};
use semola_document::shortened;

use super::{ply_binary, ply_text};
use crate::error::RowFault;
use semola_data::guard::caught;

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
    let parsed = caught(|| {
        let mut reader = Reader::new(Cursor::new(bytes));
        let header = Parser::<DefaultElement>::new().read_header(&mut reader)?;
        Ok(Opened { header, byte: reader.get_ref().position() as usize, line: reader.line() as u64 })
    });
    let parsed = parsed.ok_or_else(|| RowFault::file("the header contradicts itself"))?;
    parsed.map_err(|e: ParseError| misread(bytes, &e))
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
