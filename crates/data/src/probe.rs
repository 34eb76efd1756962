//! The schema of a data set, without reading it: for checks before a run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use semola_document::hint;

use super::cell::check_cell;
use super::check_action::RowShape;
use super::columns::{check_scalar, origin};
use super::error::{DataError, Purpose};
use super::fields::{FieldPlan, dim_of, plan_fields};
use super::foreign::Base;
use super::layout::{lengths as list_lengths, most_frequent};
use super::load::{inner_axes, part_layout, sample};
use super::picture::Wanted;
use super::rows::Expressions;
use super::scalars::is_scalar;
use super::source::{Part, Source};
use super::unit::stated;
use crate::settings::{ActionName, Read};

/// The schema of a data set.
#[derive(Debug)]
pub struct Schema {
    /// Rows in all files, before any selection.
    pub rows: u64,
    pub files: Vec<PathBuf>,
    /// All columns of the files, partition keys and computed columns.
    pub columns: Vec<ColumnInfo>,
    /// The declared fields that can be read.
    pub fields: BTreeMap<String, FieldInfo>,
    /// What is wrong with the others, and with `where`, `select`, `group`, `group_by` and keys.
    pub errors: Vec<DataError>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInfo {
    pub name: String,
    /// Arrow's name of the type; `partition` or `computed` for columns that are not in the files.
    pub kind: String,
    /// One value per row: usable in `where`, `select`, `group`, `split`.
    pub scalar: bool,
    pub unit: Option<String>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldInfo {
    pub shape: RowShape,
    /// The shape was measured on the first rows, not given by the type; other rows may differ.
    pub measured: bool,
    /// Arrow's name of the (first) column's type.
    pub dtype: String,
    pub unit: Option<String>,
    pub labels: bool,
    /// Values of all rows together, at most, as the footers say; `None` if they do not.
    pub values: Option<usize>,
    /// Bytes of a value in memory.
    pub word: usize,
}

impl Schema {
    /// The end of a message about a column that does not exist.
    pub fn hint(&self, column: &str) -> String {
        hint(column, self.columns.iter().map(|c| c.name.as_str()))
    }
}

/// Looks at the files of a `read` stage (with `like` resolved): footers, and the first rows of columns whose type does
/// not tell their shape. `keys` are further scalar columns that are needed.
///
/// # Errors
/// If files are not found or cannot be opened; what is wrong with single fields is listed in [`Schema::errors`].
pub fn probe<'a>(read: &Read, base: impl Into<Base<'a>>, keys: &[String]) -> Result<Schema, DataError> {
    let source = Source::of(read, base.into())?;
    let mut errors = Vec::new();
    let mut fields = BTreeMap::new();
    for plan in plan_fields(&source, read) {
        match plan.and_then(|plan| Ok((plan.name.to_string(), field_info(&source, read, &plan)?))) {
            Ok((name, info)) => drop(fields.insert(name, info)),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(check_cell(&source, read).err());
    let computed = || read.select.keys().map(String::as_str);
    for name in read.group.iter().chain(&read.group_by).chain(keys) {
        let checked = origin(&source, computed(), name).and_then(|_| check_scalar(&source, name, Purpose::Key));
        errors.extend(checked.err());
    }
    let typed = Expressions::parse(&source, read).and_then(|e| e.check_types(&source));
    errors.extend(typed.err());
    Ok(Schema {
        rows: source.rows,
        files: source.parts.iter().map(|p| p.path.clone()).collect(),
        columns: column_infos(&source, read),
        fields,
        errors,
    })
}

fn column_infos(source: &Source, read: &Read) -> Vec<ColumnInfo> {
    let other =
        |name: &String, kind: &str| ColumnInfo { name: name.clone(), kind: kind.into(), scalar: true, unit: None };
    let mut all: Vec<ColumnInfo> = Vec::new();
    // Parts may differ in their columns; that is told where a column is used.
    for part in &source.parts {
        let stored = part.schema().fields().iter().map(|field| ColumnInfo {
            name: field.name().clone(),
            kind: field.data_type().to_string(),
            scalar: is_scalar(field.data_type()),
            unit: stated(field).map(str::to_string),
        });
        let unknown = part.unreadable.keys().map(|name| ColumnInfo { scalar: false, ..other(name, "unknown") });
        let partitions = part.partitions.keys().map(|name| other(name, "partition"));
        for column in stored.chain(unknown).chain(partitions) {
            if !all.iter().any(|c| c.name == column.name) {
                all.push(column);
            }
        }
    }
    all.extend(read.select.keys().map(|name| other(name, "computed")));
    all
}

fn field_info(source: &Source, read: &Read, plan: &FieldPlan) -> Result<FieldInfo, DataError> {
    let column = plan.columns.first().copied().unwrap_or(plan.name);
    let part = source.parts.first().ok_or_else(|| DataError::NoRows(PathBuf::new()))?;
    let stored = part.column(column);
    let dtype = stored.map_or("computed".to_string(), |(_, field)| field.data_type().to_string());
    let one_value = RowShape::Fixed(Vec::new());
    let (mut shape, mut measured) = match stored {
        _ if plan.pictures.is_some() => (RowShape::Fixed(plan.shape.clone().unwrap_or_default()), false),
        // Grouped columns of lists are ragged points, one column a component: any length will do.
        Some(_) if plan.spec.columns.is_some() => row_shape(source, part, column, ActionName::Scalar)?,
        Some(_) if plan.at_points => points_shape(source, part, column, plan)?,
        Some(_) if !plan.spec.labels => row_shape(source, part, column, plan.spec.action)?,
        _ => (one_value, false),
    };
    if plan.spec.columns.is_some() {
        match &mut shape {
            RowShape::Fixed(axes) | RowShape::Ragged(axes) => axes.push(plan.columns.len()),
        }
    }
    let one_row = |s: &Vec<usize>| shape.width() == Some(s.iter().product());
    if read.group_by.is_some() && !plan.spec.labels && !plan.spec.shape.as_ref().is_some_and(one_row) {
        shape = RowShape::Ragged(shape.axes().to_vec());
    }
    if let Some(stated) = &plan.shape {
        let width: usize = stated.iter().product();
        if shape.width().is_some_and(|w| w != width) && !measured {
            let reason = format!("a row is {shape}, which is not the shape {stated:?}");
            return Err(DataError::Shape { path: part.path.clone(), column: column.to_string(), reason });
        }
        let from_first_picture = plan.spec.shape.is_none() && plan.pictures.is_some_and(|wanted| !wanted.resize);
        (shape, measured) = (RowShape::Fixed(stated.clone()), from_first_picture);
    }
    let wide = !plan.spec.labels && plan.columns.iter().any(|c| part_layout(part, c).is_ok_and(|l| l.wide));
    let word = if wide { 8 } else { 4 };
    // Encoded pictures are bytes in the file, and numbers only once they are decoded.
    let decoded = |wanted: Wanted| wanted.axes().iter().fold(source.rows as usize, |n, axis| n.saturating_mul(*axis));
    let values = plan.pictures.map(decoded).or_else(|| stored_values(source, plan));
    Ok(FieldInfo { shape, measured, dtype, unit: plan.unit.clone(), labels: plan.spec.labels, values, word })
}

/// Values of a field's columns in all files.
fn stored_values(source: &Source, plan: &FieldPlan) -> Option<usize> {
    let mut all =
        source.parts.iter().flat_map(|part| plan.columns.iter().map(move |column| part.stored_values(column)));
    all.try_fold(0, |sum: usize, n| Some(sum.saturating_add(n?)))
}

/// The same for flat lists that are values at points.
fn points_shape(source: &Source, part: &Part, column: &str, plan: &FieldPlan) -> Result<(RowShape, bool), DataError> {
    let dim = dim_of(plan.spec).unwrap_or(1).max(1);
    Ok(match row_shape(source, part, column, ActionName::Scalar)?.0 {
        RowShape::Fixed(axes) => (RowShape::Fixed(vec![axes.iter().product::<usize>() / dim, dim]), true),
        RowShape::Ragged(_) => (RowShape::Ragged(vec![dim]), true),
    })
}

/// The shape of a column's rows, and whether it was measured.
fn row_shape(source: &Source, part: &Part, column: &str, action: ActionName) -> Result<(RowShape, bool), DataError> {
    let layout = part_layout(part, column)?;
    if let (false, Some(axes)) = (layout.list, layout.known()) {
        return Ok((RowShape::Fixed(axes), false));
    }
    let arrays = sample(part, column)?;
    let axes = inner_axes(source, column)?.into_iter().next().flatten().unwrap_or_default();
    if !layout.list {
        return Ok((RowShape::Fixed(axes), true));
    }
    let lengths: Vec<usize> = arrays.iter().flat_map(list_lengths).collect();
    let same_length = lengths.first().filter(|first| lengths.iter().all(|n| n == *first)).copied();
    // Flat rows that an action needs: those of another length are invalid rows, which reading names.
    let flat_vectors = action != ActionName::Scalar && axes.is_empty();
    let length = match same_length {
        None if flat_vectors => most_frequent(lengths),
        same => same,
    };
    Ok(match length {
        Some(length) => (RowShape::Fixed(std::iter::once(length).chain(axes).collect()), true),
        None => (RowShape::Ragged(axes), true),
    })
}
