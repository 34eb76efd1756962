//! What the user wrote: the grammar of a pipeline file, as plain types.
//!
//! These types are the only source of the grammar: the JSON schema (`semola-pipe schema`), the structural checks with
//! "did you mean" and the deserialisation all come from them. They hold no spans; a semantic check that wants to point at
//! the file names the path of a value (`stages[3].train.model`), and [`crate::spec::Document`] knows where that is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::discover::settings::{Audit, DISCOVERY_STEPS, Learned};
pub use crate::evaluate::shifts::Sector;
pub use crate::evaluate::{Evaluate, Shift};
pub use crate::motion::{Boost, KnownGroup, Pose, Rotate, RotatePart, Uniform};
pub use crate::pipeline::Stage;
pub use crate::prepare::{Prepare, Step};
pub use crate::train::augment::{Augerino, Augment, Known, Liegan};
pub use crate::train::{Train, Validate};
pub use semola_data::settings::{ActionName, Border, Cell, FieldSpec, OnInvalid, Read};
pub use semola_document::{OneOrMany, is_default};
pub use semola_engine::nets::{Cnn, Egnn, GroupCnn, Mlp, Model, Pair, PointNet, Transformer};
pub use semola_engine::ops::activation::Activation;
pub use semola_engine::ops::loss::Loss;
pub use semola_engine::ops::pixel_pool::PixelPool;
pub use semola_engine::ops::pool::Pool;
pub use semola_engine::ops::turn::Cyclic;

/// A pipeline: a name, seeds and a list of stages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Name of the pipeline; the default output directory is `runs/<name>`.
    pub name: String,
    /// Free text, kept in the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One seed, or a list of seeds: every seed is a member of its own.
    #[serde(default)]
    pub seed: OneOrMany<u64>,
    /// Values to sweep over: every combination is a point. By path, as for `--set`: `learned.epochs: [5, 10]`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grid: BTreeMap<String, Vec<serde_json::Value>>,
    /// Values to sweep over together, item by item: lists of one length, by path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub zip: BTreeMap<String, Vec<serde_json::Value>>,
    /// Points that are stated one by one: maps of path and value, such as the data sets to run on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<BTreeMap<String, serde_json::Value>>,
    /// The stages, in the order in which they run.
    pub stages: Vec<Stage>,
}

// ----------------------------------------------------------------------------------------------- train

/// What the output for a transformed row g·x should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovedTarget {
    /// The transformed target, g·y: augmentation.
    #[default]
    Label,
    /// The transformed output for the row as it is, g·f(x), as a constant: a consistency loss, which needs no target.
    Prediction,
}

/// The matrices that generators may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// All k×k matrices.
    Gl(usize),
    /// Linear maps and translations of R^k, in homogeneous coordinates.
    Affine(usize),
    /// Block-diagonal matrices of a given side.
    Block(Block),
    /// k×k matrices that are zero where the mask is 0.
    Mask(Vec<Vec<u8>>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Sides of the diagonal blocks; they sum to k.
    pub sizes: Vec<usize>,
    /// One and the same matrix in every block (all sizes equal).
    #[serde(default)]
    pub tied: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Optimizer {
    /// Learning rate of the network.
    pub lr: f64,
    /// Learning rate of the Lie algebra basis.
    pub basis_lr: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    pub beta1: f64,
    pub beta2: f64,
    /// Gradient norm at which network and basis are clipped, each on its own; 0 switches clipping off.
    pub clip: f64,
}

impl Default for Optimizer {
    fn default() -> Self {
        Self { lr: 2e-3, basis_lr: 5e-3, weight_decay: 0.0, beta1: 0.9, beta2: 0.999, clip: 1.0 }
    }
}

/// The learning-rate schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    pub shape: ScheduleShape,
    /// Steps of linear warm-up.
    pub warmup: usize,
    /// The rate at the end, relative to the start (`cosine`), or after each step (`step`).
    pub floor: f64,
    /// `step`: how many epochs between two reductions.
    pub every: usize,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { shape: ScheduleShape::Cosine, warmup: 0, floor: 0.05, every: 20 }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleShape {
    #[default]
    Cosine,
    Step,
    Constant,
}

// -------------------------------------------------------------------------------------------- evaluate
