//! `jitter`: Gaussian noise.

use std::convert::Infallible;

use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use semola_data::pieces::{Number, Ticks, each_row};
use semola_data::{Dataset, Values};
use semola_document::OneOrMany;
use semola_lie::random::normal_pair;
use serde::{Deserialize, Serialize};

use crate::prepare::rules;
use crate::prepare::settings::listed;
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};

/// Add Gaussian noise to the values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jitter {
    /// The fields to move.
    pub fields: OneOrMany<String>,
    /// Standard deviation of the noise, in prepared units.
    pub size: f64,
}

impl PrepareStep for Jitter {
    type Fitted = Self;

    /// Leaves no mark on the fields: other data sets need not get the same noise.
    fn check(&self, at: &mut Checking) {
        at.require(self.size > 0.0 && self.size.is_finite(), "size", self.size, "above 0");
        at.fields(&self.fields, rules::numbers);
    }

    fn label(&self) -> String {
        format!("add noise of {} to {}", self.size, listed(&self.fields))
    }

    fn memory(&self, _: &Shapes, _: &Shapes) -> Option<usize> {
        Some(0)
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<Self, PrepareError> {
        fitting.require(self.fields.as_slice(), rules::numbers)?;
        Ok(self.clone())
    }
}

impl FittedStep for Jitter {
    const REACH: Reach = Reach::Stage;

    /// Adds noise. Nothing is noted in the history: noise is not undone.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        for name in self.fields.as_slice() {
            if let Some(field) = data.fields.get_mut(name) {
                let rows = data.rows;
                let (block, offsets) = (field.block(), field.offsets.take());
                let start = |row: usize| block * offsets.as_ref().map_or(row, |o| o.get(row).copied().unwrap_or(0));
                // A stream for each piece of rows: pieces depend on the data alone.
                let stream = |first: usize| call.rng(name, first as u64);
                call.ticking(rows, name, |ticks| match &mut field.values {
                    Values::F32(values) => noise(values, rows, start, ticks, self.size, stream),
                    Values::F64(values) => noise(values, rows, start, ticks, self.size, stream),
                });
                field.offsets = offsets;
            }
        }
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: names(self.fields.as_slice()), ..Touches::default() }
    }
}

fn noise<T: Number>(
    values: &mut [T],
    rows: usize,
    start: impl Fn(usize) -> usize + Sync,
    ticks: &Ticks,
    size: f64,
    stream: impl Fn(usize) -> ChaCha8Rng + Sync,
) {
    let add = |rng: &mut ChaCha8Rng, _: usize, row: &mut [T]| {
        for pair in row.chunks_mut(2) {
            let (first, second) = normal_pair(rng);
            pair.iter_mut().zip([first, second]).for_each(|(x, n)| *x = T::narrow(x.wide() + size * n));
        }
        Ok::<(), Infallible>(())
    };
    each_row(values, rows, start, ticks, stream, add).unwrap_or_else(|never| match never {});
}

#[cfg(test)]
mod tests {
    use crate::prepare::fixtures::{clouds, numbers, one, refused};

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[
            ("{jitter: {fields: class, size: 1}}", "holds class labels"),
            ("{jitter: {fields: cloud, size: -1}}", "`size` is -1"),
        ]);
    }

    #[test]
    fn noise_has_its_size_and_nothing_is_noted() {
        let whole = clouds(2000, 5);
        let data = one("{jitter: {fields: [p, f], size: 0.3}}", whole.clone());
        for name in ["p", "f"] {
            let noise: Vec<f64> = numbers(&data, name).iter().zip(numbers(&whole, name)).map(|(a, b)| a - b).collect();
            let n = noise.len() as f64;
            let std = (noise.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
            assert!((std - 0.3).abs() < 0.01 && noise.iter().sum::<f64>().abs() / n < 0.01, "{std}");
        }
        assert!(data.history.is_empty());
    }
}
