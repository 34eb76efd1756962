//! The lines of one OFF file.

use std::borrow::Cow;
use std::fmt;

use semola_document::shortened;

use super::faces;
use crate::error::RowFault;
use crate::number::finite;
use crate::records::Record;

/// The word `BINARY` stands within so many bytes.
const BINARY_WITHIN: usize = 1 << 10;

/// What a file's points have besides three coordinates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heading {
    /// A normal.
    pub normals: bool,
    /// Numbers of a colour: 0, 3 or 4.
    pub colors: usize,
    /// Are there faces?
    pub faces: bool,
}

/// A file: its lines without comments, with their numbers.
pub struct OffFile<'a> {
    /// What its points have.
    pub heading: Heading,
    lines: Box<dyn Iterator<Item = (u64, &'a str)> + 'a>,
    points: usize,
    faces: usize,
    last: u64,
}

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let normals = if self.normals { "a normal" } else { "no normal" };
        write!(f, "{normals} and {} numbers of a colour", self.colors)
    }
}

/// The file as text; its comments may be in any encoding.
///
/// # Errors
/// If it is binary, or a line is not text.
pub fn text(record: &Record) -> Result<Cow<'_, str>, RowFault> {
    let bytes = record.content.as_ref().map_err(Clone::clone)?;
    let head = String::from_utf8_lossy(bytes.get(..BINARY_WITHIN.min(bytes.len())).unwrap_or_default());
    let heading = head.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("");
    if heading.contains("OFF") && heading.split_whitespace().nth(1) == Some("BINARY") {
        let what = "binary OFF is not supported; write it as text, or as PLY";
        return Err(RowFault::line(1, "file", what));
    }
    record.text_but(|_, line| line.iter().position(|byte| *byte == b'#'))
}

impl<'a> OffFile<'a> {
    /// Reads the heading and the first point.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn open(text: &'a str) -> Result<Self, RowFault> {
        let without = |line: &'a str| line.split_once('#').map_or(line, |(before, _)| before).trim();
        let mut lines = (1_u64..).zip(text.lines().map(without)).filter(|(_, line)| !line.is_empty()).peekable();
        let (line, first) = lines.next().ok_or_else(|| RowFault::file("there is nothing in the file"))?;
        let (flags, rest) = keyword(line, first)?;
        // ModelNet has files whose counts are glued to the keyword.
        let (line, counts) = match rest.trim() {
            "" => lines.next().ok_or_else(|| cut(line, "the numbers of points and faces"))?,
            glued => (line, glued),
        };
        let numbers: Option<Vec<usize>> = counts.split_whitespace().map(|word| word.parse().ok()).collect();
        let numbers = numbers.filter(|n| (2..=3).contains(&n.len()));
        let Some([points, faces]) = numbers.as_deref().and_then(|n| n.first_chunk::<2>()).copied() else {
            let what =
                format!("the numbers of points, faces and edges should be here, but this is `{}`", shortened(counts));
            return Err(RowFault::line(line, "file", what));
        };
        if points == 0 {
            return Err(RowFault::line(line, "points", "the file has no points"));
        }
        let (line, point) = *lines.peek().ok_or_else(|| cut(line, "the points"))?;
        let extra = point.split_whitespace().count().saturating_sub(3);
        let heading = heading(flags, extra, faces > 0).ok_or_else(|| {
            RowFault::line(line, "points", format!("a point of {} numbers is not understood", extra + 3))
        })?;
        Ok(Self { heading, lines: Box::new(lines), points, faces, last: line })
    }

    fn line(&mut self, what: &str) -> Result<(u64, &'a str), RowFault> {
        let (line, text) = self.lines.next().ok_or_else(|| cut(self.last, what))?;
        self.last = line;
        Ok((line, text))
    }

    /// Positions, normals and colours of all points.
    ///
    /// # Errors
    /// What is wrong with a line.
    pub fn points(&mut self) -> Result<[Vec<f64>; 3], RowFault> {
        let [mut points, mut normals, mut colors] = [Vec::new(), Vec::new(), Vec::new()];
        let width = 3 + 3 * usize::from(self.heading.normals) + self.heading.colors;
        for found in 0..self.points {
            let (line, text) = self.line(&format!("{} points, {found} of which are there", self.points))?;
            let mut count = 0;
            for word in text.split_ascii_whitespace() {
                let number = finite(word).map_err(|what| RowFault::line(line, "points", what))?;
                let to = match count {
                    0..3 => &mut points,
                    3..6 if self.heading.normals => &mut normals,
                    _ => &mut colors,
                };
                to.push(number);
                count += 1;
            }
            if count != width {
                return Err(RowFault::line(line, "points", format!("{count} numbers where {width} are needed")));
            }
        }
        Ok([points, normals, colors])
    }

    /// The triangles of all faces, after the points. Colours of faces are left out.
    ///
    /// # Errors
    /// What is wrong with a line.
    pub fn faces(&mut self) -> Result<Vec<i64>, RowFault> {
        let mut triangles = Vec::new();
        for found in 0..self.faces {
            let (line, text) = self.line(&format!("{} faces, {found} of which are there", self.faces))?;
            let fault = |what: String| RowFault::line(line, "faces", what);
            let mut words = text.split_ascii_whitespace();
            let count: usize = words.next().and_then(|word| word.parse().ok()).ok_or_else(|| {
                fault(format!("the number of a face's points should be here, but this is `{}`", shortened(text)))
            })?;
            let polygon: Option<Vec<i64>> = words.by_ref().take(count).map(|word| word.parse().ok()).collect();
            let polygon = polygon.filter(|p| p.len() == count);
            let polygon = polygon.ok_or_else(|| fault(format!("the face should name {count} points")))?;
            faces::push(&polygon, self.points, &mut triangles).map_err(fault)?;
        }
        Ok(triangles)
    }

    /// After the faces nothing follows.
    ///
    /// # Errors
    /// The line that does.
    pub fn end(&mut self) -> Result<(), RowFault> {
        let Some((line, _)) = self.lines.next() else { return Ok(()) };
        let (points, faces) = (self.points, self.faces);
        let what = format!("the file goes on after its {points} points and {faces} faces; are these numbers right?");
        Err(RowFault::line(line, "file", what))
    }
}

fn cut(line: u64, what: &str) -> RowFault {
    RowFault::line(line, "file", format!("the file is cut off: here should follow {what}"))
}

/// Flags of colours and normals, and what follows the keyword. It may be missing altogether.
fn keyword(line: u64, first: &str) -> Result<((bool, bool), &str), RowFault> {
    let Some(at) = first.find("OFF") else {
        if first.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(((false, false), first));
        }
        return Err(RowFault::line(line, "file", format!("`OFF` should be here, but this is `{}`", shortened(first))));
    };
    let (flags, rest) = first.split_at_checked(at).unwrap_or(("", first));
    let rest = rest.get(3..).unwrap_or("");
    if !["", "C", "N", "CN"].contains(&flags) || rest.contains("BINARY") {
        let what = format!("`{}` is not supported; there are OFF, COFF, NOFF and CNOFF in text", shortened(first));
        return Err(RowFault::line(line, "file", what));
    }
    Ok(((flags.contains('C'), flags.contains('N')), rest))
}

/// What `extra` numbers a point are. Many programs write colours behind a plain `OFF`.
fn heading((colors, normals): (bool, bool), extra: usize, faces: bool) -> Option<Heading> {
    let after = extra.checked_sub(3 * usize::from(normals))?;
    let (normals, colors) = match (after, colors, normals) {
        (0, false, _) | (3 | 4, true, _) => (normals, after),
        (3 | 4, false, false) => (false, after),
        (6 | 7, false, false) => (true, after - 3),
        _ => return None,
    };
    Some(Heading { normals, colors, faces })
}
