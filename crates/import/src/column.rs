//! A column to be written: its name, type, shape and unit.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field};

use super::error::ImportError;

/// How the numbers of one row are arranged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// One value.
    Scalar,
    /// As many values as the shape says, row-major.
    Fixed(Vec<usize>),
    /// Any number of values.
    List,
    /// Any number of points of this many values.
    Points(usize),
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Type of one value.
    pub leaf: DataType,
    /// Arrangement of a row's values.
    pub layout: Layout,
    /// May rows be null?
    pub nullable: bool,
    /// The unit of the values.
    pub unit: Option<String>,
    /// Further metadata of the field.
    pub metadata: Vec<(String, String)>,
}

impl Column {
    /// A column without nulls or unit.
    pub fn new(name: impl Into<String>, leaf: DataType, layout: Layout) -> Self {
        Self { name: name.into(), leaf, layout, nullable: false, unit: None, metadata: Vec::new() }
    }

    /// One value a row.
    pub fn scalar(name: impl Into<String>, leaf: DataType) -> Self {
        Self::new(name, leaf, Layout::Scalar)
    }

    /// Atomic numbers, one an atom.
    pub fn atomic_numbers() -> Self {
        Self::new("atomic_numbers", DataType::UInt8, Layout::List)
    }

    /// The same column with a unit.
    pub fn with_unit(self, unit: &str) -> Self {
        Self { unit: Some(unit.to_owned()), ..self }
    }

    /// The same column, null where a row has no value.
    pub fn nullable(self, nullable: bool) -> Self {
        Self { nullable, ..self }
    }

    /// Values in each row, where all rows have equally many.
    pub fn width(&self) -> Option<usize> {
        match &self.layout {
            Layout::Scalar => Some(1),
            Layout::Fixed(shape) => Some(shape.iter().product()),
            Layout::List | Layout::Points(_) => None,
        }
    }

    /// The Arrow type: flat fixed-size lists with the shape in the metadata, never nested ones.
    pub fn data_type(&self) -> DataType {
        let leaf = || element(self.leaf.clone());
        match &self.layout {
            Layout::Scalar => self.leaf.clone(),
            Layout::Fixed(_) => DataType::FixedSizeList(leaf(), size(self.width().unwrap_or(0))),
            Layout::List => DataType::List(leaf()),
            Layout::Points(width) => DataType::List(element(DataType::FixedSizeList(leaf(), size(*width)))),
        }
    }

    /// The Arrow field, with `shape` and `unit` in its metadata.
    pub fn field(&self) -> Field {
        let mut metadata: HashMap<String, String> = self.metadata.iter().cloned().collect();
        if let Layout::Fixed(shape) = &self.layout {
            metadata.insert("shape".to_owned(), format!("{shape:?}"));
        }
        metadata.extend(self.unit.iter().map(|unit| ("unit".to_owned(), unit.clone())));
        Field::new(&self.name, self.data_type(), self.nullable).with_metadata(metadata)
    }
}

/// Columns at most: each takes memory in every row group, so that many more would fill it.
pub const MOST: usize = 20_000;

/// Checks a number of columns, before anything is made for each.
///
/// # Errors
/// If there are more than [`MOST`].
pub fn few_enough(count: usize) -> Result<(), ImportError> {
    if count <= MOST {
        return Ok(());
    }
    let advice = "keep values of one kind together in an array (import npy)";
    Err(ImportError::TooWide(format!("there are {count} columns, but at most {MOST} can be written; {advice}")))
}

/// The field of a list's elements, which are never null.
pub fn element(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("element", data_type, false))
}

/// A list size in Arrow's type; importers refuse larger ones before they get here.
pub fn size(width: usize) -> i32 {
    i32::try_from(width).unwrap_or(i32::MAX)
}

/// Gives a column a name that is not taken, with `prefix` in front where it is.
pub fn free_name(name: &str, prefix: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    while taken(&free) {
        free = format!("{prefix}{free}");
    }
    free
}
