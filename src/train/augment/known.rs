//! `augment: known`: along a given group.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Augmented, Effort, Given, Job, Method, Moves};
use crate::fit::groups::known_group;
use crate::fit::{Augmentation, PlannedSpace, TrainError};
use crate::motion::MovedTarget;
use crate::motion::{DEFAULT_EXTENT, KnownGroup};
use crate::plan::Context;

/// A group given by name, or with its extent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Known {
    Name(String),
    Detailed(KnownGroup),
}

impl Known {
    /// With all defaults filled in.
    pub(super) fn detailed(&self) -> KnownGroup {
        match self {
            Self::Name(group) => {
                KnownGroup { group: group.clone(), extent: DEFAULT_EXTENT, target: MovedTarget::Label }
            }
            Self::Detailed(group) => group.clone(),
        }
    }
}

impl Method for Known {
    fn check(&self, context: &mut Context<'_>, at: &str) -> Option<PlannedSpace> {
        if let Self::Detailed(group) = self {
            context.require(group.extent > 0.0, &format!("{at}.extent"), group.extent, "above 0");
        }
        None
    }

    fn moves(&self) -> Moves<'_> {
        match self {
            Self::Name(name) => Moves::Group { name, below: "" },
            Self::Detailed(group) => Moves::Group { name: &group.group, below: ".group" },
        }
    }

    fn label(&self, _: Option<PlannedSpace>) -> String {
        match self {
            Self::Name(name) => format!("known, {name}"),
            Self::Detailed(group) => format!("known, {}, extent {}", group.group, group.extent),
        }
    }

    fn effort(&self) -> Effort {
        Effort::PLAIN
    }

    fn target(&self) -> MovedTarget {
        self.detailed().target
    }

    fn train(&self, job: &Job<'_>) -> Result<Augmented, TrainError> {
        let group = self.detailed();
        let known = known_group(&group.group, group.extent, job.linear)?;
        let problem = job.problem.with_translations(known.affine);
        let trained = job.with_problem(&problem).fit("train", Augmentation::Group(&known.source), None)?;
        Ok(Augmented {
            given: Some(Given { name: group.group, extent: group.extent, affine: known.affine }),
            generators: known.generators,
            ..Augmented::of("train", trained)
        })
    }
}
