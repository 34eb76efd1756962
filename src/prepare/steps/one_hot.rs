//! `one_hot`: one 0/1 value for each class.

use std::convert::Infallible;

use schemars::JsonSchema;
use semola_data::check_action::UNKNOWN;
use semola_data::pieces::new_rows;
use semola_data::settings::OnInvalid;
use semola_data::{Dataset, Field, RowShape, Values};
use semola_lie::action::Action;
use serde::{Deserialize, Serialize};

use crate::prepare::classes::{Classes, check_scalar, check_unchanged, drop_unknown, settle};
use crate::prepare::settings::fitted_on;
use crate::prepare::step::{
    Call, Checking, FittedStep, Fitting, FoundClasses, PrepareError, PrepareStep, Reach, Shapes, Touches,
};
use semola_plan::{FieldShape, Size};

/// Add one 0/1 value for each class of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneHot {
    /// The scalar field: one value a row or a point, or class labels.
    pub field: String,
    /// Name of the new field (default: it takes the place of `field`).
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The values that are classes (default: all that occur in the data set of `fit`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<f64>>,
    /// The data set that the classes are taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// What to do with rows that hold a value which is no class.
    #[serde(default)]
    pub on_invalid: OnInvalid,
}

/// A fitted `one_hot` step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedOneHot {
    pub step: OneHot,
    /// The data set that the classes were found in.
    pub fit: String,
    pub classes: Classes,
}

impl OneHot {
    /// Name of the new field.
    fn new_field(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.field)
    }

    fn check_classes(&self, at: &mut Checking) {
        let Some(classes) = &self.classes else { return at.fitted_on(self.fit.as_deref()) };
        if self.fit.is_some() {
            at.error("fit", "`fit` has no meaning where the `classes` are given; remove one");
        }
        if classes.is_empty() || classes.iter().any(|c| !c.is_finite()) {
            at.error("classes", "`classes` lists at least one number");
        }
        if let Some(twice) = classes.iter().enumerate().find_map(|(i, c)| classes[..i].contains(c).then_some(c)) {
            at.error("classes", format!("class {twice} is named twice"));
        }
    }

    /// What is known of the new field, given that of the values.
    fn planned(&self, field: &FieldShape, changes: String) -> FieldShape {
        let known = self.classes.as_ref().map(Vec::len).or(field.classes);
        let axes = axes(&field.shape, known.unwrap_or(UNKNOWN));
        let shape = if field.is_ragged() { RowShape::Ragged(axes) } else { RowShape::Fixed(axes) };
        let values = field.size.values.zip(known).map(|(n, classes)| n.saturating_mul(classes));
        FieldShape {
            shape,
            action: Action::Scalar,
            labels: false,
            classes: None,
            unit: None,
            changes: vec![changes],
            size: Size { values, word: 4 },
        }
    }
}

/// The axes of the new field: those of the values, and one of the length of the number of classes.
fn axes(shape: &RowShape, classes: usize) -> Vec<usize> {
    let axes = match shape {
        // One number a row is also written `[1]`.
        RowShape::Fixed(axes) if *axes == [1] => &[],
        shape => shape.axes(),
    };
    axes.iter().copied().chain([classes]).collect()
}

impl PrepareStep for OneHot {
    type Fitted = FittedOneHot;

    fn check(&self, at: &mut Checking) {
        self.check_classes(at);
        drop_unknown(at);
        let (below, changes) = (at.below("field"), at.path());
        at.add(self.new_field(), |at, member| {
            let field = at.context.field(&member.data, &member.name, &self.field, &below)?;
            if let Err(message) = check_unchanged(&field) {
                at.error("field", format!("field '{}': {message}", self.field));
                return None;
            }
            if field.labels && self.classes.is_some() {
                at.error("classes", "class labels have names of their own: leave `classes` out");
                return None;
            }
            Some(self.planned(&field, changes.clone()))
        });
    }

    fn label(&self) -> String {
        format!("{} = one value a class of {}{}", self.new_field(), self.field, fitted_on(self.fit.as_ref()))
    }

    fn memory(&self, before: &Shapes, _: &Shapes) -> Option<usize> {
        // The numbers of the classes.
        before.largest(std::slice::from_ref(&self.field))
    }

    /// Finds the classes; an error if the field is not scalar, or has too many distinct values.
    fn fit(&self, fitting: &mut Fitting) -> Result<FittedOneHot, PrepareError> {
        fitting.has(std::slice::from_ref(&self.field))?;
        let (fit, data) = fitting.fit_on(self.fit.as_deref())?;
        let field = fitting.field(fit, data, &self.field)?;
        let wrong = |reason: String| fitting.wrong(fit, &self.field, reason);
        check_scalar(field.action).map_err(wrong)?;
        let classes = match &self.classes {
            Some(values) => Classes::of_values(values.clone()),
            None => Classes::of(field).map_err(wrong)?,
        };
        Ok(FittedOneHot { step: self.clone(), fit: fit.to_owned(), classes })
    }
}

impl FittedStep for FittedOneHot {
    const REACH: Reach = Reach::All;

    /// Adds the field, or replaces the one of the values: its shape is that of the values with one more axis, whose
    /// length is the number of classes. Classes have no physical units to be converted back to.
    ///
    /// An error if the field is missing, a value is not a class, or the name is taken.
    fn apply(&self, call: &Call, data: &mut Dataset) -> Result<(), PrepareError> {
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
        let shape = axes(&field.row_shape(), width);
        let (values, offsets) = (Values::F32(values), field.offsets.clone());
        let new = Field { action: Action::Scalar, values, shape, offsets, unit: None, classes: None };
        data.fields.insert(name.to_owned(), new);
        Ok(())
    }

    fn touches(&self) -> Touches<'_> {
        Touches {
            needs: vec![&self.step.field],
            makes: Some(self.step.new_field()),
            classes: Some(FoundClasses { fit: &self.fit, names: &self.classes.names }),
            ..Touches::default()
        }
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
        shapes_after(&[
            ("{one_hot: {field: z, as: h}}", "h ragged (any number of points [?]) Scalar"),
            ("{one_hot: {field: z, as: h, classes: [1, 6, 8]}}", "h ragged (any number of points [3]) Scalar"),
            ("{one_hot: {field: class, as: h}}", "h [10] Scalar"),
        ]);
    }

    #[test]
    fn it_is_checked_before_reading() {
        refused(&[
            ("{one_hot: {field: cloud, as: h}}", "only scalars are classes"),
            ("{one_hot: {field: z, as: h, classes: [1, 1]}}", "class 1 is named twice"),
            ("{one_hot: {field: class, as: h, classes: [1]}}", "leave `classes` out"),
        ]);
    }
}
