//! Types of stored numbers, and their bytes as Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, StringArray, UInt8Array,
};
use arrow::datatypes::{
    DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt16Type, UInt32Type,
    UInt64Type,
};

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Uint,
    Float,
    /// Bytes of text, filled up with zeros.
    Bytes,
    /// UCS-4, filled up with zeros.
    Unicode,
}

/// A stored type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dtype {
    /// What the bytes are.
    pub kind: Kind,
    /// Bytes of one value.
    pub size: usize,
    /// Is the most significant byte first?
    pub big: bool,
}

impl Dtype {
    /// A type that can be imported; `None`: there is no Arrow type for it.
    pub fn new(kind: Kind, size: usize, big: bool) -> Option<Self> {
        let known = match kind {
            Kind::Bool => size == 1,
            Kind::Int | Kind::Uint => matches!(size, 1 | 2 | 4 | 8),
            Kind::Float => matches!(size, 2 | 4 | 8),
            Kind::Bytes => (1..=1 << 20).contains(&size),
            Kind::Unicode => (4..=1 << 22).contains(&size) && size.is_multiple_of(4),
        };
        known.then_some(Self { kind, size, big })
    }

    /// The Arrow type. Half floats become 32 bits wide, which every reader knows.
    pub fn data_type(self) -> DataType {
        match (self.kind, self.size) {
            (Kind::Bool, _) => DataType::Boolean,
            (Kind::Int, 1) => DataType::Int8,
            (Kind::Int, 2) => DataType::Int16,
            (Kind::Int, 4) => DataType::Int32,
            (Kind::Int, _) => DataType::Int64,
            (Kind::Uint, 1) => DataType::UInt8,
            (Kind::Uint, 2) => DataType::UInt16,
            (Kind::Uint, 4) => DataType::UInt32,
            (Kind::Uint, _) => DataType::UInt64,
            (Kind::Float, 8) => DataType::Float64,
            (Kind::Float, _) => DataType::Float32,
            (Kind::Bytes | Kind::Unicode, _) => DataType::Utf8,
        }
    }

    /// The values of these bytes.
    ///
    /// # Errors
    /// The position of a value that is not valid text.
    pub fn array(self, bytes: Vec<u8>) -> Result<ArrayRef, usize> {
        Ok(match (self.kind, self.size) {
            (Kind::Bool, _) => Arc::new(bytes.iter().map(|b| Some(*b != 0)).collect::<BooleanArray>()),
            (Kind::Uint, 1) => Arc::new(UInt8Array::from(bytes)),
            (Kind::Int, 1) => self.numbers::<Int8Type, 1>(&bytes, i8::from_le_bytes, i8::from_be_bytes),
            (Kind::Int, 2) => self.numbers::<Int16Type, 2>(&bytes, i16::from_le_bytes, i16::from_be_bytes),
            (Kind::Int, 4) => self.numbers::<Int32Type, 4>(&bytes, i32::from_le_bytes, i32::from_be_bytes),
            (Kind::Int, _) => self.numbers::<Int64Type, 8>(&bytes, i64::from_le_bytes, i64::from_be_bytes),
            (Kind::Uint, 2) => self.numbers::<UInt16Type, 2>(&bytes, u16::from_le_bytes, u16::from_be_bytes),
            (Kind::Uint, 4) => self.numbers::<UInt32Type, 4>(&bytes, u32::from_le_bytes, u32::from_be_bytes),
            (Kind::Uint, _) => self.numbers::<UInt64Type, 8>(&bytes, u64::from_le_bytes, u64::from_be_bytes),
            (Kind::Float, 2) => {
                let half = |b| <Float16Type as ArrowPrimitiveType>::Native::from_le_bytes(b).to_f32();
                let half_big = |b| <Float16Type as ArrowPrimitiveType>::Native::from_be_bytes(b).to_f32();
                self.numbers::<Float32Type, 2>(&bytes, half, half_big)
            }
            (Kind::Float, 4) => self.numbers::<Float32Type, 4>(&bytes, f32::from_le_bytes, f32::from_be_bytes),
            (Kind::Float, _) => self.numbers::<Float64Type, 8>(&bytes, f64::from_le_bytes, f64::from_be_bytes),
            (Kind::Bytes, size) => texts(&bytes, size, |b| std::str::from_utf8(b).ok().map(str::to_owned))?,
            (Kind::Unicode, size) => texts(&bytes, size, |b| self.unicode(b))?,
        })
    }

    fn numbers<T: ArrowPrimitiveType, const N: usize>(
        self,
        bytes: &[u8],
        little: impl Fn([u8; N]) -> T::Native,
        big: impl Fn([u8; N]) -> T::Native,
    ) -> ArrayRef {
        let values = bytes.as_chunks::<N>().0.iter().copied();
        if self.big {
            Arc::new(PrimitiveArray::<T>::from_iter_values(values.map(big)))
        } else {
            Arc::new(PrimitiveArray::<T>::from_iter_values(values.map(little)))
        }
    }

    fn unicode(self, bytes: &[u8]) -> Option<String> {
        let code = |b: &[u8; 4]| if self.big { u32::from_be_bytes(*b) } else { u32::from_le_bytes(*b) };
        let codes: Vec<u32> = bytes.as_chunks::<4>().0.iter().map(code).collect();
        let end = codes.iter().rposition(|c| *c != 0).map_or(0, |i| i + 1);
        codes.iter().take(end).map(|c| char::from_u32(*c)).collect()
    }
}

fn texts(bytes: &[u8], size: usize, text: impl Fn(&[u8]) -> Option<String>) -> Result<ArrayRef, usize> {
    let read = |(i, value): (usize, &[u8])| text(value).map(|t| t.trim_end_matches('\0').to_owned()).ok_or(i);
    let texts: Vec<String> = bytes.chunks_exact(size.max(1)).enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(Arc::new(StringArray::from_iter_values(texts)))
}

/// The places of values that are NaN or infinite, with the values.
pub fn not_finite(array: &ArrayRef) -> Vec<(usize, f64)> {
    fn find<T: ArrowPrimitiveType>(array: &ArrayRef) -> Vec<(usize, f64)>
    where
        T::Native: Into<f64>,
    {
        let values = array.as_primitive::<T>().values().iter().map(|x| (*x).into());
        values.enumerate().filter(|(_, x): &(usize, f64)| !x.is_finite()).collect()
    }
    match array.data_type() {
        DataType::Float32 => find::<Float32Type>(array),
        DataType::Float64 => find::<Float64Type>(array),
        _ => Vec::new(),
    }
}
