//! `augment`: does the group or search space act on the fields?

use super::context::Context;
use super::scope::FieldShape;
use super::space;
use crate::spec::types::{Augment, Known, Space};
use crate::train::PlannedSpace;

/// Checks what can be checked without knowing the fields.
pub fn check_settings(context: &mut Context, augment: &Augment) -> Option<PlannedSpace> {
    match augment {
        Augment::None => None,
        Augment::Known(known) => {
            if let Known::Detailed(group) = known {
                context.require(group.extent > 0.0, "augment.known.extent", group.extent, "above 0");
            }
            None
        }
        Augment::Augerino(settings) => {
            let at = "augment.augerino";
            context.require(settings.reward >= 0.0, &format!("{at}.reward"), settings.reward, "0 or more");
            let dimension = space::space_dimension(&settings.space);
            space::check(context, &settings.space, None, at).map(|s| PlannedSpace { generators: dimension, ..s })
        }
        Augment::Liegan(settings) => {
            let at = |key: &str| format!("augment.liegan.{key}");
            context.require(settings.size > 0.0, &at("size"), settings.size, "above 0");
            context.require(settings.steps > 0, &at("steps"), settings.steps, "at least 1");
            space::check(context, &settings.space, Some(settings.generators), "augment.liegan")
        }
        Augment::Learned(settings) => {
            let at = |key: &str| format!("augment.learned.{key}");
            context.require(settings.scale > 0.0, &at("scale"), settings.scale, "above 0");
            context.require(settings.weight > 0.0, &at("weight"), settings.weight, "above 0");
            context.require(settings.support >= 0.0, &at("support"), settings.support, "0 or more");
            context.require(settings.steps > 0, &at("steps"), settings.steps, "at least 1");
            if let Some(resolution) = settings.resolution {
                context.require(resolution > 0.0, &at("resolution"), resolution, "above 0");
            }
            let audit = &settings.audit;
            context.require(audit.networks > 0, &at("audit.networks"), audit.networks, "at least 1");
            context.require(audit.steps > 0, &at("audit.steps"), audit.steps, "at least 1");
            let sure = audit.confidence > 0.5 && audit.confidence < 1.0;
            context.require(sure, &at("audit.confidence"), audit.confidence, "above 0.5 and below 1");
            space::check(context, &settings.space, settings.generators, "augment.learned")
        }
    }
}

/// Checks that the group or search space has something to act on and that the dimensions agree.
pub fn check_fields(
    context: &mut Context,
    augment: &Augment,
    inputs: &[(String, FieldShape)],
    targets: &[(String, FieldShape)],
) {
    let kind = match augment {
        Augment::None => return,
        Augment::Known(_) => "known",
        Augment::Learned(_) => "learned",
        Augment::Augerino(_) => "augerino",
        Augment::Liegan(_) => "liegan",
    };
    let at = format!("augment.{kind}");
    if inputs.iter().all(|(_, f)| f.action.dim().is_none()) {
        let help = "give an input field an `action` (vector, points, covector, tensor) where it is read";
        context.error_help(&at, "every input field is scalar: a group has nothing to act on", help);
        return;
    }
    let fields = || inputs.iter().chain(targets);
    match augment {
        Augment::None => {}
        Augment::Known(known) => {
            let (name, below) = match known {
                Known::Name(name) => (name, at),
                Known::Detailed(group) => (&group.group, format!("{at}.group")),
            };
            check_group(context, name, fields(), &below);
        }
        Augment::Learned(settings) => check_space(context, &settings.space, fields(), &at),
        Augment::Augerino(settings) => check_space(context, &settings.space, fields(), &at),
        Augment::Liegan(settings) => check_space(context, &settings.space, fields(), &at),
    }
}

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

fn check_space<'f>(
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
