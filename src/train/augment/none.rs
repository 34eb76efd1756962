//! `augment: none`: untransformed rows.

use super::{Augmented, Effort, Job, Method, Moves};
use semola_method::fit::{Augmentation, PlannedSpace, TrainError};
use semola_method::motion::MovedTarget;
use semola_plan::Context;

/// It has no settings.
pub(super) struct Plain;

impl Method for Plain {
    fn check(&self, _: &mut Context<'_>, _: &str) -> Option<PlannedSpace> {
        None
    }

    fn moves(&self) -> Moves<'_> {
        Moves::Nothing
    }

    fn label(&self, _: Option<PlannedSpace>) -> String {
        "none".to_owned()
    }

    fn effort(&self) -> Effort {
        Effort::PLAIN
    }

    fn target(&self) -> MovedTarget {
        MovedTarget::Label
    }

    fn train(&self, job: &Job<'_>) -> Result<Augmented, TrainError> {
        Ok(Augmented::of("train", job.fit("train", Augmentation::None, None)?))
    }
}
