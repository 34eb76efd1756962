//! Steps that change data sets at random: noise and poses. They leave no mark on the fields: other data sets need not be
//! changed alike, that is their point.

use super::super::context::{Context, each};
use super::super::scope::FieldShape;
use super::{Working, for_field, numeric};
use crate::lie::action::Action;
use crate::spec::types::{Jitter, Turn};

pub(super) fn jitter(context: &mut Context, working: &mut Working, step: &Jitter, at: &str) {
    context.require(step.size > 0.0 && step.size.is_finite(), &format!("{at}.size"), step.size, "above 0");
    context.distinct(&step.fields, &format!("{at}.fields"));
    for (below, name) in each(&format!("{at}.fields"), &step.fields) {
        for_field(context, working, name, &below, numeric);
    }
}

pub(super) fn turn(context: &mut Context, working: &mut Working, step: &Turn, at: &str) {
    context.distinct(&step.fields, &format!("{at}.fields"));
    let mut fields: Vec<(String, FieldShape)> = Vec::new();
    for (below, name) in each(&format!("{at}.fields"), &step.fields) {
        for_field(context, working, name, &below, acted_on);
        let known = working.members.iter().filter_map(|m| m.data.fields.get(name)?.clone());
        fields.extend(known.filter(|f| f.action != Action::Scalar).map(|f| (name.clone(), f)));
    }
    fields.dedup_by(|a, b| a.0 == b.0 && a.1.matches(&b.1));
    if fields.is_empty() {
        return;
    }
    let (below, errors) = (format!("{at}.by"), context.diagnostics.errors());
    step.by.moves().check(context, &fields, &format!("{below}.{}", step.by.name()));
    if context.diagnostics.errors() > errors {
        return;
    }
    let dim = fields.first().and_then(|(_, f)| f.action.dim());
    let listed = |name: &String| step.fields.as_slice().contains(name);
    let left = working.members.iter().flat_map(|m| &m.data.fields).find(|(name, field)| {
        !listed(name) && field.as_ref().is_some_and(|f| f.action.dim().is_some() && f.action.dim() == dim)
    });
    if let Some((name, _)) = left.map(|(name, f)| (name.clone(), f)) {
        let message = format!("field '{name}' is not turned with the others");
        context.warn(&format!("{at}.fields"), message, "list it too if it belongs to the same frame");
    }
}

fn acted_on(name: &str, field: &FieldShape) -> Result<(), String> {
    match field.action {
        Action::Scalar => Err(format!("field '{name}' is scalar: nothing turns it")),
        _ => Ok(()),
    }
}
