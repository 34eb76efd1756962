//! The final shape of a field: fixed where it can be, ragged where it must be.

use std::collections::BTreeSet;

use super::check_action::RowShape;
use super::dataset::Field;
use super::error::DataError;
use super::fields::{FieldPlan, dim_of, field_action};
use super::layout::most_frequent;
use super::numbers::Numbers;
use super::problem::{Bad, Problem};
use crate::settings::ActionName;

/// Marks the rows whose length is not the one that the field needs, and fixes the shape where one is stated.
///
/// A length is needed where a shape is stated (by the pipeline or the column's metadata), and for actions on lists of
/// single numbers: those are flat rows, of the most frequent length.
///
/// # Errors
/// A sentence, where all rows have the same width and it is not that of the stated shape.
pub fn mark_lengths(numbers: &mut Numbers, plan: &FieldPlan) -> Result<(), String> {
    if let Some(dim) = dim_of(plan.spec).filter(|_| plan.at_points) {
        into_points(numbers, plan, dim.max(1));
        return Ok(());
    }
    let block = numbers.block();
    let flat_vectors = plan.spec.action != ActionName::Scalar && numbers.axes.is_empty();
    let wanted = match (&plan.shape, &numbers.lengths) {
        (Some(shape), None) if shape.iter().product::<usize>() != block => {
            return Err(format!("a row has {block} numbers, which is not the shape {shape:?}"));
        }
        (Some(shape), Some(_)) => {
            let width: usize = shape.iter().product();
            if block == 0 || !width.is_multiple_of(block) {
                return Err(format!(
                    "its points have shape {:?}, which does not divide the shape {shape:?}",
                    numbers.axes
                ));
            }
            Some(width / block)
        }
        (None, Some(lengths)) if flat_vectors => most_frequent(lengths.iter().copied()),
        _ => None,
    };
    let (Some(wanted), Some(lengths)) = (wanted, &numbers.lengths) else { return Ok(()) };
    let bad_already: BTreeSet<usize> = numbers.bad.iter().map(|b| b.row).collect();
    let column = plan.columns.first().copied().unwrap_or(plan.name);
    let wrong = lengths.iter().enumerate().filter(|(row, n)| **n != wanted && !bad_already.contains(row));
    let mark = |(row, &found): (usize, &usize)| {
        let problem = Problem::Length { found: found * block, wanted: wanted * block };
        Bad { row, column: column.into(), problem }
    };
    let marks: Vec<Bad> = wrong.map(mark).collect();
    numbers.bad.extend(marks);
    Ok(())
}

/// Flat lists of numbers as lists of points; marks the rows that are no whole number of points.
fn into_points(numbers: &mut Numbers, plan: &FieldPlan, dim: usize) {
    let Some(lengths) = numbers.lengths.as_mut().filter(|_| numbers.axes.is_empty()) else { return };
    let bad_already: BTreeSet<usize> = numbers.bad.iter().map(|b| b.row).collect();
    let column = plan.columns.first().copied().unwrap_or(plan.name);
    let mut kept = Vec::new();
    let mut start = 0;
    for (row, length) in lengths.iter_mut().enumerate() {
        let whole = *length / dim;
        if *length % dim != 0 && !bad_already.contains(&row) {
            numbers.bad.push(Bad { row, column: column.into(), problem: Problem::NotPoints { found: *length, dim } });
        }
        kept.push(start..start + whole * dim);
        start += *length;
        *length = whole;
    }
    numbers.values = numbers.values.ranges(kept.into_iter());
    numbers.axes = vec![dim];
}

/// The finished field, once the bad rows are gone. Lists that all have one length become a fixed axis.
///
/// # Errors
/// If the action does not fit the shape, or rows hold nothing.
pub fn field(numbers: Numbers, plan: &FieldPlan) -> Result<Field, DataError> {
    let offsets = numbers.offsets();
    let (shape, offsets) = match (&plan.shape, uniform(&numbers)) {
        (Some(shape), _) => (shape.clone(), None),
        (None, Some(length)) => (std::iter::once(length).chain(numbers.axes.iter().copied()).collect(), None),
        (None, None) if numbers.lengths.is_none() => (numbers.axes.clone(), None),
        (None, None) => (numbers.axes.clone(), Some(offsets)),
    };
    let row = match offsets {
        None => RowShape::Fixed(shape.clone()),
        Some(_) => RowShape::Ragged(shape.clone()),
    };
    if shape.contains(&0) {
        return Err(DataError::Field { field: plan.name.to_string(), reason: "its rows hold no numbers".into() });
    }
    let action = field_action(plan.name, plan.spec, &row)?;
    Ok(Field { action, values: numbers.values, shape, offsets, unit: plan.unit.clone(), classes: None })
}

/// The length that all lists have.
fn uniform(numbers: &Numbers) -> Option<usize> {
    let lengths = numbers.lengths.as_ref()?;
    let first = *lengths.first()?;
    lengths.iter().all(|&n| n == first).then_some(first)
}
