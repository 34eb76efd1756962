//! The header of a NumPy array.

use std::io::{Cursor, Read};

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

use super::dtype::{Dtype, Kind};
use crate::error::ImportError;
use semola_data::Watch;
use semola_data::guard::{Broken, PATIENCE, nesting, within};
use semola_document::shortened;

/// Bytes of a header at most: real ones have some hundred.
const MAX_HEADER: usize = 1 << 20;

/// Levels of brackets in a header at most: plain types have two, structures with fields of arrays four. The parser's time
/// doubles with each.
const MAX_NESTING: usize = 8;

/// Why there is no header.
#[derive(Debug)]
pub enum HeaderError {
    /// What is wrong with it.
    Bad(String),
    /// The watcher asked to stop.
    Stopped,
}

impl HeaderError {
    /// The import's error, where `bad` makes one of what is wrong.
    pub fn into_error(self, bad: impl FnOnce(String) -> ImportError) -> ImportError {
        match self {
            Self::Bad(what) => bad(what),
            Self::Stopped => ImportError::Stopped,
        }
    }
}

/// What a header says.
#[derive(Debug)]
pub struct Header {
    /// The type of the values.
    pub dtype: Dtype,
    /// The shape.
    pub shape: Vec<u64>,
    /// Does the first axis run fastest?
    pub fortran: bool,
    /// Its length: where the values begin.
    pub length: u64,
}

impl Header {
    /// Reads a header; the reader is left at the first value.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it, or that the watcher asked to stop.
    pub fn read(reader: &mut impl Read, watch: &dyn Watch) -> Result<Self, HeaderError> {
        let mut bytes = Vec::new();
        let mut more = |count: usize, bytes: &mut Vec<u8>| {
            let read = reader.by_ref().take(count as u64).read_to_end(bytes).map_err(|e| e.to_string())?;
            if read == count { Ok(()) } else { Err("the header is cut off".to_owned()) }
        };
        let stated = |what: String| HeaderError::Bad(what);
        more(8, &mut bytes).map_err(stated)?;
        if !bytes.starts_with(b"\x93NUMPY") {
            return Err(stated("this is no NumPy array: it does not begin with \\x93NUMPY".to_owned()));
        }
        let wide = bytes.get(6).is_some_and(|version| *version >= 2);
        more(if wide { 4 } else { 2 }, &mut bytes).map_err(stated)?;
        let length = bytes.iter().skip(8).rev().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
        if length > MAX_HEADER {
            return Err(stated(format!("the header is said to have {length} bytes, which is absurd")));
        }
        let text = bytes.len();
        more(length, &mut bytes).map_err(stated)?;
        let length = bytes.len() as u64;
        if nesting(bytes.get(text..).unwrap_or_default()) > MAX_NESTING {
            let what = format!("its header nests more than {MAX_NESTING} brackets; save plain numbers");
            return Err(HeaderError::Bad(what));
        }
        if let Some(text) = bytes.get_mut(text..) {
            as_python_3(text);
        }
        let header = within(PATIENCE, watch, move || NpyHeader::from_reader(Cursor::new(&bytes)));
        let header = header.map_err(|broken| match broken {
            Broken::Stopped => HeaderError::Stopped,
            broken => stated(format!("the header is corrupt: {broken}")),
        })?;
        let header = header.map_err(|e| stated(format!("the header is corrupt: {}", first_line(&e.to_string()))))?;
        let dtype = dtype(&header.dtype()).map_err(stated)?;
        let fortran = header.order() == Order::Fortran && header.shape().len() > 1;
        Ok(Self { dtype, shape: header.shape().to_vec(), fortran, length })
    }

    /// Bytes of all values; `None`: too many to count.
    pub fn data_bytes(&self) -> Option<u64> {
        self.shape.iter().try_fold(self.dtype.size as u64, |all, n| all.checked_mul(*n))
    }
}

/// Python 2 wrote long integers as `2L` and some texts as `u'<f8'`: both letters become spaces, outside of quotes.
fn as_python_3(text: &mut [u8]) {
    let mut quote = None;
    for i in 0..text.len() {
        let (before, here, after) = (i.checked_sub(1).and_then(|i| text.get(i)), text.get(i), text.get(i + 1));
        let letter = match (quote, before, here, after) {
            (None, _, Some(q @ (b'\'' | b'"')), _) => {
                quote = Some(*q);
                false
            }
            (Some(q), _, Some(here), _) if *here == q => {
                quote = None;
                false
            }
            (None, Some(digit), Some(b'L' | b'l'), _) => digit.is_ascii_digit(),
            (None, _, Some(b'u' | b'U'), Some(b'\'' | b'"')) => true,
            _ => false,
        };
        if let (true, Some(byte)) = (letter, text.get_mut(i)) {
            *byte = b' ';
        }
    }
}

/// A parser's message without its drawing of the place.
fn first_line(message: &str) -> String {
    shortened(message.lines().next().unwrap_or_default())
}

fn dtype(stated: &DType) -> Result<Dtype, String> {
    let DType::Plain(kind) = stated else {
        return Err(format!("its type {} is a structure; save its fields as arrays of their own", stated.descr()));
    };
    let size = usize::try_from(kind.size_field()).unwrap_or(usize::MAX);
    let (class, size) = match kind.type_char() {
        TypeChar::Bool => (Kind::Bool, size),
        TypeChar::Int => (Kind::Int, size),
        TypeChar::Uint => (Kind::Uint, size),
        TypeChar::Float => (Kind::Float, size),
        TypeChar::ByteStr => (Kind::Bytes, size),
        TypeChar::UnicodeStr => (Kind::Unicode, size.saturating_mul(4)),
        TypeChar::Object => return Err("it holds pickled Python objects, which are not read".to_owned()),
        TypeChar::Complex => return Err("it is complex; save the real and the imaginary part".to_owned()),
        _ => return Err(format!("values of type {kind} cannot be imported")),
    };
    let big = kind.endianness() == Endianness::Big;
    Dtype::new(class, size, big).ok_or_else(|| format!("values of type {kind} cannot be imported"))
}
