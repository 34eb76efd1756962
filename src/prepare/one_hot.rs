//! `one_hot`: one 0/1 value for each class.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::classes::{Classes, settle};
use super::error::PrepareError;
use super::working::{Working, field_of, wrong_field};
use crate::data::pieces::new_rows;
use crate::data::{Dataset, Field, Values};
use crate::lie::action::Action;
use crate::spec::types::OneHot;

const STEP: &str = "one_hot";

/// A fitted `one_hot` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedOneHot {
    pub step: OneHot,
    /// The data set that the classes were found in.
    pub fit: String,
    pub classes: Classes,
}

/// Finds the classes.
///
/// # Errors
/// Where the field is missing, is not scalar, or has too many different values.
pub fn fit(step: &OneHot, working: &Working) -> Result<FittedOneHot, PrepareError> {
    working.check_fields(STEP, std::iter::once(step.field.as_str()))?;
    let (fit, data) = working.fit_on(STEP, step.fit.as_deref())?;
    let field = field_of(STEP, fit, data, &step.field)?;
    if field.action != Action::Scalar {
        return Err(wrong_field(STEP, fit, &step.field, "only scalars are classes".to_owned()));
    }
    let classes = match &step.classes {
        Some(values) => Ok(Classes::of_values(values.clone())),
        None => Classes::of(field),
    };
    let classes = classes.map_err(|reason| wrong_field(STEP, fit, &step.field, reason))?;
    Ok(FittedOneHot { step: step.clone(), fit: fit.to_owned(), classes })
}

impl FittedOneHot {
    /// Adds the field to a data set, or replaces the one of the values: its shape is that of the values with one more axis, as long as there are classes.
    ///
    /// # Errors
    /// Where the field is missing, a value is no class, or the name is taken.
    pub fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let (from, name) = (self.step.field.as_str(), self.step.new_field());
        if name != from && data.fields.contains_key(name) {
            return Err(call.wrong(name, "there is a field of that name already"));
        }
        let numbers = self.classes.numbers(call, from, call.field(data, from)?)?;
        let numbers = settle(call, data, from, numbers, self.step.on_invalid, &self.classes)?;
        let (field, width) = (call.field(data, from)?, self.classes.names.len());
        let mark = |_: &mut (), i: usize, out: &mut [f32]| {
            let number = numbers.get(i).copied().unwrap_or(f32::NAN);
            out.iter_mut().enumerate().filter(|(c, _)| *c as f32 == number).for_each(|(_, o)| *o = 1.0);
            Ok::<(), Infallible>(())
        };
        let values = call.ticking(numbers.len(), name, |ticks| {
            new_rows(numbers.len(), |i| i * width, ticks, |_| (), mark).unwrap_or_else(|never| match never {})
        });
        let mut shape = field.shape.clone();
        // One number a row is also written `[1]`.
        if field.offsets.is_none() && shape == [1] {
            shape.clear();
        }
        shape.push(width);
        let (values, offsets) = (Values::F32(values), field.offsets.clone());
        let new = Field { action: Action::Scalar, values, shape, offsets, unit: None, classes: None };
        data.fields.insert(name.to_owned(), new);
        Ok(())
    }
}
