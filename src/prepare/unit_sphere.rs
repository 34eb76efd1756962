//! `unit_sphere`: each row's centroid at the origin, its farthest point at distance 1.

use std::convert::Infallible;

use super::call::Call;
use super::center::{blocks, centroids};
use super::change::change;
use super::error::PrepareError;
use crate::data::pieces::{Number, Ticks, new_rows};
use crate::data::{Dataset, Field, Transform, Values};
use crate::spec::types::Fields;

/// Moves and scales the rows of each field; both can be undone. Rows whose points are all at one place are only moved.
///
/// # Errors
/// Where a field has no points.
pub fn apply(step: &Fields, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
    for name in step.fields.as_slice() {
        let Some(field) = data.fields.get(name) else { continue };
        blocks(field).map_err(|reason| call.wrong(name, reason))?;
        let centre = centroids(call, name, field, data.rows);
        change(call, data, name, centre);
        if let Some(field) = data.fields.get(name) {
            let scales = call.ticking(data.rows, name, |ticks| match &field.values {
                Values::F32(values) => radii(values, field, data.rows, ticks),
                Values::F64(values) => radii(values, field, data.rows, ticks),
            });
            change(call, data, name, Transform::PerRowScale { scales });
        }
    }
    Ok(())
}

/// The largest norm of a block in each row; 1 where all are 0.
fn radii<T: Number>(values: &[T], field: &Field, rows: usize, ticks: &Ticks) -> Vec<f64> {
    let block = field.action.block_len().max(1);
    let radius = |_: &mut (), row: usize, out: &mut [f64]| {
        let square = |point: &[T]| point.iter().map(|x| x.wide() * x.wide()).sum::<f64>();
        let points = values.get(field.range(row)).unwrap_or(&[]).chunks_exact(block);
        let largest = points.map(square).fold(0.0, f64::max).sqrt();
        out.fill(if largest > 0.0 { largest } else { 1.0 });
        Ok::<(), Infallible>(())
    };
    new_rows(rows, |row| row, ticks, |_| (), radius).unwrap_or_else(|never| match never {})
}
