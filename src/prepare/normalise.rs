//! `normalise`: images with mean 0 and standard deviation 1 in each channel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::change::{change, moments};
use super::error::PrepareError;
use super::image::image_of;
use super::standardise::Moments;
use super::working::{Working, field_of, wrong_field};
use crate::data::{Dataset, Transform};
use crate::spec::types::Fit;

const STEP: &str = "normalise";

/// A fitted `normalise` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedNormalise {
    /// The data set that it was computed on.
    pub fit: String,
    /// Mean and standard deviation of each channel of each field.
    pub fields: BTreeMap<String, Moments>,
}

/// Computes means and standard deviations over all pixels of a channel.
///
/// # Errors
/// Where a field is missing or holds no images.
pub fn fit(step: &Fit, working: &Working) -> Result<FittedNormalise, PrepareError> {
    let names = step.fields.as_slice();
    for (dataset, data) in working.datasets() {
        for name in names {
            let image = image_of(field_of(STEP, dataset, data, name)?);
            image.map_err(|reason| wrong_field(STEP, dataset, name, reason))?;
        }
    }
    let (fit, data) = working.fit_on(STEP, step.fit.as_deref())?;
    let mut fields = BTreeMap::new();
    for name in names {
        let field = field_of(STEP, fit, data, name)?;
        let image = image_of(field).map_err(|reason| wrong_field(STEP, fit, name, reason))?;
        let (mean, std) = moments(field, image.channels);
        fields.insert(name.clone(), Moments { mean, std });
    }
    Ok(FittedNormalise { fit: fit.to_string(), fields })
}

impl FittedNormalise {
    /// Subtracts the means and divides by the standard deviations; both can be undone.
    pub fn apply(&self, call: &Call, data: &mut Dataset) {
        for (name, Moments { mean, std }) in &self.fields {
            change(call, data, name, Transform::Standardise { mean: mean.clone(), std: std.clone() });
        }
    }
}
