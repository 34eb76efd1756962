//! The rows of a field in parallel, whatever the width of its numbers.

use semola_data::pieces::{Number, Ticks, new_rows};
use semola_data::{Field, Values};

use super::call::Call;
use super::error::PrepareError;

/// The values of a field, and where its rows lie.
pub struct Rows<'a, T> {
    values: &'a [T],
    field: &'a Field,
}

impl<T: Number> Rows<'_, T> {
    /// The values of row `i`.
    pub fn row(&self, i: usize) -> &[T] {
        self.values.get(self.field.range(i)).unwrap_or(&[])
    }
}

/// A computation of new rows from the rows of a field.
pub trait Work: Sync {
    /// The scratch space of one task.
    type Scratch;

    /// A scratch for the rows from `first` on.
    fn scratch(&self, first: usize) -> Self::Scratch;

    /// Writes row `i` (zeros at first) from that of the field.
    ///
    /// # Errors
    /// Says what is wrong with the row.
    fn row<T: Number>(&self, scratch: &mut Self::Scratch, i: usize, from: &[T], out: &mut [T]) -> Result<(), String>;
}

/// New values, as wide as those of the field, for `rows` rows; row i of them begins at `start(i)`.
///
/// # Errors
/// The first error of any row.
pub fn compute(
    call: &Call,
    name: &str,
    field: &Field,
    rows: usize,
    start: impl Fn(usize) -> usize + Sync,
    work: &impl Work,
) -> Result<Values, PrepareError> {
    let values = call.ticking(rows, name, |ticks| match &field.values {
        Values::F32(values) => go(&Rows { values, field }, rows, start, ticks, work).map(Values::F32),
        Values::F64(values) => go(&Rows { values, field }, rows, start, ticks, work).map(Values::F64),
    });
    values.map_err(|reason| call.wrong(name, reason))
}

fn go<T: Number, W: Work>(
    from: &Rows<T>,
    rows: usize,
    start: impl Fn(usize) -> usize + Sync,
    ticks: &Ticks,
    work: &W,
) -> Result<Vec<T>, String> {
    let op = |scratch: &mut W::Scratch, i: usize, out: &mut [T]| work.row(scratch, i, from.row(i), out);
    new_rows(rows, start, ticks, |first| work.scratch(first), op)
}
