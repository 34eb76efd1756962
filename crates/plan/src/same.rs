//! Whether a data set can stand in for another one.

use super::context::Context;
use super::labels::action_label;
use super::scope::{DataShape, FieldShape};

/// Whether a data set has the fields of a model, of the same form and prepared in the same way.
pub fn check_same(
    context: &mut Context,
    data: &DataShape,
    set: &str,
    fields: &[&(String, FieldShape)],
    model: &str,
    below: &str,
) -> bool {
    for (name, wanted) in fields {
        let message = match data.fields.get(name) {
            None => format!("data set '{set}' has no field '{name}', which model '{model}' needs"),
            Some(None) => continue,
            Some(Some(field)) if !field.matches(wanted) => format!(
                "field '{name}' of data set '{set}' differs from that of model '{model}': {} ({}), not {} ({})",
                field.shape,
                action_label(field.action),
                wanted.shape,
                action_label(wanted.action)
            ),
            Some(Some(field)) if field.unit.is_some() && wanted.unit.is_some() && field.unit != wanted.unit => {
                let unit = |f: &FieldShape| f.unit.clone().unwrap_or_default();
                let message = format!(
                    "mixed units: field '{name}' is in `{}` in data set '{set}', but model '{model}' learned it in `{}`",
                    unit(field),
                    unit(wanted)
                );
                let help = "convert the values, or correct the `unit`";
                context.diagnostics.push_data(&context.path(below), message, Some(help.to_owned()));
                return false;
            }
            Some(Some(field)) if field.changes != wanted.changes => {
                let step = wanted.changes.iter().find(|c| !field.changes.contains(c)).or(field.changes.last());
                let step = step.map_or("", |s| s.as_str());
                let message =
                    format!("field '{name}' of data set '{set}' was not prepared as that of model '{model}' ({step})");
                let help = "put both data sets into `from` of the same `prepare` stage";
                context.error_help(below, message, help);
                return false;
            }
            _ => continue,
        };
        context.error(below, message);
        return false;
    }
    true
}
