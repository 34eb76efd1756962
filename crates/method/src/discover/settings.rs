//! Settings of discovery (`augment: learned`).

use schemars::JsonSchema;
use semola_document::is_default;
use serde::{Deserialize, Serialize};

use crate::fit::space::Space;
use crate::motion::MovedTarget;

/// Settings of the LieAugmenter. All have defaults that need no tuning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Learned {
    /// The matrices that the generators may be.
    pub space: Space,
    /// Number of generators C, larger than the expected dimension (default: the smaller of 6 and the space's dimension).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generators: Option<usize>,
    /// Standard deviation s of the coefficients during discovery.
    #[serde(default = "default_scale")]
    pub scale: f64,
    /// Weight of the equivariance loss.
    #[serde(default = "default_one")]
    pub weight: f64,
    /// What the output for a transformed row should be, in discovery and after it.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = "label"))]
    pub target: MovedTarget,
    /// λ_reg, the resolution: the equivariance error that still counts as symmetric (default: from the data).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<f64>,
    /// Weight λ_sup of the support term.
    #[serde(default = "default_support")]
    pub support: f64,
    /// Steps of joint discovery before the audit.
    #[serde(default = "default_discovery")]
    pub steps: usize,
    /// The audit: plain networks that test each direction.
    #[serde(default)]
    pub audit: Audit,
    /// Snap the discovered algebra to its canonical form where that does not hurt on held-out data.
    #[serde(default = "default_true")]
    pub snap: bool,
    /// Look for the finite part of the group as well: mirrors, fractions of a turn, exchanges of equal blocks.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = true))]
    pub discrete: Discrete,
    /// Go on training over the full orbit of what was accepted.
    #[serde(default = "default_true")]
    pub finish: bool,
}

fn default_scale() -> f64 {
    0.25
}
fn default_one() -> f64 {
    1.0
}
fn default_support() -> f64 {
    0.1
}
/// Steps of joint discovery.
pub const DISCOVERY_STEPS: usize = 2000;

fn default_discovery() -> usize {
    DISCOVERY_STEPS
}
fn default_true() -> bool {
    true
}

/// Whether the finite part is looked for, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Discrete {
    Wanted(bool),
    Detailed(FinitePart),
}

impl Default for Discrete {
    fn default() -> Self {
        Self::Wanted(true)
    }
}

impl Discrete {
    /// How it is looked for; `None` if it is not.
    pub fn wanted(&self) -> Option<FinitePart> {
        match self {
            Self::Wanted(false) => None,
            Self::Wanted(true) => Some(FinitePart::default()),
            Self::Detailed(settings) => Some(settings.clone()),
        }
    }
}

/// How the finite part is looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FinitePart {
    /// Probability that any accepted element is false, at most.
    pub level: f64,
    /// Exchanges of equal blocks of a row: its points, the vectors of each field, fields of one kind.
    pub exchanges: bool,
    /// Elements that no catalogue lists: from the data's own frames, and from random starts.
    pub search: bool,
}

impl Default for FinitePart {
    fn default() -> Self {
        Self { level: 0.05, exchanges: true, search: true }
    }
}

/// Settings of the audit: independent plain networks that test each direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// How many plain networks, each trained without one fold of the groups.
    pub networks: usize,
    /// Optimisation steps of each, at most: it is kept at its best.
    pub steps: usize,
    /// Confidence level of the intervals.
    pub confidence: f64,
    /// Largest share of the target's variation that may break a claimed group: a claim needs rows that exclude more.
    pub tolerance: f64,
}

impl Default for Audit {
    fn default() -> Self {
        Self { networks: 3, steps: 2000, confidence: 0.95, tolerance: 0.02 }
    }
}

impl Learned {
    /// Initial steps of joint discovery with a frozen basis: one in eight, up to a maximum.
    pub fn frozen_steps(&self) -> usize {
        (self.steps / 8).min(300)
    }
}
