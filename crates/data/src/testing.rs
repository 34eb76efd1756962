//! Parquet files for tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, FixedSizeListArray, Float32Array, Float64Array, Int64Array, ListArray, StringArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::{DataError, Dataset, probe, read};
use crate::settings::{ActionName, FieldSpec, OnInvalid, Read};
use semola_document::OneOrMany;

/// A column with metadata.
pub type Column<'a> = (&'a str, ArrayRef, &'a [(&'a str, &'a str)]);

/// Writes columns in row groups of three rows.
pub fn write(path: &Path, columns: &[Column]) {
    let field = |(name, array, metadata): &Column| {
        let metadata: HashMap<String, String> = metadata.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Field::new(*name, array.data_type().clone(), true).with_metadata(metadata)
    };
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(schema.clone(), columns.iter().map(|c| c.1.clone()).collect()).unwrap();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(3)).build();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

pub fn f32s(values: &[f32]) -> ArrayRef {
    Arc::new(Float32Array::from(values.to_vec()))
}

pub fn f64s(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

pub fn ints(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

pub fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// Lists of `k` items each.
pub fn fixed(items: ArrayRef, k: i32) -> ArrayRef {
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    Arc::new(FixedSizeListArray::new(field, k, items, None))
}

/// Lists of these lengths; `None` is a null.
pub fn lists(items: ArrayRef, lengths: &[Option<usize>]) -> ArrayRef {
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths.iter().map(|n| n.unwrap_or(0)));
    let nulls = NullBuffer::from(lengths.iter().map(Option::is_some).collect::<Vec<_>>());
    Arc::new(ListArray::new(field, offsets, items, Some(nulls)))
}

/// Equally spaced numbers from 0.
pub fn count(n: usize) -> Vec<f32> {
    (0..n).map(|i| i as f32).collect()
}

/// A data directory with a `read` stage that is changed step by step.
pub struct Case {
    pub dir: tempfile::TempDir,
    pub read: Read,
    pub keys: Vec<String>,
}

impl Case {
    /// A stage that reads `a.parquet`, which holds these columns.
    pub fn new(columns: &[Column]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("a.parquet"), columns);
        let read = Read {
            import: Default::default(),
            name: "d".into(),
            path: OneOrMany::One("a.parquet".into()),
            like: None,
            fields: Default::default(),
            filter: None,
            select: Default::default(),
            group: None,
            group_by: None,
            limit: None,
            cell: Default::default(),
            pictures: Default::default(),
            on_invalid: OnInvalid::Error,
        };
        Self { dir, read, keys: Vec::new() }
    }

    /// Adds a field.
    pub fn field(mut self, name: &str, spec: FieldSpec) -> Self {
        self.read.fields.insert(name.into(), spec);
        self
    }

    /// Adds a field with an action.
    pub fn acting(self, name: &str, action: ActionName, dim: Option<usize>) -> Self {
        self.field(name, FieldSpec { action, dim, ..FieldSpec::default() })
    }

    /// Changes the stage.
    pub fn with(mut self, change: impl FnOnce(&mut Read)) -> Self {
        change(&mut self.read);
        self
    }

    /// Writes a further file.
    pub fn file(self, name: &str, columns: &[Column]) -> Self {
        write(&self.path(name), columns);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn result(&self) -> Result<Dataset, DataError> {
        read(&self.read, self.dir.path(), &self.keys)
    }

    pub fn data(&self) -> Dataset {
        self.result().unwrap()
    }

    /// The message of the error that reading ends in.
    pub fn error(&self) -> String {
        self.result().unwrap_err().to_string()
    }

    /// The messages of all errors that a look at the files finds.
    pub fn probed_errors(&self) -> Vec<String> {
        let schema = probe(&self.read, self.dir.path(), &self.keys).unwrap();
        schema.errors.iter().map(ToString::to_string).collect()
    }
}
