//! Preparing data sets: steps in order, fitted on one data set, applied to all; one step a file.
//!
//! All steps run in parallel over fixed pieces of rows on the current Rayon pool; the result does not depend on the number
//! of threads. Random numbers come from streams named after the step, the data set and the row.

mod add;
mod call;
mod center;
mod change;
mod classes;
mod compose;
mod crop;
mod element_baseline;
mod elements;
mod encode;
pub mod error;
mod fitted;
pub mod image;
mod jitter;
mod needs;
pub mod neighbours;
mod normalise;
mod normals;
mod one_hot;
mod pad;
pub mod per_point;
mod planned;
mod rasterise;
mod resize;
mod rows;
mod sample_points;
mod scale;
mod split;
mod standardise;
mod subsample;
mod tree;
mod turn;
mod unit_sphere;
mod whole_groups;
mod working;

use std::collections::BTreeMap;

pub use call::{Run, Tell};
pub use center::FittedCenter;
pub use classes::Classes;
pub use crop::size as cropped;
pub use element_baseline::FittedBaseline;
pub use encode::FittedEncode;
pub use error::PrepareError;
pub use fitted::Fitted;
pub use needs::Needs;
pub use normalise::FittedNormalise;
pub use one_hot::FittedOneHot;
pub use pad::size as padded;
pub use planned::PlannedPrepare;
pub use rasterise::{FittedRaster, image as raster_image};
pub use sample_points::positions;
pub use scale::FittedScale;
pub use split::Splitted;
pub use standardise::{FittedStandardise, Moments};
pub use subsample::Subsampled;

use crate::data::Dataset;
use crate::spec::types::Step;
use call::Call;
use working::Working;

/// Runs the steps of a `prepare` stage over the data sets `from` (changed in place), on the current Rayon pool.
///
/// A split takes the whole out of `data` and puts the parts in. What can be undone is noted in [`Dataset::history`], for
/// [`Dataset::inverse`].
///
/// # Errors
/// Where a data set or field does not exist or does not suit a step. Steps before the failed one stay done.
pub fn fit_and_apply(
    steps: &[Step],
    data: &mut BTreeMap<String, Dataset>,
    from: &[String],
    run: Run,
) -> Result<Vec<Fitted>, PrepareError> {
    let mut working = Working::new(data, from)?;
    let mut done = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate() {
        let fitted = fit(step, number, &mut working, run)?;
        working.each(|name, data| fitted.run(&Call { run, kind: step.name(), number, dataset: name }, data))?;
        done.push(fitted);
    }
    Ok(done)
}

/// Computes the numbers of a step; what changes which rows there are is done at once.
fn fit(step: &Step, number: usize, working: &mut Working, run: Run) -> Result<Fitted, PrepareError> {
    let rng = |name: &str| Call { run, kind: step.name(), number, dataset: name }.rng("", 0);
    let all = |working: &Working, names: &[String]| working.check_fields(step.name(), names.iter().map(String::as_str));
    let one = |working: &Working, name: &str| working.check_fields(step.name(), std::iter::once(name));
    Ok(match step {
        Step::Center(s) => Fitted::Center(center::fit(s, working)?),
        Step::Scale(s) => Fitted::Scale(scale::fit(s, working)?),
        Step::Standardise(s) => Fitted::Standardise(standardise::fit(s, working)?),
        Step::ElementBaseline(s) => Fitted::ElementBaseline(element_baseline::fit(s, working)?),
        Step::Subsample(s) => Fitted::Subsample(subsample::run(s, working, rng)?),
        Step::Split(s) => Fitted::Split(split::run(s, working, &mut rng(&s.of))?),
        Step::Add(s) => Fitted::Add(s.clone()),
        Step::SamplePoints(s) => {
            all(working, s.fields.as_slice())?;
            Fitted::SamplePoints(s.clone())
        }
        Step::Neighbours(s) => {
            one(working, &s.of)?;
            Fitted::Neighbours(s.clone())
        }
        Step::Normals(s) => {
            one(working, &s.of)?;
            Fitted::Normals(s.clone())
        }
        Step::UnitSphere(s) => {
            working.check_numeric(step.name(), s.fields.as_slice())?;
            Fitted::UnitSphere(s.clone())
        }
        Step::Jitter(s) => {
            working.check_numeric(step.name(), s.fields.as_slice())?;
            Fitted::Jitter(s.clone())
        }
        Step::Turn(s) => Fitted::Turn(s.clone()),
        Step::Rasterise(s) => Fitted::Rasterise(rasterise::fit(s, working)?),
        Step::OneHot(s) => Fitted::OneHot(one_hot::fit(s, working)?),
        Step::Encode(s) => Fitted::Encode(encode::fit(s, working)?),
        Step::Resize(s) => {
            all(working, s.fields.as_slice())?;
            Fitted::Resize(s.clone())
        }
        Step::Pad(s) => {
            all(working, s.fields.as_slice())?;
            Fitted::Pad(s.clone())
        }
        Step::Crop(s) => {
            all(working, s.fields.as_slice())?;
            Fitted::Crop(s.clone())
        }
        Step::Normalise(s) => Fitted::Normalise(normalise::fit(s, working)?),
    })
}

#[cfg(test)]
mod point_tests;
#[cfg(test)]
mod tests;
