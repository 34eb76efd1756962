//! Random rotations.

use schemars::JsonSchema;
use semola_lie::motion::Motion;
use semola_lie::name::NameError;
use serde::{Deserialize, Serialize};

use super::common_dim;
use super::{Moves, Moving};
use semola_plan::{Context, FieldShape};

/// Random rotations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Rotate {
    /// `uniform`: over the whole of SO(k).
    Whole(Uniform),
    Part(RotatePart),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Uniform {
    Uniform,
}

/// Rotations of some coordinates, by bounded angles, or both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotatePart {
    /// Two axes that span the plane (default: a uniformly random plane; in three dimensions, about a random axis).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plane: Option<[usize; 2]>,
    /// The coordinates that are rotated (default: all), such as the spatial ones of four-momenta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axes: Option<Vec<usize>>,
    /// Angles are uniform between minus and plus this many degrees (default: uniform over all rotations of the `axes`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degrees: Option<f64>,
}

impl Moves for Rotate {
    /// The axes exist, and the angle makes sense.
    fn check(&self, context: &mut Context<'_>, fields: &[(String, FieldShape)], at: &str) {
        let Some(k) = common_dim(context, fields.iter(), at) else {
            return;
        };
        let Self::Part(part) = self else {
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

    fn label(&self) -> String {
        let Self::Part(part) = self else { return "rotate uniform".to_owned() };
        let angle = part.degrees.map_or_else(|| "uniform".to_owned(), |degrees| format!("±{degrees}°"));
        let axes = part.plane.as_ref().map(|p| p.as_slice()).or(part.axes.as_deref());
        let axes = axes.map(|axes| axes.iter().map(usize::to_string).collect::<Vec<_>>().join(","));
        axes.map_or_else(|| format!("rotate {angle}"), |axes| format!("rotate {angle} ({axes})"))
    }

    fn on(&self, k: usize) -> Result<Moving, NameError> {
        let all = || (0..k).collect::<Vec<usize>>();
        let motion = match self {
            Self::Whole(_) => Motion::Rotation { k, axes: all(), bound: None },
            Self::Part(part) => {
                let axes = match (&part.plane, &part.axes) {
                    (Some(plane), _) => plane.to_vec(),
                    (None, Some(axes)) => axes.clone(),
                    (None, None) => all(),
                };
                Motion::Rotation { k, axes, bound: part.degrees.map(f64::to_radians) }
            }
        };
        Ok(Moving { motion, affine: false })
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

pub fn no_axis(axis: usize, k: usize) -> String {
    format!("there is no axis {axis}: the fields have dimension {k}, axes 0 to {}", k.max(1) - 1)
}

/// Two different axes of R^k, in the setting `key`.
pub fn check_plane(context: &mut Context, plane: [usize; 2], k: usize, at: &str, key: &str) {
    let below = format!("{at}.{key}");
    if plane[0] == plane[1] {
        context.error(&below, format!("a plane has two different axes, not {} twice", plane[0]));
    } else if let Some(axis) = plane.iter().find(|a| **a >= k) {
        context.error(&below, no_axis(*axis, k));
    }
}
