//! `standardise`: mean 0 and standard deviation 1, component by component.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use semola_data::Dataset;
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

use crate::prepare::change::{Moments, change, moments};
use crate::prepare::form::Subject;
use crate::prepare::rules;
use crate::prepare::settings::{Fit, fitted_on, listed};
use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};

// Mean 0 and standard deviation 1 of each component.
// Not a doc comment: the grammar describes these settings once, for all steps that share them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Standardise(pub Fit);

/// A fitted `standardise` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedStandardise {
    /// The data set that it was computed on.
    pub fit: String,
    /// Mean and standard deviation of each component of each field; constant components have standard deviation 1.
    pub fields: BTreeMap<String, Moments>,
}

impl PrepareStep for Standardise {
    type Fitted = FittedStandardise;

    fn check(&self, at: &mut Checking) {
        at.fitted_on(self.0.fit.as_deref());
        at.change(&self.0.fields, |field| {
            rules::numbers(field)?;
            scalar(field)
        });
    }

    fn label(&self) -> String {
        format!("standardise {}{}", listed(&self.0.fields), fitted_on(self.0.fit.as_ref()))
    }

    fn memory(&self, _: &Shapes, _: &Shapes) -> Option<usize> {
        Some(0)
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<FittedStandardise, PrepareError> {
        let names = self.0.fields.as_slice();
        fitting.require(names, rules::numbers)?;
        fitting.require(names, scalar)?;
        let (fit, data) = fitting.fit_on(self.0.fit.as_deref())?;
        let mut fields = BTreeMap::new();
        for name in names {
            let field = fitting.field(fit, data, name)?;
            let found = moments(field, field.block()).map_err(|reason| fitting.wrong(fit, name, reason))?;
            fields.insert(name.clone(), found);
        }
        Ok(FittedStandardise { fit: fit.to_string(), fields })
    }
}

/// Components that are scaled one by one no longer rotate together.
fn scalar(field: &Subject) -> Result<(), String> {
    match (field.form.action, field.name) {
        (Action::Scalar, _) => Ok(()),
        (_, Some(_)) => Err(format!(
            "`standardise` would break the action on {field}, which is not scalar; use `center` and `scale`"
        )),
        (_, None) => Err("would break the linear action of the field; use scale".to_owned()),
    }
}

impl FittedStep for FittedStandardise {
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
    use crate::prepare::fixtures::{clouds, failure, numbers, one};
    use semola_data::Values;

    #[test]
    fn values_whose_squares_are_no_numbers_are_refused() {
        let with = |values: Vec<f64>| {
            let mut data = clouds(values.len(), 1);
            data.fields.get_mut("n").unwrap().values = Values::F64(values);
            data
        };
        let steps = ["{standardise: {fields: n}}", "{scale: {fields: n}}", "{center: {fields: n}}"];
        for (step, size) in steps.iter().flat_map(|step| [1e160, 1e308].map(|size| (step, size))) {
            let values: Vec<f64> = (0..40).map(|i| size * (f64::from(i) * 0.9).cos()).collect();
            if *step != steps[2] {
                assert!(failure(step, with(values)).contains("inf"), "{step} {size}");
            }
        }
        assert!(failure(steps[2], with(vec![1e308; 40])).contains("the mean inf"));
        let small: Vec<f64> = (0..40).map(|i| 1e-170 * f64::from(i)).collect();
        assert!(failure(steps[0], with(small)).contains("standard deviation"));
        let constant = one(steps[0], with(vec![14.62; 40]));
        assert!(numbers(&constant, "n").iter().all(|e| e.abs() < 1e-9));
    }
}
