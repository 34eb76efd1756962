//! Pieces of a source to row groups of a Parquet file, in parallel and in order.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufWriter, Write};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriter, compute_leaves};
use parquet::basic::{Compression, Type, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

use super::column::{Column, few_enough};
use super::error::ImportError;
use super::format;
use super::input::Input;
use super::provenance::{KEY, provenance};
use super::report::Report;
use super::source::{Source, window};
use super::table::Found;
use super::{Format, OnInvalid, Request};
use semola_data::Watch;
use semola_data::output::Output;
use semola_document::hint;

/// Maximal number of faults described in words.
const EXAMPLES: usize = 5;

/// What the encoder of a column takes in a row group that is written, on the scale of [`window`]: a quarter of its bytes.
const COLUMN: usize = 8 << 10;

/// Progress is reported in MiB.
pub const MIB: u64 = 1 << 20;

/// An import with its files.
pub struct Job<'a> {
    pub request: &'a Request,
    pub output: Output<'a>,
    pub format: Format,
    pub inputs: &'a [Input],
    pub watch: &'a dyn Watch,
}

/// An encoded row group.
struct Group {
    chunks: Vec<ArrowColumnChunk>,
    rows: usize,
    faults: Vec<Found>,
}

impl Job<'_> {
    /// Writes all rows of a source.
    ///
    /// # Errors
    /// As [`super::import`].
    pub fn write<S: Source>(&self, source: &S) -> Result<Report, ImportError> {
        let out = &self.request.out;
        let io = |source| ImportError::Write { path: out.clone(), source };
        few_enough(source.columns().len())?;
        let mut report = self.empty_report(source.columns())?;
        report.warnings = source.warnings();
        let mut file = self.output.begin()?;
        let sink = BufWriter::new(&mut file);
        self.write_groups(source, sink, &mut report)?;
        report.bytes = file.as_file().metadata().map_err(io)?.len();
        self.output.publish(file)?;
        Ok(report)
    }

    fn write_groups<S: Source, W: Write + Send>(
        &self,
        source: &S,
        sink: W,
        report: &mut Report,
    ) -> Result<(), ImportError> {
        let parquet = |source| ImportError::Parquet { path: self.request.out.clone(), source };
        let fields: Vec<_> = report.columns.iter().map(Column::field).collect();
        let metadata: HashMap<String, String> = source.metadata().into_iter().collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        let properties = properties(&schema).map_err(parquet)?;
        let writer = ArrowWriter::try_new(sink, schema.clone(), Some(properties)).map_err(parquet)?;
        let (mut writer, factory) = writer.into_serialized_writer().map_err(parquet)?;
        let label = format!("import {}, MiB", format::name(self.format));
        let mut task = self.watch.task(&label, source.total().div_ceil(MIB));
        let mut pieces = source.pieces()?;
        let mut done = 0;
        loop {
            let columns = (report.columns.len() * COLUMN) as u64;
            let pieces = window(&mut *pieces, |piece| source.bytes(piece) + columns, self.watch)?;
            if pieces.is_empty() {
                break;
            }
            done += pieces.iter().map(|piece| source.bytes(piece)).sum::<u64>();
            let encode = |piece| self.encode(source, piece, &factory, &schema);
            let groups: Vec<Result<Group, ImportError>> = pieces.into_par_iter().map(encode).collect();
            for group in groups {
                let group = group?;
                self.account(report, group.faults)?;
                if group.rows > 0 {
                    report.rows += group.rows as u64;
                    report.row_groups += 1;
                    append(&mut writer, group.chunks).map_err(parquet)?;
                }
            }
            task.set(done / MIB, &|| format!("{} rows", report.rows));
            if self.watch.stop() {
                return Err(ImportError::Stopped);
            }
        }
        if report.rows == 0 {
            return Err(ImportError::NoRows(match report.losses() {
                losses if losses.is_empty() => "the input holds none".to_owned(),
                losses => losses.join("; "),
            }));
        }
        writer.append_key_value_metadata(KeyValue::new(KEY.to_owned(), provenance(report)));
        let mut sink = writer.into_inner().map_err(parquet)?;
        task.finish();
        sink.flush().map_err(|source| ImportError::Write { path: self.request.out.clone(), source })
    }

    fn encode<S: Source>(
        &self,
        source: &S,
        piece: S::Piece,
        factory: &ArrowRowGroupWriterFactory,
        schema: &SchemaRef,
    ) -> Result<Group, ImportError> {
        let decoded = source.decode(piece)?;
        let failed = !decoded.faults.is_empty() && self.request.on_invalid == OnInvalid::Error;
        if decoded.rows == 0 || failed {
            return Ok(Group { chunks: Vec::new(), rows: 0, faults: decoded.faults });
        }
        let chunks = chunks(factory, schema, &decoded.arrays)
            .map_err(|source| ImportError::Parquet { path: self.request.out.clone(), source })?;
        Ok(Group { chunks, rows: decoded.rows, faults: decoded.faults })
    }

    /// Counts faults, or ends at the first.
    fn account(&self, report: &mut Report, faults: Vec<Found>) -> Result<(), ImportError> {
        for found in faults {
            if self.request.on_invalid == OnInvalid::Error {
                return Err(with_advice(found, self.request.remedy));
            }
            let counts = if found.kept { &mut report.nulls } else { &mut report.dropped };
            *counts.entry(found.fault.column.clone()).or_insert(0) += found.count;
            if report.examples.len() < EXAMPLES && !found.kept {
                report.examples.push(found.fault.into_error(&found.path).to_string());
            }
        }
        Ok(())
    }

    fn empty_report(&self, columns: &[Column]) -> Result<Report, ImportError> {
        Ok(Report {
            out: self.request.out.clone(),
            format: format::name(self.format),
            rows: 0,
            row_groups: 0,
            bytes: 0,
            columns: with_units(columns, &self.request.units)?,
            inputs: self.inputs.to_vec(),
            dropped: BTreeMap::new(),
            nulls: BTreeMap::new(),
            examples: Vec::new(),
            warnings: Vec::new(),
        })
    }
}

/// Appends an encoded row group.
fn append<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    chunks: Vec<ArrowColumnChunk>,
) -> Result<(), ParquetError> {
    let mut row_group = writer.next_row_group()?;
    for chunk in chunks {
        chunk.append_to_row_group(&mut row_group)?;
    }
    row_group.close().map(drop)
}

fn with_advice(found: Found, remedy: &str) -> ImportError {
    let advice = if found.kept { "for nulls" } else { "to leave such rows out" };
    let mut fault = found.fault;
    fault.what = format!("{}; mend it, or say {remedy} {advice}", fault.what);
    fault.into_error(&found.path)
}

/// The columns with the units that the user states.
fn with_units(columns: &[Column], units: &[(String, String)]) -> Result<Vec<Column>, ImportError> {
    let mut columns = columns.to_vec();
    for (name, unit) in units {
        let unknown = || {
            let hint = hint(name, columns.iter().map(|c| c.name.as_str()));
            ImportError::Usage(format!("--unit {name}={unit}: there is no column `{name}`{hint}"))
        };
        let found = columns.iter().position(|c| c.name == *name).ok_or_else(unknown)?;
        if let Some(column) = columns.get_mut(found) {
            column.unit = Some(unit.clone());
        }
    }
    Ok(columns)
}

/// zstd; no dictionaries for floats, whose values seldom repeat.
fn properties(schema: &Schema) -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(format!("semola-pipe {}", env!("CARGO_PKG_VERSION")));
    for leaf in ArrowSchemaConverter::new().convert(schema)?.columns() {
        if matches!(leaf.physical_type(), Type::FLOAT | Type::DOUBLE) {
            builder = builder.set_column_dictionary_enabled(leaf.path().clone(), false);
        }
    }
    Ok(builder.build())
}

fn chunks(
    factory: &ArrowRowGroupWriterFactory,
    schema: &Schema,
    arrays: &[ArrayRef],
) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    // The number matters for encryption only.
    let mut writers = factory.create_column_writers(0)?.into_iter();
    let mut done = Vec::new();
    for (field, array) in schema.fields().iter().zip(arrays) {
        for leaf in compute_leaves(field, array)? {
            let mut writer = writers.next().ok_or_else(|| ParquetError::General("too many columns".to_owned()))?;
            writer.write(&leaf)?;
            done.push(writer.close()?);
        }
    }
    Ok(done)
}
