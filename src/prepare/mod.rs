//! Preparing data sets: steps in order, fitted on one data set, applied to all; one step a file.

mod add;
mod center;
mod change;
mod compose;
mod element_baseline;
pub mod error;
mod scale;
mod split;
mod standardise;
mod subsample;
mod whole_groups;
mod working;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

pub use center::FittedCenter;
pub use element_baseline::FittedBaseline;
pub use error::PrepareError;
pub use scale::FittedScale;
pub use split::Splitted;
pub use standardise::{FittedStandardise, Moments};
pub use subsample::Subsampled;

use crate::data::Dataset;
use crate::spec::types::{Add, Step};
use working::Working;

/// A step with the numbers that it computed: enough to do the same to other data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fitted {
    Center(FittedCenter),
    Scale(FittedScale),
    Standardise(FittedStandardise),
    ElementBaseline(FittedBaseline),
    Subsample(Subsampled),
    Split(Splitted),
    Add(Add),
}

/// Runs the steps of a `prepare` stage over the data sets `from` (changed in place), on the current Rayon pool.
///
/// A split takes the whole out of `data` and puts the parts in. `rng` gives a random stream of its own to each name
/// (`subsample.2.train`, `split.0.all`: kind, number of the step, data set); it should also depend on the run's seed and
/// the stage. What was done is noted in [`Dataset::history`], for [`Dataset::inverse`].
///
/// # Errors
/// Where a data set or field does not exist or does not suit a step. Steps before the failed one stay done.
pub fn fit_and_apply(
    steps: &[Step],
    data: &mut BTreeMap<String, Dataset>,
    from: &[String],
    mut rng: impl FnMut(&str) -> ChaCha8Rng,
) -> Result<Vec<Fitted>, PrepareError> {
    let mut working = Working::new(data, from)?;
    let mut done = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate() {
        let fitted = match step {
            Step::Center(step) => Fitted::Center(center::fit(step, &working)?),
            Step::Scale(step) => Fitted::Scale(scale::fit(step, &working)?),
            Step::Standardise(step) => Fitted::Standardise(standardise::fit(step, &working)?),
            Step::ElementBaseline(step) => Fitted::ElementBaseline(element_baseline::fit(step, &working)?),
            Step::Subsample(step) => {
                let stream = |name: &str| rng(&format!("subsample.{number}.{name}"));
                Fitted::Subsample(subsample::run(step, &mut working, stream)?)
            }
            Step::Split(step) => {
                let mut stream = rng(&format!("split.{number}.{}", step.of));
                Fitted::Split(split::run(step, &mut working, &mut stream)?)
            }
            Step::Add(step) => Fitted::Add(step.clone()),
        };
        working.each(|name, data| fitted.apply(name, data))?;
        done.push(fitted);
    }
    Ok(done)
}

impl Fitted {
    /// Does to a data set what the step did to its own: the same numbers, nothing is fitted anew.
    ///
    /// Subsamples and splits do nothing here. Fields that the data set does not have (the target, in data to predict on)
    /// are left out, but noted in the history, so that predictions of them can be brought back.
    ///
    /// # Errors
    /// Where an element is not known to the baseline, or a computed field cannot be computed.
    pub fn apply(&self, name: &str, data: &mut Dataset) -> Result<(), PrepareError> {
        match self {
            Self::Center(fitted) => fitted.apply(data),
            Self::Scale(fitted) => fitted.apply(data),
            Self::Standardise(fitted) => fitted.apply(data),
            Self::ElementBaseline(fitted) => fitted.apply(name, data)?,
            Self::Subsample(_) | Self::Split(_) => {}
            Self::Add(step) => add::apply(step, name, data)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
