//! `augment: known`: along a given group.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Augmented, Effort, Given, Job, Method, Moves};
use semola_method::discover::finite::{self, Along};
use semola_method::fit::groups::{GroupError, given_group};
use semola_method::fit::{Augmentation, PlannedSpace, TrainError};
use semola_method::motion::KnownGroup;
use semola_method::motion::{GroupSource, MovedTarget};
use semola_plan::Context;

/// A group given by name, or by matrices and exchanges, or with its extent.
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
            Self::Name(group) => KnownGroup::named(group),
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
            Self::Name(name) => Moves::Group { group: Cow::Owned(KnownGroup::named(name)), below: "" },
            Self::Detailed(group) => Moves::Group { group: Cow::Borrowed(group), below: ".group" },
        }
    }

    fn label(&self, _: Option<PlannedSpace>) -> String {
        match self {
            Self::Name(name) => format!("known, {name}"),
            Self::Detailed(group) => format!("known, {}, extent {}", group.name(), group.extent),
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
        let known = given_group(&group, job.linear)?;
        let problem = job.problem.with_translations(known.affine);
        let finite = match finite::Given::of(&known.components, &group.exchanges, &problem) {
            // Turns by a twentieth, say, are drawn at random like a continuous group.
            Err(GroupError::Closure(_)) if group.exchanges.is_empty() => None,
            found => found?,
        };
        // Matrices act on whole batches at once; exchanges are none.
        let exchanging = finite.as_ref().filter(|_| !group.exchanges.is_empty());
        let along = exchanging.map(|f| Along::new(&f.group, &f.moving, Some(known.connected.clone())));
        let source: &dyn GroupSource = match &along {
            Some(along) => along,
            None => &known.source,
        };
        let trained = job.with_problem(&problem).fit("train", Augmentation::Group(source), None)?;
        Ok(Augmented {
            given: Some(Given { group, affine: known.affine, finite }),
            generators: known.generators,
            ..Augmented::of("train", trained)
        })
    }
}
