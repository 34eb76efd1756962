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
pub fn means(field: &Field, period: usize) -> Vec<f64> {
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
pub fn moments(field: &Field, period: usize) -> Moments {
    /// A standard deviation below this part of the mean's size is rounding noise of a constant component.
    const CONSTANT: f64 = 1e-12;
    let mean = means(field, period);
    let square = |x: f64, c: usize| (x - mean.get(c).copied().unwrap_or(0.0)).powi(2);
    let (squares, count) = sums(field, period, square);
    let std = squares.iter().zip(&mean).map(|(sum, mean)| match (sum / count.max(1) as f64).sqrt() {
        std if std > CONSTANT * mean.abs() => std,
        _ => 1.0,
    });
    let std = std.collect();
    Moments { mean, std }
}
