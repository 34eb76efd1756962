//! From the settings of a shift to random group elements.

use crate::lie::motion::Motion;
use crate::lie::name::NameError;
use crate::lie::sample::GroupSampler;
use crate::spec::types::{Boost, Pose, Rotate};
use crate::train::groups::algebra;

/// The rotations of R^k that a shift asks for.
pub fn rotation(rotate: &Rotate, k: usize) -> Motion {
    let all = || (0..k).collect::<Vec<usize>>();
    match rotate {
        Rotate::Whole(_) => Motion::Rotation { k, axes: all(), bound: None },
        Rotate::Part(part) => {
            let axes = match (&part.plane, &part.axes) {
                (Some(plane), _) => plane.to_vec(),
                (None, Some(axes)) => axes.clone(),
                (None, None) => all(),
            };
            Motion::Rotation { k, axes, bound: part.degrees.map(f64::to_radians) }
        }
    }
}

/// The Lorentz boosts of R^k that a shift asks for.
pub fn boost(boost: &Boost, k: usize) -> Motion {
    Motion::Boost { k, time: boost.time, rapidity: boost.rapidity }
}

/// What a pose asks for on R^k.
///
/// # Errors
/// If no group of that name acts on R^k.
pub fn pose(pose: &Pose, k: usize) -> Result<Motion, NameError> {
    Ok(match pose {
        Pose::Rotate(r) => rotation(r, k),
        Pose::Boost(b) => boost(b, k),
        Pose::Group(g) => Motion::Group(GroupSampler::new(&algebra(&g.group, k)?.0.into(), g.extent)),
    })
}
