//! `augment: augerino`: learned widths of fixed generators.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Augmented, Job};
use crate::discover::rows::Rows;
use crate::engine::Kernels;
use crate::lie::row_major;
use crate::spec::types::Space;
use crate::train::groups::search_space;
use crate::train::{Augmentation, TrainError, WidthsPlan};

/// Learned widths of fixed generators, uniform coefficients (Benton et al. 2020).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Augerino {
    pub space: Space,
    /// Weight of the reward for wide augmentations.
    #[serde(default = "default_augerino")]
    pub reward: f64,
}

fn default_augerino() -> f64 {
    0.01
}

/// Generators get their widths as strengths.
pub(super) fn train<D: Kernels>(job: &Job<'_, D>, settings: &Augerino) -> Result<Augmented<D>, TrainError> {
    let space = search_space(&settings.space)?;
    let plan = WidthsPlan {
        directions: space.basis.iter().flat_map(row_major).map(|v| v as f32).collect(),
        count: space.basis.len(),
        reward: settings.reward,
        basis_lr: job.spec.optimizer.basis_lr,
    };
    let trained = job.fit("train", Augmentation::Widths(&plan), None)?;
    let widths = trained.state.progress.widths.clone().unwrap_or_default();
    let rows = Rows::untested(&job.spec.name, space.basis.iter().zip(widths));
    Ok(Augmented { rows, ..Augmented::of("train", trained) })
}
