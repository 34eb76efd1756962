//! Values of rows on their way from a parser to Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanArray, FixedSizeListArray, Float64Array, Int64Array, ListArray, StringArray,
    StringBuilder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::column::{Column, Layout, element, size};

/// The value of one column in one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// Truth values: one, or those of a list.
    Bools(Vec<bool>),
    /// One integer.
    Int(i64),
    /// One float.
    Float(f64),
    /// One text.
    Text(String),
    /// Integers of a list.
    Ints(Vec<i64>),
    /// Floats of a list.
    Floats(Vec<f64>),
    /// Texts of a list.
    Texts(Vec<String>),
}

/// Values end to end.
enum Leaf {
    Bools(Vec<bool>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Texts(StringBuilder),
}

/// Gathers the values of one column.
pub struct Builder<'a> {
    column: &'a Column,
    leaf: Leaf,
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl Cell {
    /// A list without values, of the column's type.
    pub fn empty(column: &Column) -> Self {
        match &column.leaf {
            DataType::Boolean => Self::Bools(Vec::new()),
            DataType::Utf8 => Self::Texts(Vec::new()),
            kind if kind.is_integer() => Self::Ints(Vec::new()),
            _ => Self::Floats(Vec::new()),
        }
    }

    /// Values in the cell; `None`: it is null.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Null => None,
            Self::Int(_) | Self::Float(_) | Self::Text(_) => Some(1),
            Self::Bools(v) => Some(v.len()),
            Self::Ints(v) => Some(v.len()),
            Self::Floats(v) => Some(v.len()),
            Self::Texts(v) => Some(v.len()),
        }
    }
}

impl<'a> Builder<'a> {
    /// No rows yet.
    pub fn new(column: &'a Column) -> Self {
        let leaf = match &column.leaf {
            DataType::Boolean => Leaf::Bools(Vec::new()),
            DataType::Utf8 => Leaf::Texts(StringBuilder::new()),
            kind if kind.is_integer() => Leaf::Ints(Vec::new()),
            _ => Leaf::Floats(Vec::new()),
        };
        Self { column, leaf, lengths: Vec::new(), valid: Vec::new() }
    }

    /// Can the cell be pushed?
    ///
    /// # Errors
    /// A phrase that says why not.
    pub fn check(&self, cell: &Cell) -> Result<(), String> {
        let Some(length) = cell.count() else {
            return if self.column.nullable { Ok(()) } else { Err("there is no value".to_owned()) };
        };
        match (&self.leaf, cell) {
            (Leaf::Floats(_), Cell::Float(x)) if !x.is_finite() => return Err(format!("the value is {x}")),
            (Leaf::Floats(_), Cell::Floats(all)) => {
                if let Some(x) = all.iter().find(|x| !x.is_finite()) {
                    return Err(format!("a value is {x}"));
                }
            }
            (Leaf::Floats(_), Cell::Float(_) | Cell::Int(_) | Cell::Ints(_))
            | (Leaf::Ints(_), Cell::Int(_) | Cell::Ints(_))
            | (Leaf::Bools(_), Cell::Bools(_))
            | (Leaf::Texts(_), Cell::Text(_) | Cell::Texts(_)) => {}
            _ => return Err(format!("a value is not of the column's type, {}", self.column.leaf)),
        }
        match (&self.column.layout, self.column.width()) {
            (_, Some(width)) if width != length => Err(format!("{length} values where {width} are needed")),
            (Layout::Points(width), _) if length % (*width).max(1) != 0 => {
                Err(format!("{length} values are not a whole number of points of {width}"))
            }
            _ => Ok(()),
        }
    }

    /// Appends a cell that passed [`Builder::check`].
    pub fn push(&mut self, cell: Cell) {
        self.valid.push(cell != Cell::Null);
        let before = self.leaf.len();
        match (&mut self.leaf, cell) {
            (Leaf::Bools(to), Cell::Bools(from)) => to.extend(from),
            (Leaf::Ints(to), Cell::Int(from)) => to.push(from),
            (Leaf::Ints(to), Cell::Ints(from)) => to.extend(from),
            (Leaf::Floats(to), Cell::Float(from)) => to.push(from),
            (Leaf::Floats(to), Cell::Int(from)) => to.push(from as f64),
            (Leaf::Floats(to), Cell::Floats(from)) => to.extend(from),
            (Leaf::Floats(to), Cell::Ints(from)) => to.extend(from.into_iter().map(|i| i as f64)),
            (Leaf::Texts(to), Cell::Text(from)) => to.append_value(from),
            (Leaf::Texts(to), Cell::Texts(from)) => from.iter().for_each(|text| to.append_value(text)),
            (leaf, _) => leaf.pad(self.column.width().unwrap_or(0)),
        }
        self.lengths.push(self.leaf.len() - before);
    }

    /// The Arrow array of all rows.
    ///
    /// # Errors
    /// If the values do not fit into the column's Arrow type.
    pub fn finish(self) -> Result<ArrayRef, ArrowError> {
        let nulls = self.column.nullable.then(|| NullBuffer::from(self.valid));
        let scalar = self.column.layout == Layout::Scalar;
        let leaf = self.leaf.finish(nulls.as_ref().filter(|_| scalar))?;
        let leaf = if *leaf.data_type() == self.column.leaf { leaf } else { cast(&leaf, &self.column.leaf)? };
        let item = element(self.column.leaf.clone());
        let lists = |item, values, lengths: Vec<usize>, nulls| -> Result<ArrayRef, ArrowError> {
            let total: usize = lengths.iter().sum();
            if i32::try_from(total).is_err() {
                return Err(ArrowError::InvalidArgumentError(format!("{total} values are too many for one row group")));
            }
            Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), values, nulls)?))
        };
        match &self.column.layout {
            Layout::Scalar => Ok(leaf),
            Layout::Fixed(_) => {
                let width = size(self.column.width().unwrap_or(0));
                Ok(Arc::new(FixedSizeListArray::try_new(item, width, leaf, nulls)?))
            }
            Layout::List => lists(item, leaf, self.lengths, nulls),
            Layout::Points(width) => {
                let points: ArrayRef = Arc::new(FixedSizeListArray::try_new(item, size(*width), leaf, None)?);
                let lengths = self.lengths.into_iter().map(|n| n / (*width).max(1)).collect();
                lists(element(points.data_type().clone()), points, lengths, nulls)
            }
        }
    }
}

impl Leaf {
    fn len(&self) -> usize {
        match self {
            Self::Bools(v) => v.len(),
            Self::Ints(v) => v.len(),
            Self::Floats(v) => v.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// Appends what lies under a null.
    fn pad(&mut self, count: usize) {
        match self {
            Self::Bools(v) => v.resize(v.len() + count, false),
            Self::Ints(v) => v.resize(v.len() + count, 0),
            Self::Floats(v) => v.resize(v.len() + count, 0.0),
            Self::Texts(texts) => (0..count).for_each(|_| texts.append_value("")),
        }
    }

    fn finish(self, nulls: Option<&NullBuffer>) -> Result<ArrayRef, ArrowError> {
        let nulls = nulls.cloned();
        Ok(match self {
            Self::Bools(v) => Arc::new(BooleanArray::new(v.into(), nulls)),
            Self::Ints(v) => Arc::new(Int64Array::try_new(v.into(), nulls)?),
            Self::Floats(v) => Arc::new(Float64Array::try_new(v.into(), nulls)?),
            Self::Texts(mut texts) => {
                let plain = texts.finish();
                Arc::new(StringArray::try_new(plain.offsets().clone(), plain.values().clone(), nulls)?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{Float32Type, Float64Type, UInt8Type};

    #[test]
    fn points_numbers_and_nulls_become_arrays_of_the_columns_type() {
        let columns = [
            Column::atomic_numbers(),
            Column::new("positions", DataType::Float32, Layout::Points(3)),
            Column::new("cell", DataType::Float64, Layout::Fixed(vec![2])).nullable(true),
            Column::scalar("smiles", DataType::Utf8).nullable(true),
        ];
        let rows = [
            [Cell::Ints(vec![6]), Cell::Floats(vec![1.0, 2.0, 3.0]), Cell::Null, Cell::Text("C".into())],
            [Cell::Ints(vec![]), Cell::Floats(vec![]), Cell::Ints(vec![7, 8]), Cell::Null],
        ];
        let mut builders: Vec<Builder> = columns.iter().map(Builder::new).collect();
        for row in rows {
            for (builder, cell) in builders.iter_mut().zip(row) {
                builder.check(&cell).unwrap();
                builder.push(cell);
            }
        }
        let arrays: Vec<ArrayRef> = builders.into_iter().map(|b| b.finish().unwrap()).collect();
        for (array, column) in arrays.iter().zip(&columns) {
            assert_eq!((array.len(), array.data_type()), (2, &column.data_type()));
        }
        assert_eq!(arrays[0].as_list::<i32>().value(0).as_primitive::<UInt8Type>().values(), &[6]);
        let points = arrays[1].as_list::<i32>().value(0);
        assert_eq!(points.as_fixed_size_list().value(0).as_primitive::<Float32Type>().values(), &[1.0, 2.0, 3.0]);
        assert!(arrays[2].is_null(0) && arrays[3].is_null(1));
        assert_eq!(arrays[2].as_fixed_size_list().value(1).as_primitive::<Float64Type>().values(), &[7.0, 8.0]);
    }

    #[test]
    fn cells_that_do_not_fit_are_refused() {
        let column = Column::new("x", DataType::Float64, Layout::Fixed(vec![2]));
        let builder = Builder::new(&column);
        assert!(builder.check(&Cell::Null).is_err());
        assert!(builder.check(&Cell::Floats(vec![1.0, f64::NAN])).unwrap_err().contains("NaN"));
        assert!(builder.check(&Cell::Floats(vec![1.0])).unwrap_err().contains("2 are needed"));
        assert!(builder.check(&Cell::Text("a".into())).is_err());
    }
}
