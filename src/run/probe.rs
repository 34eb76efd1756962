//! Answers the planner's questions about files from their schemas.

use std::collections::BTreeMap;

use semola_data::select::parse;
use semola_data::settings::Read;
use semola_data::{Base, Blame, DataError, Dataset, Fault, Purpose, probe};

use semola_plan::{ProbeError, ProbedField, ReadShape, Size, SourceShape};

/// Shapes, columns and rows of a data set, without reading its values.
pub fn source_shape(read: &Read, base: Base<'_>) -> Result<SourceShape, ProbeError> {
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
        read: None,
    })
}

/// What reading has shown about a data set.
pub fn read_shape(data: &Dataset) -> ReadShape {
    let mut values: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (column, of_rows) in &data.keys {
        let counts = values.entry(column.clone()).or_default();
        of_rows.iter().for_each(|value| *counts.entry(value.clone()).or_default() += 1);
    }
    let classes = |(name, field): (&String, &semola_data::Field)| Some((name.clone(), field.classes.as_ref()?.len()));
    ReadShape {
        rows: data.rows,
        groups: data.groups.as_ref().map(|all| all.iter().max().map_or(0, |last| *last as usize + 1)),
        classes: data.fields.iter().filter_map(classes).collect(),
        values,
    }
}

fn as_probe_error(read: &Read, error: &DataError) -> ProbeError {
    let at = match error {
        DataError::NotScalar { column, purpose: Purpose::Expression, .. } => {
            let uses = |text: &str| parse(text).is_ok_and(|e| e.columns.contains(column));
            setting_of_expression(read, uses)
        }
        DataError::NotScalar { column, purpose: Purpose::Key, .. } => {
            let grouped = read.group.as_ref() == Some(column);
            if grouped { "group" } else { "group_by" }.to_owned()
        }
        DataError::MissingColumn { column, .. }
        | DataError::MissingInPart { column, .. }
        | DataError::Kinds { column, .. }
        | DataError::ColumnTwice { column, .. }
        | DataError::WrongType { column, .. }
        | DataError::NotScalar { column, .. }
        | DataError::Shape { column, .. } => ProbeError::setting_of_column(read, column),
        DataError::Field { field, .. } | DataError::UnknownField { field, .. } => ProbeError::setting_of_field(field),
        DataError::Expression { expression, .. } => setting_of_expression(read, |text| text == expression),
        _ => "path".to_owned(),
    };
    // A key or an expression that names an unsuitable column is a mistake of the pipeline.
    let blame = match error {
        DataError::NotScalar { purpose: Purpose::Key | Purpose::Expression, .. } => Blame::Pipeline,
        other => other.blame(),
    };
    ProbeError { at, message: error.to_string(), help: None, blame }
}

/// The first setting that holds such an expression: `select.NAME` or `where`.
fn setting_of_expression(read: &Read, is_it: impl Fn(&str) -> bool) -> String {
    let computed = read.select.iter().find(|(_, text)| is_it(text));
    computed.map_or_else(
        || "where".to_owned(),
        |(name, _)| semola_document::Path::default().key("select").key(name).to_string(),
    )
}
