//! `standardise`: mean 0 and standard deviation 1, component by component.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::change::{change, moments};
use super::error::PrepareError;
use super::working::{Working, field_of, wrong_field};
use crate::data::{Dataset, Transform};
use crate::lie::action::Action;
use crate::spec::types::Fit;

const STEP: &str = "standardise";

/// A fitted `standardise` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedStandardise {
    /// The data set that it was computed on.
    pub fit: String,
    /// Mean and standard deviation of each component of each field; constant components have standard deviation 1.
    pub fields: BTreeMap<String, Moments>,
}

/// Mean and standard deviation (with divisor n) of each component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    pub mean: Vec<f64>,
    pub std: Vec<f64>,
}

/// Computes means and standard deviations.
///
/// # Errors
/// Where a field is missing, holds labels, or is not scalar.
pub fn fit(step: &Fit, working: &Working) -> Result<FittedStandardise, PrepareError> {
    let names = step.fields.as_slice();
    working.check_numeric(STEP, names)?;
    for (dataset, data) in working.datasets() {
        for name in names {
            if field_of(STEP, dataset, data, name)?.action != Action::Scalar {
                let reason = "would break the linear action of the field; use scale".to_string();
                return Err(wrong_field(STEP, dataset, name, reason));
            }
        }
    }
    let (fit, data) = working.fit_on(STEP, step.fit.as_deref())?;
    let mut fields = BTreeMap::new();
    for name in names {
        let field = field_of(STEP, fit, data, name)?;
        let (mean, std) = moments(field, field.block());
        fields.insert(name.clone(), Moments { mean, std });
    }
    Ok(FittedStandardise { fit: fit.to_string(), fields })
}

impl FittedStandardise {
    /// Subtracts the means and divides by the standard deviations.
    pub fn apply(&self, call: &Call, data: &mut Dataset) {
        for (name, Moments { mean, std }) in &self.fields {
            change(call, data, name, Transform::Standardise { mean: mean.clone(), std: std.clone() });
        }
    }
}
