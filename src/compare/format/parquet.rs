//! Parquet, as the tables of runs are written.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Float64Builder, Int64Array, Int64Builder, ListBuilder, RecordBatch,
    RecordBatchOptions, StringArray, StringBuilder, UInt64Array,
};
use arrow::datatypes::{Field, Schema};
use polars::prelude::{Column, DataFrame, DataType};
use serde_json::Value;

use super::super::error::CompareError;
use super::super::frame::{values, word};
use semola_data::table::encode;

/// The key of the metadata that tells a comparison.
pub const KEY: &str = "semola.comparison";

/// The frame as the bytes of a Parquet file.
pub fn parquet(frame: &DataFrame) -> Result<Vec<u8>, CompareError> {
    let column = |column: &Column| {
        let array = array(column.dtype(), &values(column));
        (Field::new(column.name().as_str(), array.data_type().clone(), true), array)
    };
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = frame.columns().iter().map(column).unzip();
    let note = HashMap::from([(KEY.to_owned(), env!("CARGO_PKG_VERSION").to_owned())]);
    let options = RecordBatchOptions::new().with_row_count(Some(frame.height()));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new_with_metadata(fields, note)), arrays, &options)
        .map_err(|e| CompareError::Encode { format: "Parquet", problem: e.to_string() })?;
    Ok(encode("comparison", &batch)?)
}

fn array(kind: &DataType, cells: &[Value]) -> ArrayRef {
    match kind {
        DataType::Boolean => Arc::new(cells.iter().map(Value::as_bool).collect::<BooleanArray>()),
        DataType::UInt64 | DataType::UInt32 => Arc::new(cells.iter().map(Value::as_u64).collect::<UInt64Array>()),
        DataType::Int64 => Arc::new(cells.iter().map(Value::as_i64).collect::<Int64Array>()),
        DataType::Float64 => Arc::new(cells.iter().map(Value::as_f64).collect::<Float64Array>()),
        DataType::List(item) => list(item, cells),
        _ => Arc::new(cells.iter().map(|cell| (!cell.is_null()).then(|| word(cell))).collect::<StringArray>()),
    }
}

fn list(item: &DataType, cells: &[Value]) -> ArrayRef {
    macro_rules! lists {
        ($builder:expr, $item:expr) => {{
            let mut lists = ListBuilder::new($builder);
            for cell in cells {
                match cell.as_array() {
                    Some(items) => lists.append_value(items.iter().map($item)),
                    None => lists.append_null(),
                }
            }
            Arc::new(lists.finish())
        }};
    }
    match item {
        DataType::Float64 => lists!(Float64Builder::new(), Value::as_f64),
        DataType::Int64 => lists!(Int64Builder::new(), Value::as_i64),
        _ => lists!(StringBuilder::new(), Value::as_str),
    }
}
