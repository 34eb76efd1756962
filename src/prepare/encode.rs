//! `encode`: scalar values as class labels.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::classes::{Classes, settle};
use super::error::PrepareError;
use super::working::{Working, field_of, wrong_field};
use crate::data::{Dataset, Values};
use crate::lie::action::Action;
use crate::spec::types::Encode;

const STEP: &str = "encode";

/// A fitted `encode` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedEncode {
    pub step: Encode,
    /// The data set that the classes were found in.
    pub fit: String,
    pub classes: Classes,
}

/// Finds the classes.
///
/// # Errors
/// Where the field is missing, has not one scalar a row, holds labels already, or too many different values.
pub fn fit(step: &Encode, working: &Working) -> Result<FittedEncode, PrepareError> {
    working.check_numeric(STEP, std::slice::from_ref(&step.field))?;
    let (fit, data) = working.fit_on(STEP, step.fit.as_deref())?;
    let field = field_of(STEP, fit, data, &step.field)?;
    let wrong = |reason| wrong_field(STEP, fit, &step.field, reason);
    if field.action != Action::Scalar || field.offsets.is_some() || field.block() != 1 {
        return Err(wrong(format!("class labels are one value a row; a row is {}", field.row_shape())));
    }
    let classes = Classes::of(field).map_err(wrong)?;
    Ok(FittedEncode { step: step.clone(), fit: fit.to_owned(), classes })
}

impl FittedEncode {
    /// Numbers the values of a data set after the classes; a data set without the field (the target, in data to predict
    /// on) is left as it is.
    ///
    /// # Errors
    /// Where a value is no class.
    pub fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
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
}
