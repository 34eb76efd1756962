//! The centre of each row's points.

use semola_data::pieces::{Number, Ticks, new_rows};
use semola_data::{Field, Transform, Values};

use super::call::Call;

/// The mean over the blocks of each row; 0 for rows without points.
pub fn centroids(call: &Call, name: &str, field: &Field, rows: usize) -> Transform {
    let equal = |_: usize, _: &mut Vec<f64>| Ok(());
    // Equal weights never fail.
    let shifts = weighted_means(call, name, field, rows, equal).unwrap_or_default();
    Transform::PerRow { block: field.action.block_len(), shifts }
}

/// The weighted mean of the blocks of each row, end to end; `weights` fills in those of a row; `None` for equal ones.
///
/// # Errors
/// What `weights` reports about a row.
pub fn weighted_means(
    call: &Call,
    name: &str,
    field: &Field,
    rows: usize,
    weights: impl Fn(usize, &mut Vec<f64>) -> Result<(), String> + Sync,
) -> Result<Vec<f64>, String> {
    call.ticking(rows, name, |ticks| match &field.values {
        Values::F32(values) => weighted(values, field, rows, ticks, weights),
        Values::F64(values) => weighted(values, field, rows, ticks, weights),
    })
}

fn weighted<T: Number>(
    values: &[T],
    field: &Field,
    rows: usize,
    ticks: &Ticks,
    weights: impl Fn(usize, &mut Vec<f64>) -> Result<(), String> + Sync,
) -> Result<Vec<f64>, String> {
    let block = field.action.block_len().max(1);
    let mean = |own: &mut Vec<f64>, row: usize, out: &mut [f64]| {
        own.clear();
        weights(row, own)?;
        let points = values.get(field.range(row)).unwrap_or(&[]).chunks_exact(block);
        let mut total = 0.0;
        for (i, point) in points.enumerate() {
            let weight = own.get(i).copied().unwrap_or(1.0);
            total += weight;
            out.iter_mut().zip(point).for_each(|(o, x)| *o += weight * x.wide());
        }
        if total > 0.0 {
            out.iter_mut().for_each(|o| *o /= total);
        }
        Ok(())
    };
    new_rows(rows, |row| row * block, ticks, |_| Vec::new(), mean)
}
