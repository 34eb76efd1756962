//! `standardise`: mean 0 and standard deviation 1, component by component.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::{change, means, sums};
use super::error::PrepareError;
use super::working::{Working, field_of, wrong_field};
use crate::data::{Dataset, Transform};
use crate::lie::action::Action;
use crate::spec::types::Fit;

const STEP: &str = "standardise";

/// A standard deviation below this part of the mean's size is rounding noise of a constant component.
const CONSTANT: f64 = 1e-12;

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
        let mean = means(field, field.block());
        let square = |x: f64, c: usize| (x - mean.get(c).copied().unwrap_or(0.0)).powi(2);
        let (squares, count) = sums(field, field.block(), square);
        let std = squares.iter().zip(&mean).map(|(sum, mean)| match (sum / count.max(1) as f64).sqrt() {
            std if std > CONSTANT * mean.abs() => std,
            _ => 1.0,
        });
        let std = std.collect();
        fields.insert(name.clone(), Moments { mean, std });
    }
    Ok(FittedStandardise { fit: fit.to_string(), fields })
}

impl FittedStandardise {
    /// Subtracts the means and divides by the standard deviations.
    pub fn apply(&self, data: &mut Dataset) {
        for (name, Moments { mean, std }) in &self.fields {
            change(data, name, Transform::Standardise { mean: mean.clone(), std: std.clone() });
        }
    }
}
