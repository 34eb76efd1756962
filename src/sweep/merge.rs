//! The tables of all members in one file each, and `_SUCCESS` when none is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use rayon::prelude::*;
use semola_data::guard::guarded;
use semola_data::open_parquet;

use super::error::ClusterError;
use super::members::Sweep;
use super::store::Store;
use crate::member::{Manifest, check_all};
use semola_data::durable::atomic;
use semola_data::output::{Output, Own};
use semola_data::table::properties;

/// Where merged tables lie in the results, as those of a member do in its directory.
pub use crate::member::TABLES;
/// The marker that all members are in the merged tables.
pub const SUCCESS: &str = "_SUCCESS";

/// What was merged.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// Rows of each table.
    pub tables: BTreeMap<String, usize>,
    /// Labels of members that are not done.
    pub missing: Vec<String>,
}

/// Whether the merged tables are complete.
pub fn is_complete(store: &Store) -> bool {
    store.out().join(TABLES).join(SUCCESS).is_file()
}

/// Removes the success marker, and returns its path.
pub(super) fn take_back(store: &Store) -> Result<PathBuf, ClusterError> {
    let success = store.out().join(TABLES).join(SUCCESS);
    match fs::remove_file(&success) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(ClusterError::io(&success, "take back the sign of success")(e))
        }
        _ => Ok(success),
    }
}

/// Writes `OUT/tables/<table>.parquet` from the tables of all finished members of the sweep, in the members' order. If
/// members are missing, nothing is written unless `partial`; the success marker is written only if none is missing.
///
/// # Errors
/// If a member's tables are not what its run wrote; if something else is in the way of the merged ones.
pub fn merge(store: &Store, sweep: &Sweep, partial: bool) -> Result<Merged, ClusterError> {
    let done: Vec<(bool, &str, &str)> = sweep
        .members
        .iter()
        .map(|m| Ok((store.settle(&m.id)?, m.id.as_str(), m.label.as_str())))
        .collect::<Result<_, ClusterError>>()?;
    let missing: Vec<String> = done.iter().filter(|d| !d.0).map(|d| format!("{} ({})", d.2, d.1)).collect();
    if !missing.is_empty() && !partial {
        return Ok(Merged { tables: BTreeMap::new(), missing });
    }
    let ids: Vec<&str> = done.iter().filter(|d| d.0).map(|d| d.1).collect();
    // All of them before anything is written.
    ids.par_iter().try_for_each(|id| check(store, id))?;
    let target = store.out().join(TABLES);
    fs::create_dir_all(&target).map_err(ClusterError::io(&target, "make the directory"))?;
    let members: Vec<PathBuf> = ids.iter().map(|id| store.member(id).join(TABLES)).collect();
    let names = table_names(&members)?;
    // Merged tables replace merged tables, and nothing else.
    for name in &names {
        Output::new(&target.join(name), Own::Table)?;
    }
    let success = take_back(store)?;
    let written: Vec<(String, usize)> = names
        .into_par_iter()
        .map(|name| {
            let files: Vec<PathBuf> = members.iter().map(|m| m.join(&name)).filter(|p| p.is_file()).collect();
            let rows = concatenate(store, &files, &target.join(&name))?;
            Ok((name.trim_end_matches(".parquet").to_owned(), rows))
        })
        .collect::<Result<_, ClusterError>>()?;
    if missing.is_empty() {
        atomic::write(&store.staging(), &success, b"")
            .map_err(ClusterError::io(&success, "write the sign of success"))?;
    }
    Ok(Merged { tables: written.into_iter().collect(), missing })
}

/// Checks that a member's tables are those that its run wrote, by the record of its commit and by its manifest.
fn check(store: &Store, id: &str) -> Result<(), ClusterError> {
    let member = store.member(id);
    if let Some(manifest) = Manifest::read(&member)? {
        manifest.check_tables(&member)?;
    }
    match store.recorded(id)? {
        Some(record) => Ok(check_all(&member.join(TABLES), &record.tables)?),
        // A `run` made it.
        None => Ok(()),
    }
}

fn table_names(members: &[PathBuf]) -> Result<BTreeSet<String>, ClusterError> {
    let mut names = BTreeSet::new();
    for directory in members {
        for entry in fs::read_dir(directory).map_err(ClusterError::io(directory, "list the tables"))?.flatten() {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.retain(|n| n.ends_with(".parquet"));
    Ok(names)
}

/// Writes the rows of all files into one. Columns that a file lacks are null.
fn concatenate(store: &Store, files: &[PathBuf], target: &Path) -> Result<usize, ClusterError> {
    let schemas: Vec<Arc<Schema>> =
        files.iter().map(|f| open(f).map(|r| Arc::clone(r.schema()))).collect::<Result<_, _>>()?;
    let schema = Arc::new(united(&schemas));
    let refused = || ClusterError::io(target, "write the merged table");
    let staging = store.staging();
    fs::create_dir_all(&staging).map_err(refused())?;
    let file = atomic::begin(&staging).map_err(refused())?;
    let failed = |e: &dyn std::fmt::Display| refused()(std::io::Error::other(e.to_string()));
    let properties = properties().map_err(|e| failed(&e))?.build();
    let output = file.as_file().try_clone().map_err(refused())?;
    let mut writer = ArrowWriter::try_new(output, Arc::clone(&schema), Some(properties)).map_err(|e| failed(&e))?;
    let mut rows = 0;
    for path in files {
        let reader = reader(path)?;
        for batch in reader {
            let batch = batch.and_then(|b| fit(&b, &schema)).map_err(|e| damaged(path, &e))?;
            rows += batch.num_rows();
            writer.write(&batch).map_err(|e| failed(&e))?;
        }
    }
    writer.close().map_err(|e| failed(&e))?;
    atomic::publish(file, target).map_err(refused())?;
    Ok(rows)
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, ClusterError> {
    let opened = open_parquet(path).map_err(|e| damaged(path, &e))?;
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(opened.file, opened.metadata))
}

fn reader(path: &Path) -> Result<ParquetRecordBatchReader, ClusterError> {
    let builder = open(path)?;
    guarded(|| builder.build()).map_err(|e| damaged(path, &e))
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> ClusterError {
    ClusterError::Refused(format!(
        "{}: the table is damaged: {error}; remove the member's directory and its record to compute it again",
        path.display()
    ))
}

/// All columns of all schemas, in order of appearance; where types differ, text.
fn united(schemas: &[Arc<Schema>]) -> Schema {
    let mut fields: Vec<Field> = Vec::new();
    let mut seen: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for field in schemas.iter().flat_map(|s| s.fields()) {
        match seen.get_mut(field.name()) {
            None => {
                seen.insert(field.name().clone(), (fields.len(), 1));
                fields.push(field.as_ref().clone());
            }
            Some((at, times)) => {
                *times += 1;
                let known = &fields[*at];
                let nullable = known.is_nullable() || field.is_nullable();
                let common =
                    if known.data_type() == field.data_type() { known.data_type().clone() } else { DataType::Utf8 };
                fields[*at] = known.clone().with_nullable(nullable).with_data_type(common);
            }
        }
    }
    let everywhere = |f: &Field| seen.get(f.name()).is_some_and(|s| s.1 == schemas.len());
    Schema::new(fields.into_iter().map(|f| if everywhere(&f) { f } else { f.with_nullable(true) }).collect::<Vec<_>>())
}

/// The batch with the columns of the schema.
fn fit(batch: &RecordBatch, schema: &Arc<Schema>) -> Result<RecordBatch, ArrowError> {
    let column = |field: &Arc<Field>| -> Result<ArrayRef, ArrowError> {
        match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(Arc::clone(column)),
            Some(column) => cast(column, field.data_type()),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        }
    };
    RecordBatch::try_new(Arc::clone(schema), schema.fields().iter().map(column).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, Int64Array, StringArray};

    use super::*;

    #[test]
    fn columns_are_united_and_differing_types_become_text() {
        let schema = |fields: Vec<Field>| Arc::new(Schema::new(fields));
        let a = schema(vec![Field::new("run", DataType::Utf8, false), Field::new("x", DataType::Int64, false)]);
        let b = schema(vec![
            Field::new("run", DataType::Utf8, false),
            Field::new("x", DataType::Float64, false),
            Field::new("y", DataType::Int64, false),
        ]);
        let all = Arc::new(united(&[Arc::clone(&a), Arc::clone(&b)]));
        let words = |f: &Field| format!("{} {} {}", f.name(), f.data_type(), f.is_nullable());
        let found: Vec<String> = all.fields().iter().map(|f| words(f)).collect();
        assert_eq!(found, ["run Utf8 false", "x Utf8 false", "y Int64 true"]);
        let batch =
            RecordBatch::try_new(a, vec![Arc::new(StringArray::from(vec!["r"])), Arc::new(Int64Array::from(vec![3]))]);
        let fitted = fit(&batch.unwrap(), &all).unwrap();
        assert_eq!(fitted.column(1).as_any().downcast_ref::<StringArray>().unwrap().value(0), "3");
        assert_eq!(fitted.column(2).null_count(), 1);
        let batch = RecordBatch::try_new(
            b,
            vec![
                Arc::new(StringArray::from(vec!["r"])),
                Arc::new(Float64Array::from(vec![0.5])),
                Arc::new(Int64Array::from(vec![1])),
            ],
        );
        assert_eq!(fit(&batch.unwrap(), &all).unwrap().num_columns(), 3);
    }
}
