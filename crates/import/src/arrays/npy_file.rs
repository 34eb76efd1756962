//! The header of a NumPy array.

use std::io::{Cursor, Read};

use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};

use super::dtype::{Dtype, Kind};
use semola_data::guard::caught;

/// Bytes of a header at most: real ones have some hundred.
const MAX_HEADER: usize = 1 << 20;

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
    /// A sentence that says what is wrong with it.
    pub fn read(reader: &mut impl Read) -> Result<Self, String> {
        let mut bytes = Vec::new();
        let mut more = |count: usize, bytes: &mut Vec<u8>| {
            let read = reader.by_ref().take(count as u64).read_to_end(bytes).map_err(|e| e.to_string())?;
            if read == count { Ok(()) } else { Err("the header is cut off".to_owned()) }
        };
        more(8, &mut bytes)?;
        if !bytes.starts_with(b"\x93NUMPY") {
            return Err("this is no NumPy array: it does not begin with \\x93NUMPY".to_owned());
        }
        let wide = bytes.get(6).is_some_and(|version| *version >= 2);
        more(if wide { 4 } else { 2 }, &mut bytes)?;
        let length = bytes.iter().skip(8).rev().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
        if length > MAX_HEADER {
            return Err(format!("the header is said to have {length} bytes, which is absurd"));
        }
        more(length, &mut bytes)?;
        let parsed = caught(|| NpyHeader::from_reader(Cursor::new(&bytes)));
        let header =
            parsed.ok_or("the header contradicts itself")?.map_err(|e| format!("the header is corrupt: {e}"))?;
        let dtype = dtype(&header.dtype())?;
        let fortran = header.order() == Order::Fortran && header.shape().len() > 1;
        Ok(Self { dtype, shape: header.shape().to_vec(), fortran, length: bytes.len() as u64 })
    }

    /// Bytes of all values; `None`: too many to count.
    pub fn data_bytes(&self) -> Option<u64> {
        self.shape.iter().try_fold(self.dtype.size as u64, |all, n| all.checked_mul(*n))
    }
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
