//! `shifts`: can the data be changed in that way?

use super::augment::{check_group, common_dim};
use super::context::{Context, hint};
use super::scope::{DataShape, FieldShape, ModelShape};
use crate::spec::types::{Boost, KnownGroup, Rotate, Sector, Shift};

/// A larger rapidity leaves nothing of single precision (e²⁰ is 5·10⁸).
const MAX_RAPIDITY: f64 = 10.0;

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
            Shift::Boost(boost) => {
                let at = format!("{at}.boost");
                if acts(context, inputs, models, &at) {
                    check_boost(context, boost, &fields, &at);
                }
            }
            Shift::Group(group) => {
                let at = format!("{at}.group");
                if acts(context, inputs, models, &at) {
                    check_named(context, group, &fields, &at);
                }
            }
            Shift::Sector(sector) => check_sector(context, sector, sets, &format!("{at}.sector")),
            Shift::Noise(noise) => {
                context.require(*noise > 0.0, &format!("{at}.noise"), noise, "above 0");
            }
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

/// Rotations of the fields: the axes exist, and the angle makes sense.
pub(crate) fn check_rotation(context: &mut Context, rotate: &Rotate, fields: &[(String, FieldShape)], at: &str) {
    let Some(k) = common_dim(context, fields.iter(), at) else {
        return;
    };
    let Rotate::Part(part) = rotate else {
        if k < 2 {
            context.error(at, "there are no rotations in one dimension");
        }
        return;
    };
    match (part.plane, &part.axes) {
        (Some(_), Some(_)) => context.error(&format!("{at}.axes"), "give `plane` or `axes`, not both"),
        (Some(plane), None) => check_plane(context, plane, k, at, "plane"),
        (None, Some(axes)) => check_axes(context, axes, k, at),
        (None, None) if k < 2 => context.error(at, "there are no rotations in one dimension"),
        (None, None) if part.degrees.is_none() => {
            context.error_help(
                at,
                "the rotation says nothing",
                "`degrees: 30`, `axes: [1, 2, 3]`, or `rotate: uniform`",
            );
        }
        (None, None) => {}
    }
    if let Some(degrees) = part.degrees {
        let good = degrees > 0.0 && degrees <= 180.0;
        context.require(good, &format!("{at}.degrees"), degrees, "above 0 and at most 180");
    }
}

/// At least two different axes of R^k.
fn check_axes(context: &mut Context, axes: &[usize], k: usize, at: &str) {
    let below = format!("{at}.axes");
    if let Some(axis) = axes.iter().find(|a| **a >= k) {
        context.error(&below, no_axis(*axis, k));
    } else if axes.len() < 2 {
        context.error(&below, "a rotation needs two axes or more");
    } else if let Some(axis) = axes.iter().enumerate().find_map(|(i, a)| axes[..i].contains(a).then_some(a)) {
        context.error(&below, format!("axis {axis} is named twice"));
    }
}

fn no_axis(axis: usize, k: usize) -> String {
    format!("there is no axis {axis}: the fields have dimension {k}, axes 0 to {}", k.max(1) - 1)
}

/// Lorentz boosts of the fields.
pub(crate) fn check_boost(context: &mut Context, boost: &Boost, fields: &[(String, FieldShape)], at: &str) {
    let Some(k) = common_dim(context, fields.iter(), at) else {
        return;
    };
    let good = boost.rapidity > 0.0 && boost.rapidity <= MAX_RAPIDITY;
    let most = format!("above 0 and at most {MAX_RAPIDITY}");
    context.require(good, &format!("{at}.rapidity"), boost.rapidity, &most);
    if boost.time >= k {
        context.error(&format!("{at}.time"), no_axis(boost.time, k));
    } else if k < 2 {
        context.error(at, "a boost needs time and space, two dimensions or more");
    }
}

/// Elements of a named group on the fields.
pub(crate) fn check_named(context: &mut Context, group: &KnownGroup, fields: &[(String, FieldShape)], at: &str) {
    context.require(group.extent > 0.0, &format!("{at}.extent"), group.extent, "above 0");
    check_group(context, &group.group, fields.iter(), &format!("{at}.group"));
}

/// Two different axes of R^k, in the setting `key`.
pub(crate) fn check_plane(context: &mut Context, plane: [usize; 2], k: usize, at: &str, key: &str) {
    let below = format!("{at}.{key}");
    if plane[0] == plane[1] {
        context.error(&below, format!("a plane has two different axes, not {} twice", plane[0]));
    } else if let Some(axis) = plane.iter().find(|a| **a >= k) {
        context.error(&below, no_axis(*axis, k));
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
                Some(k) if k >= 2 => return check_plane(context, sector.plane, k, at, "plane"),
                _ => {
                    let message = format!("field '{}' holds no vectors of two or more dimensions", sector.field);
                    return context.error(&below, message);
                }
            },
            Some(None) => {}
        }
    }
}
