//! Checks that a group acts on the fields.

use crate::plan::{Context, FieldShape};

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
