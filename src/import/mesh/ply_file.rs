//! One PLY file, by ply-rs-bw.

use std::io::Cursor;

use ply_rs_bw::parser::{ParseError, Parser, Reader};
use ply_rs_bw::ply::{Encoding, Header, Property, PropertyAccess, PropertyAccessResult};

use super::faces;
use crate::data::guard::caught;
use crate::import::error::{Fault, Place};

/// A vertex: its scalar properties in the order of the header.
struct Vertex(Vec<f64>);

/// A face: the points that it names.
struct Face(Vec<i64>);

/// An element that nobody asks for.
struct Other;

impl PropertyAccess for Vertex {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn set_property(&mut self, _: &str, property: Property) -> PropertyAccessResult {
        self.0.push(match property {
            Property::Char(x) => x.into(),
            Property::UChar(x) => x.into(),
            Property::Short(x) => x.into(),
            Property::UShort(x) => x.into(),
            Property::Int(x) => x.into(),
            Property::UInt(x) => x.into(),
            Property::Float(x) => x.into(),
            Property::Double(x) => x,
            _ => return PropertyAccessResult::UnsupportedType,
        });
        PropertyAccessResult::Set
    }
}

impl PropertyAccess for Face {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn set_property(&mut self, name: &str, property: Property) -> PropertyAccessResult {
        if !["vertex_indices", "vertex_index"].contains(&name) {
            return PropertyAccessResult::Ignored;
        }
        self.0 = match property {
            Property::ListChar(v) => v.into_iter().map(Into::into).collect(),
            Property::ListUChar(v) => v.into_iter().map(Into::into).collect(),
            Property::ListShort(v) => v.into_iter().map(Into::into).collect(),
            Property::ListUShort(v) => v.into_iter().map(Into::into).collect(),
            Property::ListInt(v) => v.into_iter().map(Into::into).collect(),
            Property::ListUInt(v) => v.into_iter().map(Into::into).collect(),
            _ => return PropertyAccessResult::UnsupportedType,
        };
        PropertyAccessResult::Set
    }
}

impl PropertyAccess for Other {
    fn new() -> Self {
        Self
    }
}

/// What a file holds.
pub struct PlyFile {
    /// Values of the vertices' properties, vertex by vertex.
    pub values: Vec<f64>,
    /// The triangles of the faces.
    pub faces: Vec<i64>,
}

/// The header of a file.
///
/// # Errors
/// What is wrong with it, and in which line.
pub fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let mut reader = Reader::new(Cursor::new(bytes));
    let parsed = caught(|| Parser::<Other>::new().read_header(&mut reader));
    let header = parsed.ok_or_else(|| Fault::file("the header contradicts itself"))?;
    header.map_err(|e| Fault { place: line(&e), column: "file".to_owned(), what: words(&e) })
}

/// The whole file.
///
/// # Errors
/// What is wrong with it, and in which line or at which byte.
pub fn read(bytes: &[u8]) -> Result<PlyFile, Fault> {
    let crashed = || Fault::file("the contents contradict the header");
    caught(|| elements(bytes)).ok_or_else(crashed)?
}

fn elements(bytes: &[u8]) -> Result<PlyFile, Fault> {
    let header = header(bytes)?;
    let mut reader = Reader::new(Cursor::new(bytes));
    let skipped = Parser::<Other>::new().read_header(&mut reader);
    skipped.map_err(|e| Fault { place: line(&e), column: "file".to_owned(), what: words(&e) })?;
    let mut file = PlyFile { values: Vec::new(), faces: Vec::new() };
    let mut points = 0;
    for (name, element) in &header.elements {
        let fault = |e: ParseError, byte: u64| {
            let place = if header.encoding == Encoding::Ascii { line(&e) } else { Place::Byte(byte) };
            Fault { place, column: name.clone(), what: words(&e) }
        };
        match name.as_str() {
            "vertex" => {
                let vertices = Parser::<Vertex>::new().read_payload_for_element(&mut reader, element, &header);
                let vertices = vertices.map_err(|e| fault(e, reader.get_ref().position()))?;
                points = vertices.len();
                file.values = vertices.into_iter().flat_map(|v| v.0).collect();
            }
            "face" => {
                let found = Parser::<Face>::new().read_payload_for_element(&mut reader, element, &header);
                for face in found.map_err(|e| fault(e, reader.get_ref().position()))? {
                    faces::push(&face.0, points, &mut file.faces)
                        .map_err(|what| Fault { column: "faces".to_owned(), ..Fault::file(what) })?;
                }
            }
            _ => {
                let skipped = Parser::<Other>::new().read_payload_for_element(&mut reader, element, &header);
                skipped.map_err(|e| fault(e, reader.get_ref().position()))?;
            }
        }
    }
    Ok(file)
}

fn line(error: &ParseError) -> Place {
    error.line().map_or(Place::File, |line| Place::Line(line as u64))
}

/// The crate's message in one line.
fn words(error: &ParseError) -> String {
    let text = error.to_string();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::import::number::shortened_to(&text, 160)
}
