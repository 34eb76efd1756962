//! How far a symmetry holds, in the unit of the group's elements.

use std::f64::consts::PI;

use semola_data::table::GroupRow;
use semola_lie::name::parse;

use crate::words::number::short;

/// What the size of a group's elements is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The angle of a rotation.
    Angle,
    /// The rapidity of a boost, beside the angle of rotations.
    Rapidity,
    /// The logarithm of a factor.
    Factor,
    /// A displacement, as a share of the data's size.
    Displacement,
    /// Each direction in its own.
    Mixed,
}

impl Unit {
    /// For an axis.
    pub fn label(self) -> &'static str {
        match self {
            Self::Angle => "angle in degrees",
            Self::Rapidity => "rapidity of boosts, angle of rotations in radians",
            Self::Factor => "factor of scale",
            Self::Displacement => "displacement, as a share of the data's size",
            Self::Mixed => "size: radians, rapidities, logarithms of factors, or shares of the data's size",
        }
    }

    /// A size on that axis.
    pub fn shown(self, size: f64) -> f64 {
        match self {
            Self::Angle => size.to_degrees(),
            Self::Factor => size.exp(),
            Self::Rapidity | Self::Displacement | Self::Mixed => size,
        }
    }
}

/// The unit of a group's elements, by its name.
pub fn unit(name: &str) -> Unit {
    let Ok(terms) = parse(name) else { return Unit::Mixed };
    let all = |is: &dyn Fn(&str, usize) -> bool| terms.iter().all(|term| is(&term.family, term.args.len()));
    if all(&|family, args| family == "so" && args == 1) {
        Unit::Angle
    } else if all(&|family, _| family == "so") {
        Unit::Rapidity
    } else if all(&|family, _| family == "scale") {
        Unit::Factor
    } else if all(&|family, _| matches!(family, "t" | "shear")) {
        Unit::Displacement
    } else {
        Unit::Mixed
    }
}

/// How far a claimed group holds.
pub(super) fn reach(group: &GroupRow) -> String {
    let unit = unit(&group.name);
    let Some(extent) = group.extent else {
        let told = match group.p_value {
            None => "As a whole: it was tested by training along all of it, not step by step.",
            Some(_) => "For moves as large as those that were tested; the size at which it ends was not looked for.",
        };
        return told.to_owned();
    };
    match unit {
        Unit::Angle if extent >= 0.999 * PI => "The whole circle.".to_owned(),
        Unit::Angle => format!("Up to ±{}°, as far as the data show it.", short(extent.to_degrees(), 3)),
        Unit::Rapidity => {
            format!(
                "Up to rapidity {0} (boosts) and ±{1}° (rotations).",
                short(extent, 2),
                short(extent.to_degrees().min(180.0), 3)
            )
        }
        Unit::Factor => format!("Factors from {} to {}.", short((-extent).exp(), 2), short(extent.exp(), 2)),
        Unit::Displacement => {
            format!("Displacements of up to {} times the data's size (its root mean square).", short(extent, 2))
        }
        Unit::Mixed => format!(
            "Up to {}: radians of rotations, rapidities of boosts, logarithms of factors, otherwise shares of the data's size.",
            short(extent, 3)
        ),
    }
}
