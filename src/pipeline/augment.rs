//! Does a group or a search space act on the fields?

use super::context::Context;
use super::scope::FieldShape;
use super::space;
use crate::spec::types::Space;

/// A group by name must exist on the one R^k of all fields that it acts on.
pub fn check_group<'f>(
    context: &mut Context,
    name: &str,
    fields: impl Iterator<Item = &'f (String, FieldShape)> + Clone,
    below: &str,
) {
    let Some(k) = common_dim(context, fields.clone(), below) else {
        return;
    };
    let affine = fields.clone().any(|(_, f)| f.is_translated());
    if let Err(message) = (context.environment.known)(name, k, affine) {
        context.error(below, message);
    }
}

/// The k on which all fields that are not scalar agree; otherwise an error, unless there is no such field.
pub fn common_dim<'f>(
    context: &mut Context,
    fields: impl Iterator<Item = &'f (String, FieldShape)>,
    below: &str,
) -> Option<usize> {
    let mut first: Option<(&str, usize)> = None;
    for (name, field) in fields {
        match (first, field.action.dim()) {
            (Some((other, k)), Some(dim)) if k != dim => {
                let message =
                    format!("one group acts on all fields, but '{other}' has dimension {k} and '{name}' has {dim}");
                context.error(below, message);
                return None;
            }
            (None, Some(dim)) => first = Some((name, dim)),
            _ => {}
        }
    }
    first.map(|(_, k)| k)
}

/// The matrices of a search space must act on the R^k of the fields.
pub fn check_space<'f>(
    context: &mut Context,
    space: &Space,
    fields: impl Iterator<Item = &'f (String, FieldShape)> + Clone,
    at: &str,
) {
    let side = space::side(space);
    let below = format!("{at}.space.{}", space::name(space));
    let wrong: Vec<String> = fields
        .clone()
        .filter_map(|(name, f)| {
            f.action.dim().filter(|dim| *dim != side).map(|dim| format!("'{name}' has dimension {dim}"))
        })
        .collect();
    if !wrong.is_empty() && side > 0 {
        let message = format!("the matrices of the space act on R^{side}, but field {}", wrong.join(" and field "));
        context.error_help(&below, message, "correct the space, or the `dim` of the field");
    }
    if matches!(space, Space::Affine(_)) && !fields.clone().any(|(_, f)| f.is_translated()) {
        let message = "translations in the search space move nothing: no field has `action: points` or `pixels`";
        context.warn(&below, message, "use `gl`, or `action: points` for fields of positions");
    }
}
