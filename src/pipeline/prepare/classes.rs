//! Steps that make classes of values.

use super::super::context::Context;
use super::super::scope::{Certainty, FieldShape, Size};
use super::{Working, add_field, check_fit, replace_field};
use crate::data::RowShape;
use crate::data::check_action::UNKNOWN;
use crate::lie::action::Action;
use crate::spec::types::{Encode, OneHot};

pub(super) fn one_hot(context: &mut Context, working: &mut Working, step: &OneHot, at: &str) {
    match &step.classes {
        None => check_fit(context, working, step.fit.as_deref(), at),
        Some(classes) => {
            let below = format!("{at}.classes");
            if step.fit.is_some() {
                context.error(&format!("{at}.fit"), "`fit` has no meaning where the `classes` are given; remove one");
            }
            if classes.is_empty() || classes.iter().any(|c| !c.is_finite()) {
                context.error(&below, "`classes` lists at least one number");
            }
            if let Some(twice) = classes.iter().enumerate().find_map(|(i, c)| classes[..i].contains(c).then_some(c)) {
                context.error(&below, format!("class {twice} is named twice"));
            }
        }
    }
    drop_unknown(working);
    let (below, changes) = (format!("{at}.field"), context.path(at));
    add_field(context, working, step.new_field(), at, |context, member| {
        let field = context.field(&member.data, &member.name, &step.field, &below)?;
        if let Err(message) = check_values(&field) {
            context.error(&below, format!("field '{}': {message}", step.field));
            return None;
        }
        if field.labels && step.classes.is_some() {
            context.error(&format!("{at}.classes"), "class labels have names of their own: leave `classes` out");
            return None;
        }
        let known = step.classes.as_ref().map(Vec::len).or(field.classes);
        let mut axes = field.shape.axes().to_vec();
        // One number a row is also written `[1]`.
        if !field.is_ragged() && axes == [1] {
            axes.clear();
        }
        axes.push(known.unwrap_or(UNKNOWN));
        let shape = if field.is_ragged() { RowShape::Ragged(axes) } else { RowShape::Fixed(axes) };
        let values = field.size.values.zip(known).map(|(n, classes)| n.saturating_mul(classes));
        Some(FieldShape {
            shape,
            action: Action::Scalar,
            labels: false,
            classes: None,
            unit: None,
            changes: vec![changes.clone()],
            size: Size { values, word: 4 },
        })
    });
}

/// Rows with values that are none of the classes are left out where invalid rows are.
fn drop_unknown(working: &mut Working) {
    let dropping = working.members.iter_mut().filter(|m| m.data.drops);
    dropping.for_each(|m| m.data.loses_rows(Certainty::AtMost));
}

/// Values as they were read: a mean or a scale would make other numbers of equal ones.
fn check_values(field: &FieldShape) -> Result<(), String> {
    if field.action != Action::Scalar {
        return Err("only scalars are classes".to_owned());
    }
    match field.changes.first() {
        Some(step) => Err(format!("it was changed by {step} before; put this step first")),
        None => Ok(()),
    }
}

pub(super) fn encode(context: &mut Context, working: &mut Working, step: &Encode, at: &str) {
    check_fit(context, working, step.fit.as_deref(), at);
    drop_unknown(working);
    let changes = context.path(at);
    replace_field(context, working, &step.field, &format!("{at}.field"), |field| {
        check_values(field)?;
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
