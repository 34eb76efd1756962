//! `add`: a constant or computed field.

mod history;
mod shapes;
#[cfg(test)]
mod tests;

use std::convert::Infallible;

use rayon::prelude::*;
use schemars::JsonSchema;
use semola_data::pieces::{Number, Ticks, new_rows};
use semola_data::settings::ActionName;
use semola_data::{Dataset, Field, Values, check_action};
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

use crate::prepare::step::{Call, Checking, FittedStep, Fitting, PrepareError, PrepareStep, Reach, Shapes, Touches};
use history::{difference_history, join_history};

/// Add a constant or computed field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// Name of the new field.
    pub field: String,
    /// The same values in every row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<Vec<f64>>,
    /// The difference of two fields of equal shape: `[a, b]` gives a − b.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<[String; 2]>,
    /// Fields joined end to end (equal actions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Vec<String>>,
    /// How a group element acts on the new field.
    #[serde(default)]
    pub action: ActionName,
    /// The k of its action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dim: Option<usize>,
}

impl PrepareStep for Add {
    type Fitted = Self;

    fn check(&self, at: &mut Checking) {
        shapes::add(self, at);
    }

    fn label(&self) -> String {
        match (&self.difference, &self.join) {
            (Some([a, b]), _) => format!("add {} = {a} − {b}", self.field),
            (_, Some(names)) => format!("add {} = {} end to end", self.field, names.join(", ")),
            _ => format!("add {}, constant", self.field),
        }
    }

    fn memory(&self, _: &Shapes, after: &Shapes) -> Option<usize> {
        // A join or a difference also makes its history, row by row.
        Some(after.largest(std::slice::from_ref(&self.field))?.saturating_mul(2))
    }

    fn fit(&self, _: &mut Fitting) -> Result<Self, PrepareError> {
        Ok(self.clone())
    }
}

impl FittedStep for Add {
    const REACH: Reach = Reach::All;

    /// Adds the field. Without `action`, a difference or a join has the action of its parts; a difference of points is
    /// a vector, because translations cancel. It gets the history that converts it back to physical units.
    ///
    /// An error if the name is taken, parts are missing or do not fit together, or the action does not fit.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
        let wrong = |reason: String| call.wrong(&self.field, reason);
        if data.fields.contains_key(&self.field) {
            return Err(wrong("there is a field of that name already".into()));
        }
        let parts = |names: &[String]| -> Result<Vec<&Field>, PrepareError> {
            names.iter().map(|name| call.field(data, name)).collect()
        };
        let (field, history) = match (&self.constant, &self.difference, &self.join) {
            (Some(values), None, None) => (constant(values, data.rows), Vec::new()),
            (None, Some(names), None) => {
                let field = difference(&parts(names)?).map_err(wrong)?;
                (field, difference_history(data, names).map_err(wrong)?)
            }
            (None, None, Some(names)) => {
                let field = join(&parts(names)?, data.rows).map_err(wrong)?;
                (field, join_history(data, names).map_err(wrong)?)
            }
            _ => return Err(wrong("give exactly one of `constant`, `difference` and `join`".into())),
        };
        let field = Field { action: action(self, &field).map_err(wrong)?, ..field };
        data.fields.insert(self.field.clone(), field);
        if !history.is_empty() {
            data.history.insert(self.field.clone(), history);
        }
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        let parts = self.difference.iter().flatten().chain(self.join.iter().flatten());
        Touches { needs: parts.map(String::as_str).collect(), makes: Some(&self.field), ..Touches::default() }
    }
}

fn action(step: &Add, field: &Field) -> Result<Action, String> {
    if step.action == ActionName::Scalar && step.dim.is_none() {
        return Ok(field.action);
    }
    check_action(&field.row_shape(), step.action, step.dim.or(field.action.dim()))
}

fn constant(values: &[f64], rows: usize) -> Field {
    let copy = |_: &mut (), _: usize, out: &mut [f64]| {
        out.copy_from_slice(values);
        Ok::<(), Infallible>(())
    };
    let all = new_rows(rows, |i| i * values.len(), &Ticks::silent(), |_| (), copy);
    let all = all.unwrap_or_else(|never| match never {});
    let shape = vec![values.len()];
    Field { action: Action::Scalar, values: Values::F64(all), shape, offsets: None, unit: None, classes: None }
}

/// a − b.
fn difference(parts: &[&Field]) -> Result<Field, String> {
    let [a, b] = parts else { return Err("a difference has two fields".into()) };
    if a.shape != b.shape || a.offsets != b.offsets || a.action != b.action {
        return Err("the two fields differ in shape or action".into());
    }
    check_numbers(parts)?;
    if a.unit.is_some() && b.unit.is_some() && a.unit != b.unit {
        return Err("the two fields have different units".into());
    }
    let values = match (&a.values, &b.values) {
        (Values::F32(a), Values::F32(b)) => Values::F32(a.par_iter().zip(b).map(|(a, b)| a - b).collect()),
        (a, b) => {
            let minus = |i: usize| a.get(i) - b.get(i);
            Values::F64((0..a.len()).into_par_iter().map(minus).collect())
        }
    };
    let action = match a.action {
        Action::Points { dim } => Action::Vector { dim },
        other => other,
    };
    let (shape, offsets) = (a.shape.clone(), a.offsets.clone());
    Ok(Field { action, values, shape, offsets, unit: a.unit.clone(), classes: None })
}

/// The rows of all parts, concatenated.
fn join(parts: &[&Field], rows: usize) -> Result<Field, String> {
    let Some(first) = parts.first() else { return Err("`join` is empty".into()) };
    if parts.iter().any(|p| p.action != first.action) {
        return Err("the fields have different actions; only fields with the same action can be joined".into());
    }
    if parts.iter().any(|p| p.offsets.is_some()) {
        return Err("fields with a varying number of points cannot be joined".into());
    }
    check_numbers(parts)?;
    let width: usize = parts.iter().map(|p| p.block()).sum();
    let values = match parts.iter().any(|p| matches!(p.values, Values::F64(_))) {
        true => Values::F64(joined(parts, rows, width)),
        false => Values::F32(joined(parts, rows, width)),
    };
    let unit = first.unit.clone().filter(|_| parts.iter().all(|p| p.unit == first.unit));
    Ok(Field { action: first.action, values, shape: vec![width], offsets: None, unit, classes: None })
}

fn joined<T: Number>(parts: &[&Field], rows: usize, width: usize) -> Vec<T> {
    let copy = |_: &mut (), row: usize, out: &mut [T]| {
        let values = parts.iter().flat_map(|p| p.range(row).map(|i| p.values.get(i)));
        out.iter_mut().zip(values).for_each(|(o, x)| *o = T::narrow(x));
        Ok::<(), Infallible>(())
    };
    let all = new_rows(rows, |i| i * width, &Ticks::silent(), |_| (), copy);
    all.unwrap_or_else(|never| match never {})
}

fn check_numbers(parts: &[&Field]) -> Result<(), String> {
    match parts.iter().any(|p| p.classes.is_some()) {
        true => Err("class labels cannot be used in arithmetic".into()),
        false => Ok(()),
    }
}
