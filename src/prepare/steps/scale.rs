//! `scale`: dividing by one positive number, so that linear actions stay linear.

use schemars::JsonSchema;
use semola_data::{Dataset, Transform};
use serde::{Deserialize, Serialize};

use crate::prepare::change::{change, sums};
use crate::prepare::rules;
use crate::prepare::settings::{Fit, fitted_on, listed};
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches, names,
};

// Divide by one number.
// Not a doc comment: the grammar describes these settings once, for all steps that share them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Scale(pub Fit);

/// A fitted `scale` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedScale {
    /// The data set that it was computed on.
    pub fit: String,
    pub fields: Vec<String>,
    /// Root mean square of all values of all the fields together, in their unit at this step.
    pub scale: f64,
}

impl PrepareStep for Scale {
    type Fitted = FittedScale;

    fn check(&self, at: &mut Checking) {
        at.fitted_on(self.0.fit.as_deref());
        at.change(&self.0.fields, rules::numbers);
    }

    fn label(&self) -> String {
        format!("scale {}{}", listed(&self.0.fields), fitted_on(self.0.fit.as_ref()))
    }

    fn memory(&self, _: &Shapes, _: &Shapes) -> Option<usize> {
        Some(0)
    }

    fn fit(&self, fitting: &mut Fitting) -> Result<FittedScale, PrepareError> {
        let fields = self.0.fields.as_slice();
        fitting.require(fields, rules::numbers)?;
        let (fit, data) = fitting.fit_on(self.0.fit.as_deref())?;
        let (mut total, mut count) = (0.0, 0);
        for name in fields {
            let (sum, values) = sums(fitting.field(fit, data, name)?, 1, |x, _| x * x);
            total += sum.into_iter().sum::<f64>();
            count += values;
        }
        let scale = (total / count.max(1) as f64).sqrt();
        if !(scale.is_finite() && scale > 0.0) {
            let fields = fields.join(", ");
            return Err(
                fitting.fail(format!("the values of {fields} in `{fit}` have the size {scale}; leave them out"))
            );
        }
        Ok(FittedScale { fit: fit.to_string(), fields: fields.to_vec(), scale })
    }
}

impl FittedStep for FittedScale {
    const REACH: Reach = Reach::All;

    /// Divides the fields by the scale, which can be undone.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        self.fields.iter().for_each(|name| change(call, data, name, Transform::ScaleBy(self.scale)));
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: names(&self.fields), ..Touches::default() }
    }
}
