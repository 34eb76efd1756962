//! Applying a transform to a field, in parallel over fixed pieces of rows.

use rayon::prelude::*;

use crate::data::{Dataset, Field, Transform, Values};

/// Rows that one task changes; fixed, so that nothing depends on the number of threads.
const PIECE: usize = 1024;

/// Applies a transform to a field and notes it in the data set's history.
///
/// A field that the data set does not have (the target, in data to predict on) only gets the note, so that predictions
/// of it can be brought back to physical units.
pub fn change(data: &mut Dataset, name: &str, transform: Transform) {
    let rows = data.rows;
    if let Some(field) = data.fields.get_mut(name) {
        let starts: Vec<usize> = (0..=rows).map(|row| field.range(row).start).collect();
        match &mut field.values {
            Values::F32(values) => {
                pieces(values, &starts, |row, v| forward(&transform, row, v, f64::from, |x| x as f32))
            }
            Values::F64(values) => pieces(values, &starts, |row, v| transform.forward(row, v)),
        }
    }
    data.history.entry(name.to_string()).or_default().push(transform);
}

fn forward<T: Copy>(
    transform: &Transform,
    row: usize,
    values: &mut [T],
    widen: impl Fn(T) -> f64,
    narrow: impl Fn(f64) -> T,
) {
    let mut wide: Vec<f64> = values.iter().map(|&x| widen(x)).collect();
    transform.forward(row, &mut wide);
    values.iter_mut().zip(wide).for_each(|(x, w)| *x = narrow(w));
}

/// Calls `op` with each row; `starts` are the rows' starts and the end.
fn pieces<T: Send>(values: &mut [T], starts: &[usize], op: impl Fn(usize, &mut [T]) + Sync) {
    let mut tasks = Vec::new();
    let mut rest = values;
    let rows = starts.len().saturating_sub(1);
    for first in (0..rows).step_by(PIECE) {
        let bounds = starts.get(first..=(first + PIECE).min(rows)).unwrap_or(&[]);
        let length = bounds.last().zip(bounds.first()).map_or(0, |(end, start)| end - start);
        let (piece, tail) = rest.split_at_mut(length.min(rest.len()));
        tasks.push((first, bounds, piece));
        rest = tail;
    }
    tasks.into_par_iter().for_each(|(first, bounds, mut piece)| {
        for (i, (start, end)) in bounds.iter().zip(bounds.iter().skip(1)).enumerate() {
            let (row, tail) = piece.split_at_mut((end - start).min(piece.len()));
            op(first + i, row);
            piece = tail;
        }
    });
}

/// Sums of `f(value, component)` over all values of a field, component by component; components repeat with `period`.
/// Also the number of values of each component.
///
/// The sums are taken over fixed pieces and added in order: the result is the same for every number of threads.
pub fn sums(field: &Field, period: usize, f: impl Fn(f64, usize) -> f64 + Sync) -> (Vec<f64>, usize) {
    let period = period.max(1);
    let length = period * 4096_usize.div_ceil(period);
    let add = |piece: &mut dyn Iterator<Item = f64>| {
        let mut sums = vec![0.0; period];
        for (i, x) in piece.enumerate() {
            if let Some(sum) = sums.get_mut(i % period) {
                *sum += f(x, i % period);
            }
        }
        sums
    };
    let pieces: Vec<Vec<f64>> = match &field.values {
        Values::F32(v) => v.par_chunks(length).map(|c| add(&mut c.iter().map(|&x| f64::from(x)))).collect(),
        Values::F64(v) => v.par_chunks(length).map(|c| add(&mut c.iter().copied())).collect(),
    };
    let mut total = vec![0.0; period];
    for piece in &pieces {
        total.iter_mut().zip(piece).for_each(|(t, p)| *t += p);
    }
    (total, field.values.len() / period)
}

/// Mean of each component.
pub fn means(field: &Field, period: usize) -> Vec<f64> {
    let (sums, count) = sums(field, period, |x, _| x);
    sums.into_iter().map(|s| s / count.max(1) as f64).collect()
}
