//! `augment: known`: along a group that is given.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Augmented, Given, Job};
use crate::engine::Kernels;
use crate::motion::{DEFAULT_EXTENT, KnownGroup};
use crate::spec::types::MovedTarget;
use crate::train::groups::known_group;
use crate::train::{Augmentation, TrainError};

/// A group given by name, or with its extent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Known {
    Name(String),
    Detailed(KnownGroup),
}

impl Known {
    /// With everything that was left out.
    pub(super) fn detailed(&self) -> KnownGroup {
        match self {
            Self::Name(group) => {
                KnownGroup { group: group.clone(), extent: DEFAULT_EXTENT, target: MovedTarget::Label }
            }
            Self::Detailed(group) => group.clone(),
        }
    }
}

pub(super) fn train<D: Kernels>(job: &Job<'_, D>, settings: &Known) -> Result<Augmented<D>, TrainError> {
    let group = settings.detailed();
    let known = known_group(&group.group, group.extent, job.linear)?;
    let problem = job.problem.with_translations(known.affine);
    let trained = job.with_problem(&problem).fit("train", Augmentation::Group(&known.source), None)?;
    Ok(Augmented {
        given: Some(Given { name: group.group, extent: group.extent, affine: known.affine }),
        generators: known.generators,
        ..Augmented::of("train", trained)
    })
}
