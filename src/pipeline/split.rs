//! Preparation steps that make something new: parts of a data set, and fields.

use super::context::{Context, hint};
use super::prepare::{Member, Working};
use super::rows;
use super::scope::{Certainty, FieldShape, Size};
use crate::data::check_action::{RowShape, check_action};
use crate::lie::action::Action;
use crate::spec::types::{ActionName, Add, Split};

/// The parts take the place of the whole.
pub(super) fn split(context: &mut Context, working: &mut Working, step: &Split, at: &str) {
    check_parts(context, step, at);
    let Some(position) = working.members.iter().position(|m| m.name == step.of) else {
        let below = format!("{at}.of");
        if working.members.is_empty() {
            return;
        }
        if context.scope.data.contains_key(&step.of) {
            context
                .error(&below, format!("data set '{}' is not one that this stage changes; add it to `from`", step.of));
        } else {
            let names: Vec<&str> = working.members.iter().map(|m| m.name.as_str()).collect();
            let meant = hint(&step.of, names.iter().copied());
            let help = format!("the data sets here are {}", crate::spec::quoted_list(names));
            context.error_help(&below, format!("there is no data set '{}' here{meant}", step.of), help);
        }
        return;
    };
    let whole = working.members.remove(position);
    working.split = true;
    context.scope.data.remove(&whole.name);
    context.scope.gone.insert(whole.name.clone(), step.into.keys().cloned().collect());
    if let Some(column) = &step.by {
        by_values(context, working, &whole, column, &format!("{at}.by"));
    }
    let counts = rows::parts(&whole.data, step.into.values().copied());
    for ((name, fraction), rows) in step.into.iter().zip(counts) {
        if !context.is_new_name(name, &part(at, name)) {
            continue;
        }
        if rows == Some(0) {
            rows::too_small(context, &whole.data, &part(at, name), name, step.into.len());
        }
        let mut data = whole.data.clone();
        // What has no rows was told: later stages do not complain about it.
        data.keep(*fraction, rows.filter(|rows| *rows > 0), rows::of_part(&whole.data));
        context.scope.data.insert(name.clone(), data.clone());
        working.members.push(Member { name: name.clone(), data, by_values: false });
    }
}

/// The parts that the values of a column name: those that were read, or one that stands for all of them.
fn by_values(context: &mut Context, working: &mut Working, whole: &Member, column: &str, at: &str) {
    context.column(&whole.data.columns, column, &format!("data set '{}'", whole.name), at);
    let Some(values) = whole.data.values.get(column) else {
        let mut data = whole.data.clone();
        data.keep(1.0, None, Certainty::Exact);
        working.members.push(Member { name: whole.name.clone(), data, by_values: true });
        return;
    };
    context.scope.gone.insert(whole.name.clone(), values.keys().cloned().collect());
    for (name, &rows) in values {
        if context.scope.data.contains_key(name) || context.scope.models.contains_key(name) {
            // Rows of that value may be gone by now.
            if rows.is_some() {
                context.error(at, format!("column '{column}' has the value '{name}', but that name is taken already"));
            }
            continue;
        }
        let mut data = whole.data.clone();
        let fraction = rows.zip(whole.data.rows).map_or(1.0, |(part, all)| part as f64 / all.max(1) as f64);
        data.keep(fraction, rows, Certainty::Exact);
        context.scope.data.insert(name.clone(), data.clone());
        working.members.push(Member { name: name.clone(), data, by_values: false });
    }
}

fn part(at: &str, name: &str) -> String {
    let key = crate::spec::Path::default().key("into").key(name);
    format!("{at}.{key}")
}

fn check_parts(context: &mut Context, step: &Split, at: &str) {
    match (step.into.is_empty(), &step.by) {
        (true, None) => {
            let help = "`into: {train: 0.8, test: 0.2}`, or `by: COLUMN` whose values name the parts";
            context.error_help(at, "the split says neither `into` nor `by`", help);
        }
        (false, Some(_)) => context.error(&format!("{at}.by"), "the split says both `into` and `by`; give one"),
        _ => {}
    }
    for (name, fraction) in &step.into {
        if !(*fraction > 0.0 && *fraction <= 1.0) {
            context.error(&part(at, name), format!("part '{name}' is {fraction}; a fraction is above 0 and at most 1"));
        }
    }
    let sum: f64 = step.into.values().sum();
    if sum > 1.0 + 1e-9 {
        context.error(&format!("{at}.into"), format!("the fractions sum to {sum}, which is more than 1"));
    }
}

/// A field that is constant or computed from others, in every data set.
pub(super) fn add(context: &mut Context, working: &mut Working, step: &Add, at: &str) {
    let given = [step.constant.is_some(), step.difference.is_some(), step.join.is_some()];
    if given.iter().filter(|g| **g).count() != 1 {
        context.error(at, "a new field is one of `constant`, `difference` and `join`; give exactly one");
        return;
    }
    let written = context.document.is_written(&context.path(&format!("{at}.action")));
    let changes = context.path(at);
    for i in 0..working.members.len() {
        let member = &working.members[i];
        if member.data.fields.contains_key(&step.field) {
            let message = format!("data set '{}' has a field '{}' already", member.name, step.field);
            context.error(&format!("{at}.field"), message);
            return;
        }
        let member = member.clone();
        let Some(source) = source(context, &member, step, at) else {
            // What went wrong was told; the name exists, so that later stages do not complain about it.
            working.members.iter_mut().for_each(|m| _ = m.data.fields.entry(step.field.clone()).or_insert(None));
            return;
        };
        let field = match finish(source, step, written) {
            Ok(field) => {
                let parts = step.difference.iter().flatten().chain(step.join.iter().flatten());
                let parts = parts.filter_map(|name| member.data.fields.get(name)?.as_ref());
                let word = parts.clone().map(|f| f.size.word).max().unwrap_or(8);
                let size = Size { values: parts.map(|f| f.size.values).next().flatten(), word };
                Some(FieldShape { changes: vec![changes.clone()], size, ..field })
            }
            Err(message) => {
                let below = if step.dim.is_some() { ".dim" } else { "" };
                context.error(&format!("{at}{below}"), format!("field '{}': {message}", step.field));
                None
            }
        };
        working.members[i].data.fields.insert(step.field.clone(), field);
    }
}

/// Shape of the new field, and the action that it has by itself.
fn source(context: &mut Context, member: &Member, step: &Add, at: &str) -> Option<(RowShape, Action)> {
    if let Some(values) = &step.constant {
        if values.is_empty() {
            context.error(&format!("{at}.constant"), "`constant` is empty");
            return None;
        }
        return Some((RowShape::Fixed(vec![values.len()]), Action::Scalar));
    }
    if let Some(names) = &step.difference {
        let fields = sources(context, member, names, &format!("{at}.difference"))?;
        let [a, b] = &fields[..] else { return None };
        if !a.matches(b) {
            let message = format!("'{}' and '{}' differ in shape or action", names[0], names[1]);
            context.error(&format!("{at}.difference"), message);
            return None;
        }
        // Translations cancel in a difference of points.
        let action = match a.action {
            Action::Points { dim } => Action::Vector { dim },
            other => other,
        };
        return Some((a.shape.clone(), action));
    }
    joined(context, member, step.join.as_deref().unwrap_or_default(), &format!("{at}.join"))
}

fn joined(context: &mut Context, member: &Member, names: &[String], at: &str) -> Option<(RowShape, Action)> {
    if names.is_empty() {
        context.error(at, "`join` is empty");
        return None;
    }
    let fields = sources(context, member, names, at)?;
    let first = fields.first()?;
    if let Some(i) = fields.iter().position(|f| f.action != first.action) {
        let message =
            format!("'{}' and '{}' have different actions; only fields of one action are joined", names[0], names[i]);
        context.error(&format!("{at}[{i}]"), message);
        return None;
    }
    let widths: Option<Vec<usize>> = fields.iter().map(FieldShape::width).collect();
    let Some(widths) = widths else {
        context.error(at, "fields with a varying number of points cannot be joined");
        return None;
    };
    Some((RowShape::Fixed(vec![widths.iter().sum()]), first.action))
}

fn sources(context: &mut Context, member: &Member, names: &[String], below: &str) -> Option<Vec<FieldShape>> {
    let mut fields = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let below = format!("{below}[{i}]");
        let field = context.field(&member.data, &member.name, name, &below);
        if field.as_ref().is_some_and(|f| f.labels) {
            context.error(&below, format!("field '{name}' holds class labels, which are no numbers to compute with"));
        }
        fields.push(field.filter(|f| !f.labels));
    }
    fields.into_iter().collect()
}

/// The action that is written, where it is, or else the one that the field has by itself.
fn finish((shape, own): (RowShape, Action), step: &Add, written: bool) -> Result<FieldShape, String> {
    let action = if written || own == Action::Scalar {
        check_action(&shape, step.action, step.dim)?
    } else {
        if step.dim.is_some_and(|dim| Some(dim) != own.dim()) {
            return Err(format!("`dim` differs from that of its fields; leave it out ({own:?})"));
        }
        own
    };
    if written && own != Action::Scalar && action != own && step.action != ActionName::Vector {
        return Err("`action` differs from that of the fields it comes from; leave it out".to_owned());
    }
    Ok(FieldShape { shape, action, labels: false, classes: None, unit: None, changes: Vec::new(), size: Size::UNKNOWN })
}
