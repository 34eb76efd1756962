//! Rows to Parquet.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::error::GenerateError;
use super::table::{Column, lists};
use super::task::Sample;
use super::truth::Truth;
use semola_data::durable::atomic;
use semola_data::output::folder;

/// Writes the rows to `path`, with zstd and the truth as metadata; the file appears atomically.
pub(super) fn write(path: &Path, columns: Vec<Column>, truth: &Truth) -> Result<(), GenerateError> {
    let bytes = encode(columns, truth).map_err(|source| GenerateError::Parquet { path: path.to_owned(), source })?;
    place(path, &bytes).map_err(|source| GenerateError::Io { path: path.to_owned(), source })
}

/// Writes a file, which appears atomically.
pub(super) fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    atomic::write(folder(path), path, bytes)
}

/// The columns of a task's rows.
pub(super) fn columns_of(samples: &[Sample]) -> Result<Vec<Column>, ArrowError> {
    let mut columns = vec![vectors("input", samples, |s| &s.input)?, vectors("target", samples, |s| &s.target)?];
    if let Some(places) = samples.iter().map(|s| s.place).collect::<Option<Vec<_>>>() {
        columns.push(integers("trajectory", places.iter().map(|p| p.0)));
        columns.push(integers("step", places.iter().map(|p| p.1)));
    }
    Ok(columns)
}

fn encode(columns: Vec<Column>, truth: &Truth) -> Result<Vec<u8>, ParquetError> {
    let text = serde_json::to_string(truth).map_err(|e| ParquetError::External(Box::new(e)))?;
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let schema = Schema::new_with_metadata(fields, HashMap::from([("semola.truth".to_owned(), text)]));
    let batch = RecordBatch::try_new(Arc::new(schema), arrays)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn vectors(
    name: &str,
    samples: &[Sample],
    part: impl Fn(&Sample) -> &Vec<f32>,
) -> Result<(Field, ArrayRef), ArrowError> {
    lists(name, samples.iter().map(|s| part(s).as_slice()))
}

fn integers(name: &str, values: impl Iterator<Item = i64>) -> (Field, ArrayRef) {
    (Field::new(name, DataType::Int64, false), Arc::new(Int64Array::from(values.collect::<Vec<_>>())))
}
