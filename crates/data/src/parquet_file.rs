//! Opening a Parquet file: its footer is checked before anything is made of it.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::Schema;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::{
    ARROW_SCHEMA_META_KEY, ProjectionMask, parquet_to_arrow_schema, parquet_to_arrow_schema_by_columns,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use super::error::DataError;
use super::footer;
use super::guard::guarded;
use super::regular::open_regular;

/// Rows a byte of the file from which the pages are counted: few files have more, such as one constant column.
const DENSE: u64 = 8;

/// An opened file.
#[derive(Debug)]
pub struct ParquetFile {
    pub file: File,
    /// Of the columns that can be read.
    pub metadata: ArrowReaderMetadata,
    /// Columns of types that are unknown here, and why.
    pub unreadable: BTreeMap<String, String>,
}

/// Opens a Parquet file. Columns of an unknown type are set apart, and all others can be read.
///
/// # Errors
/// If it is no regular file, not Parquet, or claims what it does not hold.
pub fn open_parquet(path: &Path) -> Result<ParquetFile, DataError> {
    let corrupt = |reason: String| DataError::Corrupt { path: path.to_path_buf(), reason };
    let io = |e: std::io::Error| DataError::Io { path: path.to_path_buf(), reason: e.to_string() };
    let file = open_regular(path).map_err(io)?;
    if file.metadata().map_err(io)?.len() == 0 {
        return Err(corrupt("the file is empty".into()));
    }
    if !starts_like_parquet(&file).map_err(io)? {
        return Err(DataError::NotParquet { path: path.to_path_buf() });
    }
    footer::check(&file).map_err(corrupt)?;
    let (metadata, unreadable) = guarded(|| -> Result<_, ParquetError> {
        let all = Arc::new(ParquetMetaDataReader::new().parse_and_finish(&file)?);
        match ArrowReaderMetadata::try_new(all.clone(), ArrowReaderOptions::new()) {
            Ok(metadata) => Ok((metadata, BTreeMap::new())),
            Err(error) => without_unknown(&all, error),
        }
    })
    .map_err(corrupt)?;
    check_rows(&file, metadata.metadata()).map_err(corrupt)?;
    Ok(ParquetFile { file, metadata, unreadable })
}

/// A file that is cut off still starts like one.
fn starts_like_parquet(file: &File) -> std::io::Result<bool> {
    let mut head = Vec::new();
    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    file.take(4).read_to_end(&mut head)?;
    Ok(b"PAR1".starts_with(&head) || head == b"PARE")
}

/// The metadata without the columns that Arrow has no type for.
fn without_unknown(
    all: &ParquetMetaData,
    error: ParquetError,
) -> Result<(ArrowReaderMetadata, BTreeMap<String, String>), ParquetError> {
    let head = all.file_metadata();
    let descr = head.schema_descr();
    let roots = descr.root_schema().get_fields();
    let (mut kept, mut fields) = (Vec::new(), Vec::new());
    let (mut unreadable, mut notes) = (BTreeMap::new(), HashMap::new());
    for (root, column) in roots.iter().enumerate() {
        match arrow_schema(all, root, column) {
            Ok(schema) => {
                kept.push(root);
                fields.extend(schema.fields().iter().cloned());
                notes.extend(schema.metadata().iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            Err(reason) => drop(unreadable.insert(column.name().to_owned(), reason.to_string())),
        }
    }
    if kept.is_empty() {
        return Err(error);
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, notes));
    let new = Arc::new(descriptor(kept.iter().filter_map(|root| roots.get(*root).cloned()).collect())?);
    let is_kept = |leaf: usize| kept.contains(&descr.get_column_root_idx(leaf));
    let group = |group: &RowGroupMetaData| {
        let columns = group.columns().iter().enumerate().filter(|(leaf, _)| is_kept(*leaf));
        let columns = columns.map(|(_, column)| column.clone()).collect();
        RowGroupMetaData::builder(new.clone()).set_num_rows(group.num_rows()).set_column_metadata(columns).build()
    };
    let groups = all.row_groups().iter().map(group).collect::<Result<Vec<_>, _>>()?;
    // Arrow's own schema is about all columns; what it says of those kept is in `schema` already.
    let pairs = head.key_value_metadata();
    let pairs = pairs.map(|p| p.iter().filter(|pair| pair.key != ARROW_SCHEMA_META_KEY).cloned().collect());
    let created_by = head.created_by().map(str::to_owned);
    let head = FileMetaData::new(head.version(), head.num_rows(), created_by, pairs, new, None);
    let options = ArrowReaderOptions::new().with_schema(schema);
    Ok((ArrowReaderMetadata::try_new(Arc::new(ParquetMetaData::new(head, groups)), options)?, unreadable))
}

/// A column as Arrow has it: as its own schema in the file says, or as the types of Parquet are where that schema, which is
/// read as a whole, has something unknown in it.
fn arrow_schema(all: &ParquetMetaData, root: usize, column: &TypePtr) -> Result<Schema, ParquetError> {
    let head = all.file_metadata();
    let mask = ProjectionMask::roots(head.schema_descr(), [root]);
    parquet_to_arrow_schema_by_columns(head.schema_descr(), mask, head.key_value_metadata())
        .or_else(|_| parquet_to_arrow_schema(&descriptor(vec![column.clone()])?, None))
}

/// A schema of these columns.
fn descriptor(columns: Vec<TypePtr>) -> Result<SchemaDescriptor, ParquetError> {
    let root = Type::group_type_builder("schema").with_fields(columns).build()?;
    Ok(SchemaDescriptor::new(Arc::new(root)))
}

/// Checks that row groups have the rows that they claim, before memory is set aside for them.
fn check_rows(file: &File, metadata: &ParquetMetaData) -> Result<(), String> {
    let bytes = file.metadata().map_err(|e| e.to_string())?.len();
    let mut sum = 0_u64;
    let mut agree = true;
    for group in metadata.row_groups() {
        let rows = u64::try_from(group.num_rows()).map_err(|_| "a row group has a negative length")?;
        sum = sum.checked_add(rows).ok_or("its row groups claim more rows than can be counted")?;
        for column in group.columns() {
            let flat = column.column_descr().max_rep_level() == 0;
            // A row of a list has a value or more; an empty one counts once.
            agree &= u64::try_from(column.num_values()).is_ok_and(|held| held == rows || (!flat && held > rows));
            let (start, length) = guarded(|| Ok::<_, String>(column.byte_range()))?;
            if start.checked_add(length).is_none_or(|end| end > bytes) {
                return Err(format!("column `{}` would lie past the end of the file", column.column_path().string()));
            }
        }
    }
    if agree && sum <= bytes.saturating_mul(DENSE) { Ok(()) } else { guarded(|| count_pages(file)) }
}

/// Counts the rows of each row group by the heads of the pages of one column, for which no memory is set aside.
fn count_pages(file: &File) -> Result<(), String> {
    let reader = SerializedFileReader::new(file.try_clone().map_err(|e| e.to_string())?);
    let reader = reader.map_err(|e| e.to_string())?;
    for (number, group) in reader.metadata().row_groups().iter().enumerate() {
        let is_flat = |c: &ColumnChunkMetaData| c.column_descr().max_rep_level() == 0;
        let flat = group.columns().iter().position(is_flat);
        let Some(column) = group.columns().get(flat.unwrap_or(0)) else { continue };
        let pages = reader.get_row_group(number).and_then(|group| group.get_column_page_reader(flat.unwrap_or(0)));
        let mut pages = pages.map_err(|e| e.to_string())?;
        let mut held = 0_u64;
        while let Some(page) = pages.peek_next_page().map_err(|e| e.to_string())? {
            held = held.saturating_add(page.num_levels.map_or(0, |n| n as u64));
            pages.skip_next_page().map_err(|e| e.to_string())?;
        }
        let claimed = group.num_rows() as u64;
        if held < claimed || (flat.is_some() && held != claimed) {
            let name = column.column_path().string();
            return Err(format!(
                "row group {number} claims {claimed} rows, but column `{name}` has {held} values in it"
            ));
        }
    }
    Ok(())
}
