//! The elements of a PLY file in text: one per line, the values of its properties in the order of the header.
//!
//! Read here and not by ply-rs-bw, which knows neither NaN nor values too many, and says what is wrong in terms of its
//! grammar.

use std::str::SplitAsciiWhitespace;

use ply_rs_bw::ply::{ElementDef, Header, PropertyType, ScalarType};
use semola_document::shortened;

use super::faces;
use super::ply_file::{PlyFile, names_corners, points};
use crate::error::RowFault;
use crate::number::finite;
use crate::records::not_text;

/// Reads all elements; `first` is the number of the first line of the data.
///
/// # Errors
/// What is wrong with a line, or that there are too few or too many.
pub fn elements(header: &Header, data: &[u8], first: u64) -> Result<PlyFile, RowFault> {
    let text = std::str::from_utf8(data).map_err(|e| not_text(first, data, e.valid_up_to()))?;
    let mut lines = (first..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let mut last = first.saturating_sub(1);
    let mut file = PlyFile::default();
    let points = points(header);
    // An element without properties has no values, hence no line.
    for (name, element) in header.elements.iter().filter(|(_, element)| !element.properties.is_empty()) {
        for found in 0..element.count {
            let (line, text) = lines.next().ok_or_else(|| {
                let what = format!(
                    "the file is cut off: the header says that there are {} of element `{name}`, but {found} are there",
                    element.count
                );
                RowFault::line(last, name, what)
            })?;
            last = line;
            let mut words = text.split_ascii_whitespace();
            let read = match name.as_str() {
                "vertex" => vertex(&mut words, element, &mut file.values),
                "face" => face(&mut words, element, points, &mut file.faces),
                _ => element.properties.iter().try_for_each(|(name, p)| skip(&mut words, name, &p.data_type)),
            };
            let whole = read.and_then(|()| match words.next() {
                None => Ok(()),
                Some(_) => Err("there are more values than the header says".to_owned()),
            });
            whole.map_err(|what| RowFault::line(line, name, what))?;
        }
    }
    match lines.next() {
        None => Ok(file),
        Some((line, _)) => {
            let what = "the file goes on after all elements that its header names; are the counts there right?";
            Err(RowFault::line(line, "file", what))
        }
    }
}

fn vertex(words: &mut SplitAsciiWhitespace, element: &ElementDef, values: &mut Vec<f64>) -> Result<(), String> {
    element.properties.iter().try_for_each(|(name, property)| match &property.data_type {
        PropertyType::Scalar(kind) => {
            values.push(scalar(next(words, name)?, kind).map_err(|what| format!("`{name}`: {what}"))?);
            Ok(())
        }
        list => skip(words, name, list),
    })
}

fn face(
    words: &mut SplitAsciiWhitespace,
    element: &ElementDef,
    points: usize,
    triangles: &mut Vec<i64>,
) -> Result<(), String> {
    element.properties.iter().try_for_each(|(name, property)| {
        if !names_corners(name) {
            return skip(words, name, &property.data_type);
        }
        let count = count(words, name)?;
        let mut polygon = Vec::new();
        for _ in 0..count {
            let word = next(words, name)?;
            let wrong = |_| format!("`{name}`: `{}` is not the number of a point", shortened(word));
            polygon.push(word.parse().map_err(wrong)?);
        }
        faces::push(&polygon, points, triangles)
    })
}

/// Skips an unused property.
fn skip(words: &mut SplitAsciiWhitespace, name: &str, kind: &PropertyType) -> Result<(), String> {
    let count = match kind {
        PropertyType::Scalar(_) => 1,
        PropertyType::List(..) => count(words, name)?,
    };
    (0..count).try_for_each(|_| next(words, name).map(drop))
}

fn next<'a>(words: &mut SplitAsciiWhitespace<'a>, name: &str) -> Result<&'a str, String> {
    words.next().ok_or_else(|| format!("the line ends before the value of `{name}`"))
}

/// The number of values of a list.
fn count(words: &mut SplitAsciiWhitespace, name: &str) -> Result<usize, String> {
    let word = next(words, name)?;
    word.parse().map_err(|_| format!("`{name}`: `{}` is not the number of values of a list", shortened(word)))
}

/// A finite number of this type.
fn scalar(word: &str, kind: &ScalarType) -> Result<f64, String> {
    let value = match kind {
        ScalarType::Char => word.parse().map(|x: i8| x.into()).ok(),
        ScalarType::UChar => word.parse().map(|x: u8| x.into()).ok(),
        ScalarType::Short => word.parse().map(|x: i16| x.into()).ok(),
        ScalarType::UShort => word.parse().map(|x: u16| x.into()).ok(),
        ScalarType::Int => word.parse().map(|x: i32| x.into()).ok(),
        ScalarType::UInt => word.parse().map(|x: u32| x.into()).ok(),
        ScalarType::Float => word.parse().map(|x: f32| x.into()).ok(),
        ScalarType::Double => word.parse().ok(),
    };
    value.filter(|x: &f64| x.is_finite()).ok_or_else(|| match finite(word) {
        Err(what) => what,
        Ok(_) => {
            let kind = format!("{kind:?}").to_lowercase();
            format!("`{}` is not of the type that the header says, {kind}", shortened(word))
        }
    })
}
