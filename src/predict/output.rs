//! Predictions as columns: the row's number, what identifies it, and one column a target.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeListArray, Float64Array, ListArray, RecordBatch, StringArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Metadata, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::PredictError;
use super::predictor::{Outputs, Predicted, probabilities};
use crate::model::FieldForm;
use crate::model::SavedModel;
use crate::model::{TargetColumn, likeliest};
use semola_data::table::UNIT;

type Column = (Field, ArrayRef);

/// Name of the column of row numbers.
const ROW: &str = "row_id";

/// The table of a chunk. `identifiers` are copied columns in the same rows.
///
/// # Errors
/// If the columns do not fit together.
pub fn batch(
    model: &SavedModel,
    predicted: &Predicted,
    identifiers: Vec<(String, ArrayRef)>,
) -> Result<RecordBatch, PredictError> {
    let rows = UInt64Array::from(predicted.rows.clone());
    let mut columns: Vec<Column> = vec![(Field::new(ROW, DataType::UInt64, false), Arc::new(rows))];
    let predictions = match &predicted.outputs {
        Outputs::Values { targets, values } => values_of(model, targets, values)?,
        Outputs::Logits { classes, values } => classes_of(model, *classes, values)?,
    };
    // A prediction goes before a copied column of the same name.
    let taken: BTreeSet<&str> =
        predictions.iter().map(|(field, _)| field.name().as_str()).chain(std::iter::once(ROW)).collect();
    let copied = identifiers.into_iter().filter(|(name, _)| !taken.contains(name.as_str()));
    columns.extend(copied.map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array)));
    columns.extend(predictions);
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

/// The columns of no rows, `identifiers` being those of no rows.
///
/// # Errors
/// As [`batch`].
pub fn schema(model: &SavedModel, identifiers: Vec<(String, ArrayRef)>) -> Result<SchemaRef, PredictError> {
    let outputs = match model.task.class_names() {
        Some(classes) => Outputs::Logits { classes: classes.len(), values: Vec::new() },
        None => {
            let target = |(name, form): (&String, &FieldForm)| TargetColumn {
                name: name.clone(),
                width: form.block(),
                held: form.ragged.then(Vec::new),
            };
            let targets = model.task.targets.iter().zip(&model.targets).map(target).collect();
            Outputs::Values { targets, values: Vec::new() }
        }
    };
    let none = Predicted { rows: Vec::new(), outputs, truth: None, dropped: Default::default() };
    Ok(batch(model, &none, identifiers)?.schema())
}

fn values_of(model: &SavedModel, targets: &[TargetColumn], values: &[f64]) -> Result<Vec<Column>, ArrowError> {
    let width: usize = targets.iter().map(|target| target.width).sum();
    let mut start = 0;
    let mut columns = Vec::with_capacity(targets.len());
    for (target, form) in targets.iter().zip(&model.targets) {
        let rows = values.chunks_exact(width.max(1)).enumerate();
        let held = |row: usize| target.held.as_ref().and_then(|held| held.get(row)).copied().unwrap_or(target.width);
        let own: Vec<f64> = rows.flat_map(|(row, v)| v[start..start + held(row)].iter().copied()).collect();
        let array = match &target.held {
            Some(held) => ragged(form, held, own)?,
            None if form.shape.is_empty() => Arc::new(Float64Array::from(own)),
            None => lists(form.block(), own)?,
        };
        let mut metadata: Vec<(String, String)> = Vec::new();
        metadata.extend(form.unit.iter().map(|unit| (UNIT.to_owned(), unit.clone())));
        if !form.ragged && form.shape.len() > 1 {
            metadata.push(("shape".to_owned(), format!("{:?}", form.shape)));
        }
        let field = Field::new(&target.name, array.data_type().clone(), false);
        columns.push((field.with_metadata(metadata.into_iter().collect::<Metadata>()), array));
        start += target.width;
    }
    Ok(columns)
}

/// The class, its probability, and those of all classes.
fn classes_of(model: &SavedModel, classes: usize, logits: &[f64]) -> Result<Vec<Column>, ArrowError> {
    let names = model.task.class_names().unwrap_or(&[]);
    let label = model.task.targets.first().map_or("class", String::as_str);
    let (mut best, mut sure, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for logits in logits.chunks_exact(classes.max(1)) {
        let probabilities = probabilities(logits);
        let class = likeliest(logits);
        best.push(names.get(class).map_or("", String::as_str));
        sure.push(probabilities.get(class).copied().unwrap_or(f64::NAN));
        all.extend(probabilities);
    }
    let all = lists(classes, all)?;
    let names = serde_json::Value::from(names.to_vec()).to_string();
    let metadata = [("classes".to_owned(), names)];
    Ok(vec![
        (Field::new(label, DataType::Utf8, false), Arc::new(StringArray::from(best))),
        (Field::new(format!("{label}_probability"), DataType::Float64, false), Arc::new(Float64Array::from(sure))),
        (Field::new("probabilities", all.data_type().clone(), false).with_metadata(metadata), all),
    ])
}

fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, false))
}

/// Lists of `width` numbers each.
fn lists(width: usize, values: Vec<f64>) -> Result<ArrayRef, ArrowError> {
    let size = i32::try_from(width).map_err(|_| ArrowError::InvalidArgumentError(format!("{width} numbers a row")))?;
    Ok(Arc::new(FixedSizeListArray::try_new(
        item(DataType::Float64),
        size,
        Arc::new(Float64Array::from(values)),
        None,
    )?))
}

/// Lists of the points of each row: of numbers, or of lists of as many numbers as a point has.
fn ragged(form: &FieldForm, held: &[usize], values: Vec<f64>) -> Result<ArrayRef, ArrowError> {
    let block = form.block().max(1);
    let offsets = OffsetBuffer::from_lengths(held.iter().map(|values| values / block));
    let points: ArrayRef = match form.shape.as_slice() {
        [] => Arc::new(Float64Array::from(values)),
        _ => lists(block, values)?,
    };
    Ok(Arc::new(ListArray::try_new(item(points.data_type().clone()), offsets, points, None)?))
}
