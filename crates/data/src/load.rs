//! From row groups to columns in memory, in parallel over row groups.

use std::sync::Arc;

use arrow::array::ArrayRef;
use rayon::prelude::*;

use super::check_action::RowShape;
use super::error::DataError;
use super::layout::{Layout, layout};
use super::numbers::Numbers;
use super::row_group::{Unit, batches, units};
use super::scalars::Scalars;
use super::source::{Part, Source};

/// Rows of the first row group on which inner lists are measured.
const SAMPLE: usize = 4096;

/// The layout of a column in a file.
///
/// # Errors
/// If the column is not there, or holds no numbers.
pub fn part_layout(part: &Part, column: &str) -> Result<Layout, DataError> {
    let (_, field) = part.column(column).ok_or_else(|| part.missing(column, std::iter::empty()))?;
    layout(field.data_type()).map_err(|found| DataError::WrongType {
        path: part.path.clone(),
        column: column.to_string(),
        found,
        wanted: "numbers or lists of numbers are needed".into(),
    })
}

/// A sample from the first row group of a file that has rows.
///
/// # Errors
/// If the file cannot be decoded.
pub fn sample(part: &Part, column: &str) -> Result<Vec<ArrayRef>, DataError> {
    match part.groups.iter().position(|rows| !rows.is_empty()) {
        Some(group) => group_sample(part, group, column),
        None => Ok(Vec::new()),
    }
}

/// A sample from a row group.
fn group_sample(part: &Part, group: usize, column: &str) -> Result<Vec<ArrayRef>, DataError> {
    let Some(rows) = part.groups.get(group).cloned() else { return Ok(Vec::new()) };
    let ids: Vec<u64> = rows.clone().take(SAMPLE).collect();
    batches(&Unit { part, index: 0, group, rows, ids: &ids }, column, None)
}

/// The lengths of the levels inside the rows (or points) of a column, measured where the type does not tell them.
///
/// # Errors
/// If nothing can be measured.
pub fn inner_axes(source: &Source, column: &str) -> Result<Vec<Option<Vec<usize>>>, DataError> {
    let mut measured = None;
    let mut all = Vec::with_capacity(source.parts.len());
    for part in &source.parts {
        let layout = part_layout(part, column)?;
        if layout.known().is_none() && measured.is_none() {
            measured = measured_axes(part, &layout, column)?;
        }
        all.push(layout.known().or_else(|| measured.clone()));
    }
    // Parts at the start may hold only empty lists.
    let unmeasured = source.parts.iter().zip(&mut all).filter(|(_, axes)| axes.is_none());
    for (part, axes) in unmeasured {
        let reason = "it holds only empty lists".to_owned();
        let nothing = || DataError::Shape { path: part.path.clone(), column: column.into(), reason };
        *axes = Some(measured.clone().ok_or_else(nothing)?);
    }
    Ok(all)
}

/// The lengths of inner lists, from the first row group that tells them.
fn measured_axes(part: &Part, layout: &Layout, column: &str) -> Result<Option<Vec<usize>>, DataError> {
    for group in (0..part.groups.len()).filter(|g| part.groups.get(*g).is_some_and(|rows| !rows.is_empty())) {
        let arrays = group_sample(part, group, column)?;
        if let Some(axes) = arrays.iter().find_map(|array| layout.measured(array).ok()) {
            return Ok(Some(axes));
        }
    }
    Ok(None)
}

/// A column of numbers in the rows `ids` (ascending).
///
/// # Errors
/// If the column is missing, of the wrong type or shape, or cannot be decoded.
pub fn numbers(source: &Source, ids: &[u64], column: &str) -> Result<Numbers, DataError> {
    let axes = inner_axes(source, column)?;
    let name: Arc<str> = column.into();
    let decode = |unit: &Unit| {
        let layout = part_layout(unit.part, column)?;
        let inner = axes.get(unit.index).cloned().flatten().unwrap_or_default();
        let mut numbers = Numbers::empty(layout.list, inner, layout.wide);
        for array in batches(unit, column, None)? {
            let corrupt = |e: arrow::error::ArrowError| corrupt(unit.part, e.to_string());
            numbers.push(&array, &name).map_err(corrupt)?;
        }
        Ok(numbers)
    };
    let units = units(source, ids);
    let parts: Vec<Result<Numbers, DataError>> = units.par_iter().map(decode).collect();
    let mut whole: Option<Numbers> = None;
    for (numbers, unit) in parts.into_iter().zip(&units) {
        let numbers = numbers?;
        match &mut whole {
            None => whole = Some(numbers),
            Some(whole) => {
                let (a, b) = (whole.row_shape(), numbers.row_shape());
                let first = units.first().map(|first| first.part.path.clone()).unwrap_or_default();
                let differ = |_| DataError::differing(column, unit.part.path.clone(), rows_of(&b), first, rows_of(&a));
                whole.append(numbers).map_err(differ)?;
            }
        }
    }
    whole.ok_or_else(|| DataError::NothingLeft { name: column.to_string(), why: "to read".into() })
}

/// A scalar column in the rows `ids` (ascending).
///
/// # Errors
/// If the column is missing, not scalar, or cannot be decoded.
pub fn scalars(source: &Source, ids: &[u64], column: &str) -> Result<Scalars, DataError> {
    let decode = |unit: &Unit| {
        let wrong = |found| DataError::WrongType {
            path: unit.part.path.clone(),
            column: column.to_string(),
            found,
            wanted: "one number, truth value or string a row is needed".into(),
        };
        let mut whole: Option<Scalars> = None;
        for array in batches(unit, column, None)? {
            let scalars = Scalars::from_array(&array).map_err(wrong)?;
            match &mut whole {
                None => whole = Some(scalars),
                Some(whole) => whole.append(scalars),
            }
        }
        whole.ok_or_else(|| corrupt(unit.part, "a row group is empty".into()))
    };
    let parts: Vec<Result<Scalars, DataError>> = units(source, ids).par_iter().map(decode).collect();
    let mut whole: Option<Scalars> = None;
    for part in parts {
        match &mut whole {
            None => whole = Some(part?),
            Some(whole) => whole.append(part?),
        }
    }
    whole.ok_or_else(|| DataError::NothingLeft { name: column.to_string(), why: "to read".into() })
}

fn rows_of(shape: &RowShape) -> String {
    match shape {
        RowShape::Fixed(axes) if axes.is_empty() => "one number a row".to_owned(),
        other => format!("rows {other}"),
    }
}

fn corrupt(part: &Part, reason: String) -> DataError {
    DataError::Corrupt { path: part.path.clone(), reason }
}
