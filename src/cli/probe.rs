//! The planner's questions about files, answered from their schemas.

use std::path::Path;

use crate::data::{DataError, probe};
use crate::plan::{ProbeError, ProbedField, Size, SourceShape};
use crate::spec::types::Read;

/// Shapes, columns and rows of a data set, without reading its values.
pub fn source_shape(read: &Read, base: &Path) -> Result<SourceShape, ProbeError> {
    let schema = probe(read, base, &[]).map_err(|e| as_probe_error(read, &e))?;
    let fields = schema.fields.into_iter().map(|(name, f)| {
        let size = Size { values: f.values, word: f.word };
        (name, ProbedField { shape: f.shape, unit: f.unit, classes: None, size })
    });
    Ok(SourceShape {
        rows: Some(usize::try_from(schema.rows).unwrap_or(usize::MAX)),
        columns: schema.columns.iter().map(|c| c.name.clone()).collect(),
        fields: fields.collect(),
        errors: schema.errors.iter().map(|e| as_probe_error(read, e)).collect(),
    })
}

fn as_probe_error(read: &Read, error: &DataError) -> ProbeError {
    let at = match error {
        DataError::MissingColumn { column, .. }
        | DataError::WrongType { column, .. }
        | DataError::Shape { column, .. } => ProbeError::setting_of_column(read, column),
        DataError::Field { field, .. } | DataError::UnknownField { field, .. } => ProbeError::setting_of_field(field),
        DataError::Expression { .. } => "where".to_owned(),
        _ => "path".to_owned(),
    };
    ProbeError { at, message: error.to_string(), help: None, data: !error.is_pipeline_error() }
}
