//! The elements of a binary PLY file, by ply-rs-bw.

use std::io::{Cursor, ErrorKind};

use ply_rs_bw::parser::{ParseError, Parser};
use ply_rs_bw::ply::{ElementDef, Encoding, Header, Property, PropertyAccess, PropertyAccessResult};

use super::faces;
use super::ply_file::{PlyFile, names_corners, points};
use crate::error::{Place, RowFault};

/// A vertex: its scalar properties in the order of the header.
struct Vertex(Vec<f64>);

/// A face: the points that it names.
struct Face(Vec<i64>);

/// An element that is not used.
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
        if !names_corners(name) {
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

/// Reads all elements; `first` is the number of the first byte of the data.
///
/// # Errors
/// What is wrong, and at which byte; also if bytes are left.
pub fn elements(header: &Header, data: &[u8], first: u64) -> Result<PlyFile, RowFault> {
    let mut bytes = Cursor::new(data);
    let mut file = PlyFile::default();
    let points = points(header);
    // An element without properties has no bytes.
    for (name, element) in header.elements.iter().filter(|(_, element)| !element.properties.is_empty()) {
        match name.as_str() {
            "vertex" => each(&mut bytes, element, header, first, |vertex: Vertex| {
                file.values.extend(vertex.0);
                Ok(())
            })?,
            "face" => each(&mut bytes, element, header, first, |face: Face| {
                faces::push(&face.0, points, &mut file.faces)
                    .map_err(|what| RowFault { column: "faces".to_owned(), ..RowFault::file(what) })
            })?,
            _ => each(&mut bytes, element, header, first, |_: Other| Ok(()))?,
        }
    }
    let end = bytes.position();
    let rest = data.get(end as usize..).unwrap_or_default();
    if rest.iter().all(u8::is_ascii_whitespace) {
        return Ok(file);
    }
    let what = format!(
        "{} bytes follow the elements that the header names; are the counts and types there right?",
        rest.len()
    );
    Err(RowFault { place: Place::Byte(first + end), column: "file".to_owned(), what })
}

/// Gives every element to `take`, one at a time: all together would take up to twenty times the bytes of the file.
fn each<E: PropertyAccess>(
    bytes: &mut Cursor<&[u8]>,
    element: &ElementDef,
    header: &Header,
    first: u64,
    mut take: impl FnMut(E) -> Result<(), RowFault>,
) -> Result<(), RowFault> {
    let parser = Parser::<E>::new();
    for _ in 0..element.count {
        let read = match header.encoding {
            Encoding::BinaryBigEndian => parser.read_big_endian_element(bytes, element),
            _ => parser.read_little_endian_element(bytes, element),
        };
        take(read.map_err(|e: ParseError| {
            let (name, count) = (&element.name, element.count);
            let what = match e.kind() {
                ErrorKind::UnexpectedEof => {
                    format!("the file is cut off: the header says that there are {count} of element `{name}`")
                }
                _ => format!("an element `{name}` does not fit its description in the header"),
            };
            RowFault { place: Place::Byte(first + bytes.position()), column: name.clone(), what }
        })?)?;
    }
    Ok(())
}
