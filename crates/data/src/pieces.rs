//! Rows in parallel: in fixed chunks, so that no result depends on the number of threads.

use std::sync::{Mutex, PoisonError};

use nalgebra::RealField;
use rayon::prelude::*;

/// Values that one task handles, about.
const TASK: usize = 1 << 14;

/// Rows that one task handles at most.
const ROWS: usize = 4096;

/// A 32- or 64-bit number.
pub trait Number: RealField + Copy {
    /// In 64 bits.
    fn wide(self) -> f64;
    /// Rounded from 64 bits.
    fn narrow(x: f64) -> Self;
}

impl Number for f32 {
    fn wide(self) -> f64 {
        f64::from(self)
    }
    fn narrow(x: f64) -> Self {
        x as Self
    }
}

impl Number for f64 {
    fn wide(self) -> f64 {
        self
    }
    fn narrow(x: f64) -> Self {
        x
    }
}

/// Counts rows that are done, and reports after each chunk of them.
pub struct Ticks<'a> {
    done: Mutex<usize>,
    /// Called with the rows done so far, one call at a time and ascending.
    tell: Option<&'a (dyn Fn(usize) + Sync)>,
}

impl<'a> Ticks<'a> {
    /// Nothing is reported.
    pub fn silent() -> Self {
        Self { done: Mutex::new(0), tell: None }
    }

    /// `tell` is called with the number of rows done.
    pub fn new(tell: &'a (dyn Fn(usize) + Sync)) -> Self {
        Self { done: Mutex::new(0), tell: Some(tell) }
    }

    fn add(&self, rows: usize) {
        let Some(tell) = self.tell else { return };
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done += rows;
        tell(*done);
    }
}

/// Calls `op` with a scratch, the number and the values of each row; `start(i)` is where row i begins, `start(rows)` the
/// end. `scratch` is made for each piece, from the number of its first row.
///
/// # Errors
/// That of the first row for which `op` fails.
pub fn each_row<T: Send, S, E: Send>(
    values: &mut [T],
    rows: usize,
    start: impl Fn(usize) -> usize + Sync,
    ticks: &Ticks,
    scratch: impl Fn(usize) -> S + Sync,
    op: impl Fn(&mut S, usize, &mut [T]) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let length = |from: usize, to: usize| start(to).saturating_sub(start(from));
    let piece_rows = (TASK * rows / values.len().max(1)).clamp(1, ROWS);
    let mut tasks = Vec::with_capacity(rows / piece_rows + 1);
    let mut rest = values;
    for first in (0..rows).step_by(piece_rows) {
        let end = (first + piece_rows).min(rows);
        let (piece, tail) = rest.split_at_mut(length(first, end).min(rest.len()));
        tasks.push((first..end, piece));
        rest = tail;
    }
    let work = |(range, mut piece): (std::ops::Range<usize>, &mut [T])| {
        let mut scratch = scratch(range.start);
        let count = range.len();
        for row in range {
            let (one, tail) = piece.split_at_mut(length(row, row + 1).min(piece.len()));
            op(&mut scratch, row, one)?;
            piece = tail;
        }
        ticks.add(count);
        Ok(())
    };
    tasks.into_par_iter().map(work).collect::<Vec<Result<(), E>>>().into_iter().collect()
}

/// New values of all rows: as [`each_row`], from zeros.
///
/// # Errors
/// As [`each_row`].
pub fn new_rows<T: Number, S, E: Send>(
    rows: usize,
    start: impl Fn(usize) -> usize + Sync,
    ticks: &Ticks,
    scratch: impl Fn(usize) -> S + Sync,
    op: impl Fn(&mut S, usize, &mut [T]) -> Result<(), E> + Sync,
) -> Result<Vec<T>, E> {
    let mut values = vec![T::zero(); start(rows)];
    each_row(&mut values, rows, start, ticks, scratch, op)?;
    Ok(values)
}

/// The end of each row behind 0, from the rows' lengths: offsets of ragged rows.
pub fn offsets(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    let ends = lengths.scan(0, |end, n| {
        *end += n;
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_visited_once_whatever_its_length() {
        let lengths = |row: usize| (row * 7) % 40;
        let rows = 5000;
        let starts = offsets((0..rows).map(lengths));
        let seen = Mutex::new(Vec::new());
        let tell = |n: usize| seen.lock().unwrap().push(n);
        let start = |i: usize| starts[i];
        let fill = |_: &mut (), row: usize, out: &mut [f64]| {
            assert_eq!(out.len(), lengths(row));
            out.iter_mut().for_each(|v| *v += row as f64);
            Ok::<(), String>(())
        };
        let values = new_rows(rows, start, &Ticks::new(&tell), |_| (), fill).unwrap();
        let wanted: Vec<f64> = (0..rows).flat_map(|row| vec![row as f64; lengths(row)]).collect();
        assert_eq!(values, wanted);
        let seen = seen.into_inner().unwrap();
        assert!(seen.is_sorted() && seen.last() == Some(&rows) && seen.len() > 2, "{seen:?}");
    }

    #[test]
    fn the_first_error_is_told_on_any_number_of_threads() {
        let op = |_: &mut (), row: usize, _: &mut [f32]| if row % 1000 == 999 { Err(row) } else { Ok(()) };
        for threads in [1, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| new_rows(9000, |i| i * 8, &Ticks::silent(), |_| (), op));
            assert_eq!(found, Err(999));
        }
    }
}
