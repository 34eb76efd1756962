//! Checks that a group acts on the fields.

use super::KnownGroup;
use semola_lie::finite::{GeneratorError, generated};
use semola_plan::{Context, FieldShape};

/// A group must exist on the one R^k of all fields that it acts on. Its settings are at `at`, its name at `below`.
pub fn check_group<'f>(
    context: &mut Context,
    group: &KnownGroup,
    fields: impl Iterator<Item = &'f (String, FieldShape)> + Clone,
    at: &str,
    below: &str,
) {
    if group.name().is_empty() {
        context.error_help(at, "no group is given", "write its name: `group: so(2)`; or give `generators`");
    }
    let Some(k) = common_dim(context, fields.clone(), below) else {
        return;
    };
    let affine = fields.clone().any(|(_, f)| f.is_translated());
    if let Some(name) = &group.group
        && let Err(message) = (context.environment.known)(name, k, affine)
    {
        context.error(below, message);
    }
    if let Err(error) = generated(k, &group.generators) {
        let at = match error {
            GeneratorError::Size { number, .. } | GeneratorError::Singular { number } => {
                format!("{at}.generators[{number}]")
            }
            GeneratorError::Closure(_) => format!("{at}.generators"),
        };
        context.error(&at, error.to_string());
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
