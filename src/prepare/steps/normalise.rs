//! `normalise`: images with mean 0 and standard deviation 1 in each channel.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use semola_data::Dataset;
use serde::{Deserialize, Serialize};

use crate::prepare::change::{Moments, change, moments};
use crate::prepare::image::image_of;
use crate::prepare::rules;
use crate::prepare::settings::{Fit, fitted_on, listed};
use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};

// Mean 0 and standard deviation 1 of each channel.
// Not a doc comment: the grammar describes these settings once, for all steps that share them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Normalise(pub Fit);

/// A fitted `normalise` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedNormalise {
    /// The data set that it was computed on.
    pub fit: String,
    /// Mean and standard deviation of each channel of each field.
    pub fields: BTreeMap<String, Moments>,
}

impl PrepareStep for Normalise {
    type Fitted = FittedNormalise;

    fn check(&self, at: &mut Checking) {
        at.fitted_on(self.0.fit.as_deref());
        at.change(&self.0.fields, rules::image);
    }

    fn label(&self) -> String {
        format!("normalise {} channel by channel{}", listed(&self.0.fields), fitted_on(self.0.fit.as_ref()))
    }

    fn memory(&self, _: &Shapes, _: &Shapes) -> Option<usize> {
        Some(0)
    }

    /// Computes means and standard deviations over all pixels of a channel.
    fn fit(&self, fitting: &mut Fitting) -> Result<FittedNormalise, PrepareError> {
        let names = self.0.fields.as_slice();
        fitting.require(names, rules::image)?;
        let (fit, data) = fitting.fit_on(self.0.fit.as_deref())?;
        let mut fields = BTreeMap::new();
        for name in names {
            let field = fitting.field(fit, data, name)?;
            let image = image_of(field.action).map_err(|reason| fitting.wrong(fit, name, reason))?;
            let found = moments(field, image.channels).map_err(|reason| fitting.wrong(fit, name, reason))?;
            fields.insert(name.clone(), found);
        }
        Ok(FittedNormalise { fit: fit.to_string(), fields })
    }
}

impl FittedStep for FittedNormalise {
    const REACH: Reach = Reach::All;

    /// Subtracts the means and divides by the standard deviations; both can be undone.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        self.fields.iter().for_each(|(name, moments)| change(call, data, name, moments.transform()));
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: self.fields.keys().map(String::as_str).collect(), ..Touches::default() }
    }
}

#[cfg(test)]
mod tests {
    use crate::prepare::fixtures::refused;

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[("{normalise: {fields: cloud}}", "field 'cloud' is not an image")]);
    }
}
