//! A step with the numbers that it computed: enough to do the same to other data.

use serde::{Deserialize, Serialize};

use super::call::{Call, Run};
use super::*;
use crate::spec::types::{Add, Crop, Fields, Jitter, Neighbours, Normals, Pad, Resize, SamplePoints, Turn};

/// A step that was done.
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
    SamplePoints(SamplePoints),
    Neighbours(Neighbours),
    Normals(Normals),
    UnitSphere(Fields),
    Jitter(Jitter),
    Turn(Turn),
    Rasterise(FittedRaster),
    OneHot(FittedOneHot),
    Encode(FittedEncode),
    Resize(Resize),
    Pad(Pad),
    Crop(Crop),
    Normalise(FittedNormalise),
}

impl Fitted {
    /// Does the step to one of its own data sets.
    pub(super) fn run(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        match self {
            Self::Center(fitted) => fitted.apply(call, data)?,
            Self::Scale(fitted) => fitted.apply(call, data),
            Self::Standardise(fitted) => fitted.apply(call, data),
            Self::ElementBaseline(fitted) => fitted.apply(call, data)?,
            Self::Subsample(_) | Self::Split(_) => {}
            Self::Add(step) => add::apply(step, call.dataset, data)?,
            Self::SamplePoints(step) => sample_points::apply(step, call, data)?,
            Self::Neighbours(step) => neighbours::apply(step, call, data)?,
            Self::Normals(step) => normals::apply(step, call, data)?,
            Self::UnitSphere(step) => unit_sphere::apply(step, call, data)?,
            Self::Jitter(step) => jitter::apply(step, call, data),
            Self::Turn(step) => turn::apply(step, call, data)?,
            Self::Rasterise(fitted) => fitted.apply(call, data)?,
            Self::OneHot(fitted) => fitted.apply(call, data)?,
            Self::Encode(fitted) => fitted.apply(call, data)?,
            Self::Resize(step) => resize::apply(step, call, data)?,
            Self::Pad(step) => pad::apply(step, call, data)?,
            Self::Crop(step) => crop::apply(step, call, data)?,
            Self::Normalise(fitted) => fitted.apply(call, data),
        }
        Ok(())
    }

    /// Does to a data set what the step, the `number`th of its stage, did to its own: the same numbers, nothing is fitted
    /// anew. `name` is the data set's.
    ///
    /// Subsamples and splits, noise and random poses do nothing here: they are about the data sets of the stage. Fields that
    /// the data set does not have (the target, in data to predict on) are left out, but noted in the history where the
    /// change can be undone, so that predictions of them can be brought back.
    ///
    /// # Errors
    /// Where a field that is needed is missing, a value is no class or element that the step knows, or a row does not fit.
    pub fn apply(&self, number: usize, name: &str, data: &mut Dataset, run: Run) -> Result<(), PrepareError> {
        match self {
            Self::Jitter(_) | Self::Turn(_) => Ok(()),
            _ => self.run(&Call { run, kind: self.name(), number, dataset: name }, data),
        }
    }

    /// The step's name, as it is written in a pipeline.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Center(_) => "center",
            Self::Scale(_) => "scale",
            Self::Standardise(_) => "standardise",
            Self::ElementBaseline(_) => "element_baseline",
            Self::Subsample(_) => "subsample",
            Self::Split(_) => "split",
            Self::Add(_) => "add",
            Self::SamplePoints(_) => "sample_points",
            Self::Neighbours(_) => "neighbours",
            Self::Normals(_) => "normals",
            Self::UnitSphere(_) => "unit_sphere",
            Self::Jitter(_) => "jitter",
            Self::Turn(_) => "turn",
            Self::Rasterise(_) => "rasterise",
            Self::OneHot(_) => "one_hot",
            Self::Encode(_) => "encode",
            Self::Resize(_) => "resize",
            Self::Pad(_) => "pad",
            Self::Crop(_) => "crop",
            Self::Normalise(_) => "normalise",
        }
    }
}
