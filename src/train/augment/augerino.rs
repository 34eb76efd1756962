//! `augment: augerino`: learned widths of fixed generators.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Augmented, Effort, Job, Method, Moves, with_space};
use semola_lie::row_major;
use semola_method::discover::rows::Rows;
use semola_method::fit::groups::search_space;
use semola_method::fit::space::Space;
use semola_method::fit::space::{check_space_settings, space_dimension};
use semola_method::fit::{Augmentation, PlannedSpace, TrainError, WidthsPlan};
use semola_method::motion::MovedTarget;
use semola_plan::Context;

/// Learned widths of fixed generators, uniform coefficients (Benton et al. 2020).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Augerino {
    /// The matrices that the generators may be.
    pub space: Space,
    /// Weight of the reward for wide augmentations.
    #[serde(default = "default_augerino")]
    pub reward: f64,
}

fn default_augerino() -> f64 {
    0.01
}

impl Method for Augerino {
    fn check(&self, context: &mut Context<'_>, at: &str) -> Option<PlannedSpace> {
        context.require(self.reward >= 0.0, &format!("{at}.reward"), self.reward, "0 or more");
        let dimension = space_dimension(&self.space);
        check_space_settings(context, &self.space, None, at).map(|s| PlannedSpace { generators: dimension, ..s })
    }

    fn moves(&self) -> Moves<'_> {
        Moves::Space(&self.space)
    }

    fn label(&self, space: Option<PlannedSpace>) -> String {
        with_space("augerino", space)
    }

    fn effort(&self) -> Effort {
        Effort::PLAIN
    }

    fn target(&self) -> MovedTarget {
        MovedTarget::Label
    }

    /// Generators get their widths as strengths.
    fn train(&self, job: &Job<'_>) -> Result<Augmented, TrainError> {
        let space = search_space(&self.space)?;
        let plan = WidthsPlan {
            directions: space.basis.iter().flat_map(row_major).map(|v| v as f32).collect(),
            count: space.basis.len(),
            reward: self.reward,
            basis_lr: job.spec.optimizer.basis_lr,
        };
        let trained = job.fit("train", Augmentation::Widths(&plan), None)?;
        let widths = trained.state.progress.widths.clone().unwrap_or_default();
        let rows = Rows::untested(&job.spec.name, space.basis.iter().zip(widths));
        Ok(Augmented { rows, ..Augmented::of("train", trained) })
    }
}
