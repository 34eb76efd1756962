//! `scale`: dividing by one positive number, so that linear actions stay linear.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::change::{change, sums};
use super::error::PrepareError;
use super::working::{Working, field_of};
use crate::data::{Dataset, Transform};
use crate::spec::types::Fit;

const STEP: &str = "scale";

/// A fitted `scale` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedScale {
    /// The data set that it was computed on.
    pub fit: String,
    pub fields: Vec<String>,
    /// Root mean square of all values of all the fields together, in their unit at this step.
    pub scale: f64,
}

/// Computes the scale.
///
/// # Errors
/// Where a field is missing or holds labels, or all values are zero.
pub fn fit(step: &Fit, working: &Working) -> Result<FittedScale, PrepareError> {
    let fields = step.fields.as_slice();
    working.check_numeric(STEP, fields)?;
    let (fit, data) = working.fit_on(STEP, step.fit.as_deref())?;
    let (mut total, mut count) = (0.0, 0);
    for name in fields {
        let (sum, values) = sums(field_of(STEP, fit, data, name)?, 1, |x, _| x * x);
        total += sum.into_iter().sum::<f64>();
        count += values;
    }
    let scale = (total / count.max(1) as f64).sqrt();
    if !(scale.is_finite() && scale > 0.0) {
        let reason = format!("the values of {} in `{fit}` have the size {scale}; leave them out", fields.join(", "));
        return Err(PrepareError::Step { step: STEP, reason });
    }
    Ok(FittedScale { fit: fit.to_string(), fields: fields.to_vec(), scale })
}

impl FittedScale {
    /// Divides the fields by the scale.
    pub fn apply(&self, call: &Call, data: &mut Dataset) {
        self.fields.iter().for_each(|name| change(call, data, name, Transform::ScaleBy(self.scale)));
    }
}
