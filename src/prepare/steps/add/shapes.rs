//! What is known of the new field before anything is read.

use semola_data::settings::ActionName;
use semola_data::{RowShape, check_action};
use semola_lie::action::Action;

use super::Add;
use crate::prepare::checking::Checking;
use crate::prepare::shapes::Member;
use semola_plan::{FieldShape, Size};

/// The field, in every data set.
pub(super) fn add(step: &Add, at: &mut Checking) {
    let given = [step.constant.is_some(), step.difference.is_some(), step.join.is_some()];
    if given.iter().filter(|g| **g).count() != 1 {
        at.error("", "a new field is one of `constant`, `difference` and `join`; give exactly one");
        return;
    }
    let written = at.is_written("action");
    let changes = at.path();
    for i in 0..at.shapes.members.len() {
        let Some(member) = at.shapes.members.get(i).cloned() else { return };
        if member.data.fields.contains_key(&step.field) {
            let message = format!("data set '{}' has a field '{}' already", member.name, step.field);
            at.error("field", message);
            return;
        }
        let Some(source) = source(at, &member, step) else {
            // What went wrong was told; the name exists, so that later stages do not complain about it.
            at.data_sets(|data| _ = data.fields.entry(step.field.clone()).or_insert(None));
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
                let key = if step.dim.is_some() { "dim" } else { "" };
                at.error(key, format!("field '{}': {message}", step.field));
                None
            }
        };
        at.put(i, &step.field, field);
    }
}

/// Shape of the new field, and its default action.
fn source(at: &mut Checking, member: &Member, step: &Add) -> Option<(RowShape, Action)> {
    if let Some(values) = &step.constant {
        if values.is_empty() {
            at.error("constant", "`constant` is empty");
            return None;
        }
        return Some((RowShape::Fixed(vec![values.len()]), Action::Scalar));
    }
    if let Some(names) = &step.difference {
        let fields = sources(at, member, names, "difference")?;
        let [a, b] = &fields[..] else { return None };
        if !a.matches(b) {
            let message = format!("'{}' and '{}' differ in shape or action", names[0], names[1]);
            at.error("difference", message);
            return None;
        }
        // Translations cancel in a difference of points.
        let action = match a.action {
            Action::Points { dim } => Action::Vector { dim },
            other => other,
        };
        return Some((a.shape.clone(), action));
    }
    joined(at, member, step.join.as_deref().unwrap_or_default())
}

fn joined(at: &mut Checking, member: &Member, names: &[String]) -> Option<(RowShape, Action)> {
    if names.is_empty() {
        at.error("join", "`join` is empty");
        return None;
    }
    let fields = sources(at, member, names, "join")?;
    let first = fields.first()?;
    if let Some(i) = fields.iter().position(|f| f.action != first.action) {
        let message = format!(
            "'{}' and '{}' have different actions; only fields with the same action can be joined",
            names[0], names[i]
        );
        at.error(&format!("join[{i}]"), message);
        return None;
    }
    let widths: Option<Vec<usize>> = fields.iter().map(FieldShape::width).collect();
    let Some(widths) = widths else {
        at.error("join", "fields with a varying number of points cannot be joined");
        return None;
    };
    Some((RowShape::Fixed(vec![widths.iter().sum()]), first.action))
}

fn sources(at: &mut Checking, member: &Member, names: &[String], key: &str) -> Option<Vec<FieldShape>> {
    let mut fields = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let below = at.below(&format!("{key}[{i}]"));
        let field = at.context.field(&member.data, &member.name, name, &below);
        if field.as_ref().is_some_and(|f| f.labels) {
            at.context.error(&below, format!("field '{name}' holds class labels, which cannot be used in arithmetic"));
        }
        fields.push(field.filter(|f| !f.labels));
    }
    fields.into_iter().collect()
}

/// The given action, or else the default one of the field.
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
