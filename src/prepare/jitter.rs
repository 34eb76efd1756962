//! `jitter`: Gaussian noise.

use std::convert::Infallible;

use super::call::Call;
use crate::data::pieces::{Number, Ticks, each_row};
use crate::data::{Dataset, Values};
use crate::lie::random::normal_pair;
use crate::spec::types::Jitter;

/// Adds noise to the fields of a data set. Nothing is noted in the history: noise is not undone.
pub fn apply(step: &Jitter, call: &Call, data: &mut Dataset) {
    for name in step.fields.as_slice() {
        if let Some(field) = data.fields.get_mut(name) {
            let rows = data.rows;
            let (block, offsets) = (field.block(), field.offsets.take());
            let start = |row: usize| block * offsets.as_ref().map_or(row, |o| o.get(row).copied().unwrap_or(0));
            call.ticking(rows, name, |ticks| match &mut field.values {
                Values::F32(values) => noise(values, rows, start, ticks, step.size, (call, name)),
                Values::F64(values) => noise(values, rows, start, ticks, step.size, (call, name)),
            });
            field.offsets = offsets;
        }
    }
}

fn noise<T: Number>(
    values: &mut [T],
    rows: usize,
    start: impl Fn(usize) -> usize + Sync,
    ticks: &Ticks,
    size: f64,
    (call, name): (&Call, &str),
) {
    // A stream for each piece of rows: pieces depend on the data alone.
    let stream = |first: usize| call.rng(name, first as u64);
    let add = |rng: &mut rand_chacha::ChaCha8Rng, _: usize, row: &mut [T]| {
        for pair in row.chunks_mut(2) {
            let (first, second) = normal_pair(rng);
            pair.iter_mut().zip([first, second]).for_each(|(x, n)| *x = T::narrow(x.wide() + size * n));
        }
        Ok::<(), Infallible>(())
    };
    each_row(values, rows, start, ticks, stream, add).unwrap_or_else(|never| match never {});
}
