//! Columns of many files as one column: types united, missing ones null.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, UInt64Type};
use polars::prelude::{
    BooleanChunked, Column, DataType as PolarsType, Float64Chunked, Float64Type as PolarsFloat, Int64Chunked,
    Int64Type as PolarsInt, IntoSeries, ListBuilderTrait, ListPrimitiveChunkedBuilder, ListStringChunkedBuilder,
    NewChunkedArray, StringChunked, UInt64Chunked,
};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    Bool,
    Int,
    Unsigned,
    Float,
    Text,
}

/// What the cells of a column are: values, or lists of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub scalar: Scalar,
    pub list: bool,
}

impl Kind {
    /// The kind of an Arrow type; `None` if every cell is null, or if it cannot be compared.
    pub fn of(kind: &DataType) -> Option<Self> {
        let scalar = |scalar| Some(Self { scalar, list: false });
        match kind {
            DataType::Boolean => scalar(Scalar::Bool),
            DataType::UInt64 => scalar(Scalar::Unsigned),
            t if t.is_integer() => scalar(Scalar::Int),
            t if t.is_floating() => scalar(Scalar::Float),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => scalar(Scalar::Text),
            DataType::Dictionary(_, value) => Self::of(value).filter(|kind| !kind.list),
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                let item = Self::of(item.data_type()).filter(|kind| !kind.list)?.scalar;
                let scalar = match item {
                    Scalar::Unsigned => Scalar::Int,
                    Scalar::Bool => Scalar::Text,
                    other => other,
                };
                Some(Self { scalar, list: true })
            }
            _ => None,
        }
    }

    /// The kind that can hold both; `None` for a list and a value.
    pub fn united(self, other: Self) -> Option<Self> {
        let number = |scalar| matches!(scalar, Scalar::Int | Scalar::Unsigned | Scalar::Float);
        let scalar = match (self.scalar, other.scalar) {
            (a, b) if a == b => a,
            (a, b) if number(a) && number(b) => Scalar::Float,
            _ => Scalar::Text,
        };
        (self.list == other.list).then_some(Self { scalar, list: self.list })
    }

    /// Its name in messages.
    pub fn name(self) -> String {
        let scalar = match self.scalar {
            Scalar::Bool => "a truth value",
            Scalar::Int | Scalar::Unsigned => "an integer",
            Scalar::Float => "a number",
            Scalar::Text => "a text",
        };
        if self.list { "a list".to_owned() } else { scalar.to_owned() }
    }

    /// The Arrow type that arrays of this kind are brought to.
    pub fn arrow(self) -> DataType {
        let scalar = match self.scalar {
            Scalar::Bool => DataType::Boolean,
            Scalar::Int => DataType::Int64,
            Scalar::Unsigned => DataType::UInt64,
            Scalar::Float => DataType::Float64,
            Scalar::Text => DataType::Utf8,
        };
        if self.list { DataType::List(Field::new("item", scalar, true).into()) } else { scalar }
    }
}

/// A segment of a column.
pub enum Stretch {
    Cells(ArrayRef),
    /// That many rows of a file that lacks the column.
    Missing(usize),
}

/// Converts an array to the column's kind; the error is in words.
pub fn brought_to(kind: Kind, array: &ArrayRef) -> Result<Stretch, String> {
    if Kind::of(array.data_type()).is_none() {
        return Ok(Stretch::Missing(array.len()));
    }
    cast(array, &kind.arrow()).map(Stretch::Cells).map_err(|error| error.to_string())
}

/// One column from its segments, all of which hold cells of this kind.
pub fn column(name: &str, kind: Kind, stretches: &[Stretch]) -> Column {
    let named = name.into();
    let series = match (kind.list, kind.scalar) {
        (false, Scalar::Bool) => {
            let cells = cells(stretches, |array| array.as_boolean().iter().collect());
            BooleanChunked::from_slice_options(named, &cells).into_series()
        }
        (false, Scalar::Int) => Int64Chunked::from_slice_options(named, &numbers::<Int64Type>(stretches)).into_series(),
        (false, Scalar::Unsigned) => {
            UInt64Chunked::from_slice_options(named, &numbers::<UInt64Type>(stretches)).into_series()
        }
        (false, Scalar::Float) => {
            Float64Chunked::from_slice_options(named, &numbers::<Float64Type>(stretches)).into_series()
        }
        (false, Scalar::Text) => {
            let text = stretches.iter().flat_map(texts);
            StringChunked::from_iter_options(named, text).into_series()
        }
        (true, Scalar::Int) => {
            let mut lists = ListPrimitiveChunkedBuilder::<PolarsInt>::new(named, 0, 0, PolarsType::Int64);
            for cell in stretches.iter().flat_map(lists_of) {
                match cell {
                    Some(cell) => {
                        lists.append_iter(cell.as_primitive::<Int64Type>().iter().collect::<Vec<_>>().into_iter())
                    }
                    None => lists.append_null(),
                }
            }
            lists.finish().into_series()
        }
        (true, Scalar::Float) => {
            let mut lists = ListPrimitiveChunkedBuilder::<PolarsFloat>::new(named, 0, 0, PolarsType::Float64);
            for cell in stretches.iter().flat_map(lists_of) {
                match cell {
                    Some(cell) => {
                        lists.append_iter(cell.as_primitive::<Float64Type>().iter().collect::<Vec<_>>().into_iter())
                    }
                    None => lists.append_null(),
                }
            }
            lists.finish().into_series()
        }
        (true, _) => {
            let mut lists = ListStringChunkedBuilder::new(named, 0, 0);
            for cell in stretches.iter().flat_map(lists_of) {
                match cell {
                    Some(cell) => {
                        lists.append_values_iter(cell.as_string::<i32>().iter().map(Option::unwrap_or_default))
                    }
                    None => lists.append_null(),
                }
            }
            lists.finish().into_series()
        }
    };
    series.into()
}

fn cells<T: Clone>(stretches: &[Stretch], cells: impl Fn(&ArrayRef) -> Vec<Option<T>>) -> Vec<Option<T>> {
    let mut all = Vec::new();
    for stretch in stretches {
        match stretch {
            Stretch::Cells(array) => all.extend(cells(array)),
            Stretch::Missing(rows) => all.extend(std::iter::repeat_n(None, *rows)),
        }
    }
    all
}

fn numbers<T: ArrowPrimitiveType>(stretches: &[Stretch]) -> Vec<Option<T::Native>> {
    cells(stretches, |array| array.as_primitive::<T>().iter().collect())
}

fn texts(stretch: &Stretch) -> Box<dyn Iterator<Item = Option<&str>> + '_> {
    match stretch {
        Stretch::Cells(array) => Box::new(array.as_string::<i32>().iter()),
        Stretch::Missing(rows) => Box::new(std::iter::repeat_n(None, *rows)),
    }
}

fn lists_of(stretch: &Stretch) -> Box<dyn Iterator<Item = Option<ArrayRef>> + '_> {
    match stretch {
        Stretch::Cells(array) => Box::new(array.as_list::<i32>().iter()),
        Stretch::Missing(rows) => Box::new(std::iter::repeat_n(None, *rows)),
    }
}
