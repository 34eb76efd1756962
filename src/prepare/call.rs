//! What a step gets from its environment: random streams and progress reporting.

use rand_chacha::ChaCha8Rng;

use semola_data::pieces::Ticks;
use semola_data::{Dataset, Field};
use semola_document::hint;
use semola_engine::Streams;

use super::error::PrepareError;

/// Called with the rows done, the total, and a description; ascending within one task.
pub type Tell<'a> = dyn Fn(usize, usize, &dyn Fn() -> String) + Sync + 'a;

/// The environment of a `prepare` stage.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The streams of the stage.
    pub streams: &'a Streams,
    pub tell: &'a Tell<'a>,
}

/// One step at work on one data set.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub run: Run<'a>,
    /// The step's name, and its number among the steps.
    pub kind: &'static str,
    pub number: usize,
    pub dataset: &'a str,
}

impl Call<'_> {
    /// The random stream of this step and data set at a counter (a row); `what` distinguishes streams of one step.
    pub fn rng(&self, what: &str, counter: u64) -> ChaCha8Rng {
        let dot = if what.is_empty() { "" } else { "." };
        self.run.streams.get(&format!("{}.{}.{}{dot}{what}", self.kind, self.number, self.dataset), counter)
    }

    /// Runs work on `rows` rows, with progress reported as `what`.
    pub fn ticking<T>(&self, rows: usize, what: &str, work: impl FnOnce(&Ticks) -> T) -> T {
        let tell = |done: usize| (self.run.tell)(done, rows, &|| format!("{} {what} of {}", self.kind, self.dataset));
        work(&Ticks::new(&tell))
    }

    /// The field of a data set.
    ///
    /// # Errors
    /// [`PrepareError::UnknownField`], with a suggestion.
    pub fn field<'d>(&self, data: &'d Dataset, name: &str) -> Result<&'d Field, PrepareError> {
        data.fields.get(name).ok_or_else(|| PrepareError::UnknownField {
            step: self.kind,
            dataset: self.dataset.to_string(),
            field: name.to_string(),
            hint: hint(name, data.fields.keys().map(String::as_str)),
        })
    }

    /// An error about a field.
    pub fn wrong(&self, field: &str, reason: impl Into<String>) -> PrepareError {
        let (dataset, field) = (self.dataset.to_string(), field.to_string());
        PrepareError::Field { step: self.kind, dataset, field, reason: reason.into() }
    }
}

/// Where a row comes from, for messages: `row 3 (row 17 of FILE)`.
pub fn place(data: &Dataset, row: usize) -> String {
    match data.row_ids.get(row).and_then(|&id| data.locate(id)) {
        Some((path, number)) => format!("row {row} (row {number} of {})", path.display()),
        None => format!("row {row}"),
    }
}

/// Leaves rows out of a data set and counts them under the column of a field.
pub fn drop_rows(data: &mut Dataset, field: &str, kept: &[usize]) {
    let dropped = data.rows - kept.len();
    if dropped > 0 {
        *data = data.take(kept);
        let column = data.columns.get(field).cloned().unwrap_or_else(|| field.to_owned());
        *data.dropped.entry(column).or_insert(0) += dropped;
    }
}
