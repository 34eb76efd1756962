//! A look at the footer of a Parquet file before the library parses it: the library trusts the numbers of children and
//! elements that a footer claims, and follows a schema as deep as it goes.
//!
//! Only the structure of Thrift's compact protocol is read here, and of the schema only who has how many children.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Deeper schemas are refused. The library recurses once or twice a level.
const DEEPEST: usize = 64;

/// Levels of structures and lists in the footer itself; the format has about ten.
const LEVELS: usize = 32;

/// The length of the footer and the last four letters.
const TAIL: u64 = 8;

/// The field of the file's metadata that is the schema, and the one of a schema element that counts its children.
const SCHEMA: i64 = 2;
const CHILDREN: i64 = 5;

/// Checks that a footer holds what it claims and that its schema is not too deep. What is no Parquet file at all is left
/// to the library.
///
/// # Errors
/// A phrase that says what is wrong.
pub fn check(file: &File) -> Result<(), String> {
    let unreadable = |e: std::io::Error| e.to_string();
    let mut file = file;
    let length = file.metadata().map_err(unreadable)?.len();
    let mut tail = [0; TAIL as usize];
    let Some(at) = length.checked_sub(TAIL) else { return Ok(()) };
    file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
    file.read_exact(&mut tail).map_err(unreadable)?;
    let [a, b, c, d, magic @ ..] = tail;
    let size = u64::from(u32::from_le_bytes([a, b, c, d]));
    let Some(start) = at.checked_sub(size).filter(|_| magic == *b"PAR1") else { return Ok(()) };
    file.seek(SeekFrom::Start(start)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes).map_err(unreadable)?;
    file_metadata(&mut Bytes(&bytes)).ok_or("its footer claims more than it holds")?
}

/// What is left of the footer.
struct Bytes<'a>(&'a [u8]);

/// The kinds of values, by their numbers in the protocol.
mod kind {
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const BYTE: u8 = 3;
    pub const INTEGERS: std::ops::RangeInclusive<u8> = 4..=6;
    pub const I32: u8 = 5;
    pub const DOUBLE: u8 = 7;
    pub const BINARY: u8 = 8;
    pub const LIST: u8 = 9;
    pub const SET: u8 = 10;
    pub const MAP: u8 = 11;
    pub const STRUCT: u8 = 12;
}

/// `None`: the bytes end too early, or are not of the protocol.
type Checked<T> = Option<T>;

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Checked<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn skip(&mut self, count: usize) -> Checked<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn unsigned(&mut self) -> Checked<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Checked<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The number and kind of the next field of a structure; `Some(None)` at its end.
    fn field(&mut self, last: i64) -> Checked<Option<(i64, u8)>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let number = match head >> 4 {
            0 => self.signed()?,
            step => last.checked_add(i64::from(step))?,
        };
        Some(Some((number, head & 0x0f)))
    }

    /// The length and kind of a list, whose elements take a byte or more each.
    fn list(&mut self) -> Checked<(usize, u8)> {
        let head = self.byte()?;
        let length = match head >> 4 {
            15 => usize::try_from(self.unsigned()?).ok()?,
            few => usize::from(few),
        };
        (length <= self.0.len()).then_some((length, head & 0x0f))
    }

    fn skip_value(&mut self, of: u8, levels: usize) -> Checked<()> {
        let inside = levels.checked_sub(1)?;
        match of {
            kind::TRUE | kind::FALSE => Some(()),
            kind::BYTE => self.skip(1),
            k if kind::INTEGERS.contains(&k) => self.unsigned().map(drop),
            kind::DOUBLE => self.skip(8),
            kind::BINARY => {
                let length = usize::try_from(self.unsigned()?).ok()?;
                self.skip(length)
            }
            kind::LIST | kind::SET => {
                let (length, of) = self.list()?;
                (0..length).try_for_each(|_| self.skip_element(of, inside))
            }
            kind::MAP => {
                let length = self.unsigned()?;
                let of = if length > 0 { self.byte()? } else { 0 };
                (0..length).try_for_each(|_| {
                    self.skip_element(of >> 4, inside)?;
                    self.skip_element(of & 0x0f, inside)
                })
            }
            kind::STRUCT => {
                let mut last = 0;
                while let Some((number, of)) = self.field(last)? {
                    self.skip_value(of, inside)?;
                    last = number;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Truth values have a byte where they are elements.
    fn skip_element(&mut self, of: u8, levels: usize) -> Checked<()> {
        if matches!(of, kind::TRUE | kind::FALSE) { self.skip(1) } else { self.skip_value(of, levels) }
    }
}

fn file_metadata(bytes: &mut Bytes) -> Checked<Result<(), String>> {
    let mut last = 0;
    while let Some((number, of)) = bytes.field(last)? {
        match (number, of) {
            (SCHEMA, kind::LIST) => {
                if let Err(reason) = schema(bytes)? {
                    return Some(Err(reason));
                }
            }
            _ => bytes.skip_value(of, LEVELS)?,
        }
        last = number;
    }
    Some(Ok(()))
}

/// The elements of the schema, parents before their children.
fn schema(bytes: &mut Bytes) -> Checked<Result<(), String>> {
    let (length, of) = bytes.list()?;
    if of != kind::STRUCT {
        return None;
    }
    // Children that are still to come, level by level.
    let mut open: Vec<usize> = Vec::new();
    for element in 0..length {
        let children = children(bytes)?;
        if usize::try_from(children).ok().is_none_or(|n| n > length - element - 1) {
            return Some(Err(format!("its schema claims an element with {children} parts and has not that many")));
        }
        if let Some(left) = open.last_mut() {
            *left = left.saturating_sub(1);
        }
        open.push(children as usize);
        while open.last() == Some(&0) {
            open.pop();
        }
        if open.len() > DEEPEST {
            return Some(Err(format!("its schema is nested more than {DEEPEST} levels deep")));
        }
    }
    Some(Ok(()))
}

fn children(bytes: &mut Bytes) -> Checked<i64> {
    let (mut last, mut children) = (0, 0);
    while let Some((number, of)) = bytes.field(last)? {
        match (number, of) {
            (CHILDREN, kind::I32) => children = bytes.signed()?,
            _ => bytes.skip_value(of, LEVELS)?,
        }
        last = number;
    }
    Some(children)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{f64s, fixed, lists, texts, write};
    use super::*;
    use std::io::Write;

    /// A file that is nothing but a footer.
    fn checked(footer: &[u8]) -> Result<(), String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"PAR1").unwrap();
        file.write_all(footer).unwrap();
        file.write_all(&u32::try_from(footer.len()).unwrap().to_le_bytes()).unwrap();
        file.write_all(b"PAR1").unwrap();
        check(&file)
    }

    /// The start of a footer with that many schema elements.
    fn head(elements: u8) -> Vec<u8> {
        vec![0x15, 2, 0x19, 0xfc, elements]
    }

    /// A schema element with this number of children, as the protocol writes it.
    fn element(children: &[u8]) -> Vec<u8> {
        [&[0x55][..], children, &[0]].concat()
    }

    #[test]
    fn real_files_pass() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        let deep = lists(lists(fixed(f64s(&[1.0; 12]), 3), &[Some(2); 2]), &[Some(1), Some(1)]);
        write(&path, &[("x", deep, &[("unit", "m")]), ("t", texts(&["a", "b"]), &[])]);
        assert_eq!(check(&File::open(&path).unwrap()), Ok(()));
        let bytes = std::fs::read(&path).unwrap();
        let length = u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().unwrap()) as usize;
        let footer = &bytes[bytes.len() - 8 - length..bytes.len() - 8];
        for cut in 0..footer.len() {
            assert_eq!(checked(&footer[..cut]), Err("its footer claims more than it holds".to_owned()), "{cut}");
        }
    }

    #[test]
    fn deep_schemas_and_more_children_than_elements_are_refused() {
        let chain = |n: u8| [head(n), element(&[2]).repeat(usize::from(n) - 1), element(&[0]), vec![0]].concat();
        assert_eq!(checked(&chain(60)), Ok(()));
        assert!(checked(&chain(100)).unwrap_err().contains("nested more than 64 levels"));
        // Wide is not deep.
        let wide = [head(100), element(&[0xc6, 0x01]), element(&[0]).repeat(99), vec![0]].concat();
        assert_eq!(checked(&wide), Ok(()));
        let many = [head(1), element(&[0xfe, 0xff, 0xff, 0xff, 0x0f]), vec![0]].concat();
        assert!(checked(&many).unwrap_err().contains("2147483647 parts"));
        let negative = [head(1), element(&[1]), vec![0]].concat();
        assert!(checked(&negative).unwrap_err().contains("-1 parts"));
        let long_list = [head(0), vec![0x29, 0xfc, 0xff, 0xff, 0xff, 0x7f, 0]].concat();
        assert!(checked(&long_list).unwrap_err().contains("claims more"));
        let nested = [vec![0x3c; 50], vec![0; 60]].concat();
        assert!(checked(&nested).is_err());
    }
}
