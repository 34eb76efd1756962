//! `encode`: scalar values as class labels.

use schemars::JsonSchema;
use semola_data::settings::OnInvalid;
use semola_data::{Dataset, RowShape, Values};
use serde::{Deserialize, Serialize};

use crate::prepare::classes::{Classes, check_unchanged, drop_unknown, settle};
use crate::prepare::form::{Subject, ask};
use crate::prepare::rules;
use crate::prepare::settings::fitted_on;
use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};
use semola_plan::{FieldShape, Size};

/// Turn the values of a scalar field into class labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encode {
    /// The field, one value a row; its different values, in ascending order, become the classes.
    pub field: String,
    /// The data set that the classes are taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// What to do with rows that hold a value which does not occur in the data set of `fit`.
    #[serde(default)]
    pub on_invalid: OnInvalid,
}

/// A fitted `encode` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedEncode {
    pub step: Encode,
    /// The data set that the classes were found in.
    pub fit: String,
    pub classes: Classes,
}

impl PrepareStep for Encode {
    type Fitted = FittedEncode;

    fn check(&self, at: &mut Checking) {
        at.fitted_on(self.fit.as_deref());
        drop_unknown(at);
        let changes = at.path();
        at.replace(&at.below("field"), &self.field, |field| {
            check_unchanged(field)?;
            if field.labels {
                return Err("it holds class labels already".to_owned());
            }
            if field.width() != Some(1) {
                return Err(format!("class labels are one value a row, but a row is {}", field.shape));
            }
            Ok(FieldShape {
                shape: RowShape::Fixed(Vec::new()),
                labels: true,
                classes: None,
                changes: vec![changes.clone()],
                size: Size { word: 4, ..field.size },
                ..field.clone()
            })
        });
    }

    fn label(&self) -> String {
        format!("make class labels of {}{}", self.field, fitted_on(self.fit.as_ref()))
    }

    fn memory(&self, before: &Shapes, _: &Shapes) -> Option<usize> {
        // The numbers of the classes.
        before.largest(std::slice::from_ref(&self.field))
    }

    /// Finds the classes; an error if there are too many distinct values.
    fn fit(&self, fitting: &mut Fitting) -> Result<FittedEncode, PrepareError> {
        fitting.require(std::slice::from_ref(&self.field), rules::numbers)?;
        let (fit, data) = fitting.fit_on(self.fit.as_deref())?;
        let wrong = |reason: String| fitting.wrong(fit, &self.field, reason);
        ask(data, &self.field, one_value).map_err(wrong)?;
        let classes = Classes::of(fitting.field(fit, data, &self.field)?).map_err(wrong)?;
        Ok(FittedEncode { step: self.clone(), fit: fit.to_owned(), classes })
    }
}

fn one_value(field: &Subject) -> Result<(), String> {
    match field.form.is_one_scalar() {
        true => Ok(()),
        false => Err(format!("class labels are one value a row; a row is {}", field.form.shape)),
    }
}

impl FittedStep for FittedEncode {
    const REACH: Reach = Reach::All;

    /// Replaces the values by class numbers; a data set without the field (the target, in data to predict on) is left
    /// as it is. An error if a value is not a class.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let name = self.step.field.as_str();
        let Some(field) = data.fields.get(name) else { return Ok(()) };
        let numbers = self.classes.numbers(call, name, field)?;
        let numbers = settle(call, data, name, numbers, self.step.on_invalid, &self.classes)?;
        if let Some(field) = data.fields.get_mut(name) {
            field.values = Values::F32(numbers);
            field.shape = Vec::new();
            field.classes = Some(self.classes.names.clone());
        }
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches { changes: vec![&self.step.field], ..Touches::default() }
    }

    fn on_invalid(&mut self) -> Option<&mut OnInvalid> {
        Some(&mut self.step.on_invalid)
    }
}

#[cfg(test)]
mod tests {
    use crate::prepare::fixtures::{refused, shapes_after};

    #[test]
    fn its_shapes_are_known_before_reading() {
        shapes_after(&[("{encode: {field: e}}", "e one number Scalar")]);
    }

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[
            (
                "{standardise: {fields: e}}, {encode: {field: e}}",
                "was changed by stages[3].prepare.steps[0].standardise before",
            ),
            ("{encode: {field: class}}", "it holds class labels already"),
            ("{encode: {field: z}}", "class labels are one value a row"),
        ]);
    }
}
