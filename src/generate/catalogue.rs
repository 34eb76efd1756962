//! All tasks.

use super::anisotropic_trap::AnisotropicTrap;
use super::decays::Decays;
use super::error::GenerateError;
use super::external_field::ExternalField;
use super::fixed_pose::FixedPose;
use super::hidden_rotation::HiddenRotation;
use super::minkowski::Minkowski;
use super::n_body::NBody;
use super::near_rotation::NearRotation;
use super::none::NoSymmetry;
use super::plane::Plane;
use super::quarter_turns::QuarterTurns;
use super::scaling::Scaling;
use super::se3::Se3;
use super::shear_images::ShearImages;
use super::so2_axis::So2Axis;
use super::so3_cloud::So3Cloud;
use super::solids::Solids;
use super::table::Table;
use super::task::Task;
use super::translation::Translation;
use super::two_body::TwoBody;

/// A task's name, and what it is in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskInfo {
    pub name: &'static str,
    pub summary: &'static str,
}

/// Where no dial is given.
const DEFAULT_DIAL: f64 = 0.1;

/// All tasks: first those with a symmetry, then the controls.
pub fn tasks() -> &'static [TaskInfo] {
    const fn info(name: &'static str, summary: &'static str) -> TaskInfo {
        TaskInfo { name, summary }
    }
    const TASKS: [TaskInfo; 16] = [
        info("two-body", "two bodies on eccentric orbits, R^8 to R^8; so(2)"),
        info("n-body", "a particle in a central potential, R^4 to R^4; so(2)"),
        info("hidden-rotation", "three vectors in skewed coordinates of R^3 to a vector; so(3), conjugated"),
        info("so3-cloud", "four vectors in R^3 to a scalar; so(3)"),
        info("so2-axis", "three vectors in R^3 to a scalar; so(2) about z"),
        info("minkowski", "three four-vectors to a scalar; so(1,3)"),
        info("translation", "four points in R^2 to a scalar; t(2)"),
        info("scaling", "three vectors in R^3 to a scalar; scale"),
        info("se3", "four points in R^3 to a scalar; se(3)"),
        info("external-field", "as n-body in a uniform field; no symmetry"),
        info("anisotropic-trap", "a particle in a trap, R^4 to R^4; no symmetry"),
        info("none", "a random network of a vector in R^4; no symmetry"),
        info("quarter-turns", "three vectors in R^2 to a scalar; rotations by 90 degrees only, no continuous symmetry"),
        info("fixed-pose", "three vectors in R^2, the first along x, to a scalar; so(2), which the data cannot show"),
        info("plane", "four vectors in the plane z = 0 of R^3 to a scalar; so(3), of which the data show so(2)"),
        info("near-rotation", "three vectors in R^2 to a scalar; so(2) but for a term of size --dial (0.1)"),
    ];
    &TASKS
}

/// Tasks with columns of their own: clouds of points, four-momenta by component.
pub fn tables() -> &'static [TaskInfo] {
    const TABLES: [TaskInfo; 3] = [
        TaskInfo { name: "solids", summary: "40 to 80 points with normals on a solid to its kind; so(3)" },
        TaskInfo { name: "decays", summary: "four-momenta of two muons, by component, to their mass; so(1,3)" },
        TaskInfo { name: "shear-images", summary: "16x16 pixels of a blob to a scalar; shears along x" },
    ];
    &TABLES
}

/// The table of this name.
pub(super) fn build_table(name: &str) -> Option<Box<dyn Table>> {
    match name {
        "solids" => Some(Box::new(Solids)),
        "decays" => Some(Box::new(Decays)),
        "shear-images" => Some(Box::new(ShearImages)),
        _ => None,
    }
}

/// The complaint about a dial where there is none.
pub(super) fn no_dial(name: &str) -> GenerateError {
    let reason = "this task has no dial; leave it out, or generate 'near-rotation'".to_owned();
    GenerateError::Option { option: "dial", task: name.to_owned(), reason }
}

/// The task of this name.
///
/// # Errors
/// There is none, or it has no dial, or the dial is not a number of 0 or more.
pub(super) fn build(name: &str, dial: Option<f64>) -> Result<Box<dyn Task>, GenerateError> {
    let task: Box<dyn Task> = match name {
        "two-body" => Box::new(TwoBody),
        "n-body" => Box::new(NBody),
        "hidden-rotation" => Box::new(HiddenRotation),
        "so3-cloud" => Box::new(So3Cloud),
        "so2-axis" => Box::new(So2Axis),
        "minkowski" => Box::new(Minkowski),
        "translation" => Box::new(Translation),
        "scaling" => Box::new(Scaling),
        "se3" => Box::new(Se3),
        "external-field" => Box::new(ExternalField),
        "anisotropic-trap" => Box::new(AnisotropicTrap),
        "none" => Box::new(NoSymmetry::new()),
        "quarter-turns" => Box::new(QuarterTurns),
        "fixed-pose" => Box::new(FixedPose),
        "plane" => Box::new(Plane),
        "near-rotation" => Box::new(NearRotation { dial: dial.unwrap_or(DEFAULT_DIAL) }),
        _ => return Err(GenerateError::unknown(name)),
    };
    let problem = |reason: String| GenerateError::Option { option: "dial", task: name.to_owned(), reason };
    match dial {
        Some(_) if name != "near-rotation" => Err(no_dial(name)),
        Some(value) if !(0.0..=1e3).contains(&value) => Err(problem(format!("{value}; use a number from 0 to 1000"))),
        _ => Ok(task),
    }
}
