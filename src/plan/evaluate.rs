//! `evaluate`: do the data sets have what the models need?

use super::context::{Context, each};
use super::scope::{DataShape, FieldShape, ModelShape};
use super::shifts;
use super::stages::PlannedEvaluate;
use crate::spec::types::Evaluate;

pub(super) fn plan(context: &mut Context, spec: &Evaluate) -> PlannedEvaluate {
    context.distinct(&spec.models, "models");
    context.distinct(&spec.on, "on");
    context.require(spec.bootstrap > 0, "bootstrap", spec.bootstrap, "at least 1");
    let mut models: Vec<(String, ModelShape)> = Vec::new();
    for (below, name) in each("models", &spec.models) {
        if let Some(model) = context.model(name, &below) {
            models.push((name.clone(), model));
        }
    }
    let mut sets: Vec<(String, DataShape)> = Vec::new();
    for (below, name) in each("on", &spec.on) {
        let Some(data) = context.data(name, &below) else {
            continue;
        };
        for (model_name, model) in &models {
            let fields: Vec<_> = model.inputs.iter().chain(&model.targets).collect();
            if !check_same(context, &data, name, &fields, model_name, &below) {
                break;
            }
        }
        if data.most_rows() == Some(0) {
            let path = context.path(&below);
            context.diagnostics.push_data(&path, format!("data set '{name}' has no rows to evaluate on"), None);
        }
        sets.push((name.clone(), data));
    }
    shifts::check(context, &spec.shifts, &models, &sets);
    let on = sets.into_iter().map(|(name, data)| (name, data.rows, data.certainty)).collect();
    PlannedEvaluate { spec: spec.clone(), on }
}

/// Whether a data set has the fields of a model, of the same form and prepared in the same way.
pub(super) fn check_same(
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
                super::print::action_label(field.action),
                wanted.shape,
                super::print::action_label(wanted.action)
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
