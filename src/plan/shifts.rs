//! `shifts`: can the data be changed in that way?

use super::augment::{check_group, common_dim};
use super::context::{Context, hint};
use super::scope::{DataShape, FieldShape, ModelShape};
use crate::spec::types::{Rotate, Sector, Shift};

pub(super) fn check(
    context: &mut Context,
    shifts: &[Shift],
    models: &[(String, ModelShape)],
    sets: &[(String, DataShape)],
) {
    let mut fields: Vec<(String, FieldShape)> = Vec::new();
    for (_, model) in models {
        fields.extend(
            model.inputs.iter().chain(&model.targets).filter(|f| !fields.contains(f)).cloned().collect::<Vec<_>>(),
        );
    }
    let inputs = models.iter().flat_map(|(_, m)| &m.inputs).any(|(_, f)| f.action.dim().is_some());
    for (i, shift) in shifts.iter().enumerate() {
        let at = format!("shifts[{i}]");
        if shifts[..i].contains(shift) {
            context.error(&at, "this shift is listed twice");
        }
        match shift {
            Shift::Rotate(rotate) => {
                let at = format!("{at}.rotate");
                if acts(context, inputs, models, &at) {
                    check_rotation(context, rotate, &fields, &at);
                }
            }
            Shift::Group(group) => {
                let at = format!("{at}.group");
                context.require(group.extent > 0.0, &format!("{at}.extent"), group.extent, "above 0");
                if acts(context, inputs, models, &at) {
                    check_group(context, &group.group, fields.iter(), &format!("{at}.group"));
                }
            }
            Shift::Sector(sector) => check_sector(context, sector, sets, &format!("{at}.sector")),
            Shift::Noise(noise) => context.require(*noise > 0.0, &format!("{at}.noise"), noise, "above 0"),
        }
    }
}

/// Whether there is an input to act on (nothing is said where no model is known).
fn acts(context: &mut Context, inputs: bool, models: &[(String, ModelShape)], at: &str) -> bool {
    if !inputs && !models.is_empty() {
        context.error(at, "every input field is scalar: the shift would change nothing");
    }
    inputs
}

fn check_rotation(context: &mut Context, rotate: &Rotate, fields: &[(String, FieldShape)], at: &str) {
    let Some(k) = common_dim(context, fields.iter(), at) else {
        return;
    };
    match rotate {
        Rotate::Whole(_) if k < 2 => context.error(at, "there are no rotations in one dimension"),
        Rotate::Whole(_) => {}
        Rotate::Plane(plane) => {
            check_plane(context, plane.plane, k, at);
            let below = format!("{at}.degrees");
            context.require(
                plane.degrees > 0.0 && plane.degrees <= 180.0,
                &below,
                plane.degrees,
                "above 0 and at most 180",
            );
        }
    }
}

/// Two different axes of R^k.
fn check_plane(context: &mut Context, plane: [usize; 2], k: usize, at: &str) {
    let below = format!("{at}.plane");
    if plane[0] == plane[1] {
        context.error(&below, format!("a plane has two different axes, not {} twice", plane[0]));
    } else if let Some(axis) = plane.iter().find(|a| **a >= k) {
        context.error(
            &below,
            format!("there is no axis {axis}: the fields have dimension {k}, axes 0 to {}", k.max(1) - 1),
        );
    }
}

fn check_sector(context: &mut Context, sector: &Sector, sets: &[(String, DataShape)], at: &str) {
    let [from, to] = sector.degrees;
    if !(from < to && to - from <= 360.0) {
        let message =
            format!("a sector goes from a smaller to a larger angle within one turn, not from {from} to {to}");
        context.error(&format!("{at}.degrees"), message);
    }
    for (set, data) in sets {
        let below = format!("{at}.field");
        match data.fields.get(&sector.field) {
            None => {
                let meant = hint(&sector.field, data.fields.keys().map(String::as_str));
                context.error(&below, format!("data set '{set}' has no field '{}'{meant}", sector.field));
                return;
            }
            Some(Some(field)) => match field.action.dim() {
                Some(k) if k >= 2 => return check_plane(context, sector.plane, k, at),
                _ => {
                    let message = format!("field '{}' holds no vectors of two or more dimensions", sector.field);
                    return context.error(&below, message);
                }
            },
            Some(None) => {}
        }
    }
}
