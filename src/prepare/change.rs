//! Applying a transform to a field, in parallel over fixed chunks of rows; sums over a field.

use std::convert::Infallible;

use rayon::prelude::*;
use semola_data::pieces::{Number, Ticks, each_row};
use semola_data::{Dataset, Field, Transform, Values};
use serde::{Deserialize, Serialize};

use super::call::Call;

/// Applies a transform to a field and notes it in the data set's history.
///
/// A field that the data set does not have (the target, in data to predict on) only gets the note, so that predictions
/// of it can be converted back to physical units.
pub fn change(call: &Call, data: &mut Dataset, name: &str, transform: Transform) {
    let rows = data.rows;
    if let Some(field) = data.fields.get_mut(name) {
        let (block, offsets) = (field.block(), field.offsets.take());
        let start = |row: usize| block * offsets.as_ref().map_or(row, |o| o.get(row).copied().unwrap_or(0));
        call.ticking(rows, name, |ticks| match &mut field.values {
            Values::F32(values) => forward(values, rows, start, ticks, &transform),
            Values::F64(values) => forward(values, rows, start, ticks, &transform),
        });
        field.offsets = offsets;
    }
    data.history.entry(name.to_string()).or_default().push(transform);
}

fn forward<T: Number>(
    values: &mut [T],
    rows: usize,
    start: impl Fn(usize) -> usize + Sync,
    ticks: &Ticks,
    transform: &Transform,
) {
    let op = |wide: &mut Vec<f64>, row: usize, values: &mut [T]| {
        wide.clear();
        wide.extend(values.iter().map(|x| x.wide()));
        transform.forward(row, wide);
        values.iter_mut().zip(wide.iter()).for_each(|(x, w)| *x = T::narrow(*w));
        Ok::<(), Infallible>(())
    };
    each_row(values, rows, start, ticks, |_| Vec::new(), op).unwrap_or_else(|never| match never {});
}

/// Sums of `f(value, component)` over all values of a field, component by component; components repeat with `period`.
/// Also the number of values of each component.
///
/// The sums are taken over fixed chunks and added in order: the result is the same for every number of threads.
pub fn sums(field: &Field, period: usize, f: impl Fn(f64, usize) -> f64 + Sync) -> (Vec<f64>, usize) {
    let period = period.max(1);
    let length = period * 16_384_usize.div_ceil(period);
    let pieces: Vec<Vec<f64>> = match &field.values {
        Values::F32(v) => v.par_chunks(length).map(|c| piece(c, period, &f)).collect(),
        Values::F64(v) => v.par_chunks(length).map(|c| piece(c, period, &f)).collect(),
    };
    let mut total = vec![0.0; period];
    for piece in &pieces {
        total.iter_mut().zip(piece).for_each(|(t, p)| *t += p);
    }
    (total, field.values.len() / period)
}

fn piece<T: Number>(values: &[T], period: usize, f: impl Fn(f64, usize) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; period];
    for row in values.chunks(period) {
        sums.iter_mut().zip(row).enumerate().for_each(|(c, (sum, x))| *sum += f(x.wide(), c));
    }
    sums
}

/// Mean of each component.
fn means(field: &Field, period: usize) -> Vec<f64> {
    let (sums, count) = sums(field, period, |x, _| x);
    sums.into_iter().map(|s| s / count.max(1) as f64).collect()
}

/// Mean and standard deviation (with divisor n) of each component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    pub mean: Vec<f64>,
    pub std: Vec<f64>,
}

impl Moments {
    /// Subtracts the means and divides by the standard deviations.
    pub fn transform(&self) -> Transform {
        Transform::Standardise { mean: self.mean.clone(), std: self.std.clone() }
    }
}

/// Mean and standard deviation (with divisor n) of each component; a constant component has standard deviation 1.
///
/// # Errors
/// Says so, if the squares of the values are too large or too small for a number.
pub fn moments(field: &Field, period: usize) -> Result<Moments, String> {
    /// A standard deviation below this part of the mean's size is rounding noise of a constant component.
    const CONSTANT: f64 = 1e-12;
    let mean = checked_means(field, period)?;
    let of = |c: usize| mean.get(c).copied().unwrap_or(0.0);
    let (squares, count) = sums(field, period, |x, c| (x - of(c)).powi(2));
    // Squares of small numbers are 0 before the numbers are.
    let (distances, _) = match squares.iter().any(|sum| *sum < f64::MIN_POSITIVE) {
        true => sums(field, period, |x, c| (x - of(c)).abs()),
        false => (Vec::new(), 0),
    };
    let mut std = Vec::with_capacity(squares.len());
    for (c, (sum, mean)) in squares.iter().zip(&mean).enumerate() {
        let distance = distances.get(c).copied().unwrap_or(0.0) / count.max(1) as f64;
        if !sum.is_finite() || (*sum < f64::MIN_POSITIVE && distance > CONSTANT * mean.abs()) {
            let size = if sum.is_finite() { distance } else { f64::INFINITY };
            return Err(format!("its values have the standard deviation {size:e}{UNUSABLE}"));
        }
        match (sum / count.max(1) as f64).sqrt() {
            own if own > CONSTANT * mean.abs() => std.push(own),
            _ => std.push(1.0),
        }
    }
    Ok(Moments { mean, std })
}

/// Why, and what to do.
const UNUSABLE: &str = ", which cannot be computed with: convert them to another unit, or leave the field out";

/// Mean of each component.
///
/// # Errors
/// Says so, if the sums are too large for a number.
pub fn checked_means(field: &Field, period: usize) -> Result<Vec<f64>, String> {
    let mean = means(field, period);
    match mean.iter().find(|m| !m.is_finite()) {
        Some(wrong) => Err(format!("its values have the mean {wrong}{UNUSABLE}")),
        None => Ok(mean),
    }
}
