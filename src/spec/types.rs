//! What the user wrote: the grammar of a pipeline file, as plain types.
//!
//! These types are the only source of the grammar: the JSON schema (`semola-pipe schema`), the structural checks with
//! "did you mean" and the deserialisation all come from them. They hold no spans; a semantic check that wants to point at
//! the file names the path of a value (`stages[3].train.model`), and [`crate::spec::Document`] knows where that is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::steps::*;
pub use crate::discover::settings::{Audit, DISCOVERY_STEPS, Learned};
pub use crate::evaluate::shifts::Sector;
pub use crate::evaluate::{Evaluate, Shift};
pub use crate::motion::{Boost, KnownGroup, Pose, Rotate, RotatePart, Uniform};
pub use crate::pipeline::Stage;
pub use crate::train::augment::{Augerino, Augment, Known, Liegan};
pub use crate::train::{Train, Validate};
pub use semola_data::settings::{ActionName, Border, Cell, FieldSpec, OnInvalid, Read};
pub use semola_document::{OneOrMany, is_default};
pub use semola_engine::kernel::activation::Activation;
pub use semola_engine::kernel::loss::Loss;
pub use semola_engine::kernel::pixel_pool::PixelPool;
pub use semola_engine::kernel::pool::Pool;
pub use semola_engine::kernel::turn::Cyclic;
pub use semola_engine::nets::settings::*;

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

// ------------------------------------------------------------------------------------------------ read

// --------------------------------------------------------------------------------------------- prepare

/// Prepare data sets: steps in order, fitted on one of them, applied to all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// The data sets to change.
    pub from: OneOrMany<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One preparation step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Subtract a centre.
    Center(Center),
    /// Divide by one positive number for all the listed fields together (so that actions stay linear).
    Scale(Fit),
    /// Subtract the mean and divide by the standard deviation, component by component (`scalar` fields only).
    Standardise(Fit),
    /// Subtract a least-squares sum of per-element constants (atomic energies) from a scalar target.
    ElementBaseline(ElementBaseline),
    /// Keep a random part of the rows.
    Subsample(Subsample),
    /// Split one data set into several.
    Split(Split),
    /// Add a field.
    Add(Add),
    /// Keep some of the points of each row.
    SamplePoints(SamplePoints),
    /// Add what is near each point.
    Neighbours(Neighbours),
    /// Add the normal vector of the surface at each point.
    Normals(Normals),
    /// Put the centroid of each row at the origin and scale its farthest point to distance 1.
    UnitSphere(Fields),
    /// Add Gaussian noise.
    Jitter(Jitter),
    /// Move each row by a random group element of its own.
    Turn(Turn),
    /// Add an image of the points of each row.
    Rasterise(Rasterise),
    /// Add one 0/1 value for each class of a field.
    OneHot(OneHot),
    /// Turn scalar values into class labels.
    Encode(Encode),
    /// Scale images to another size.
    Resize(Resize),
    /// Put a border around images.
    Pad(Pad),
    /// Cut images to a smaller size.
    Crop(Crop),
    /// Subtract the mean and divide by the standard deviation, channel by channel (images only).
    Normalise(Fit),
}

impl Step {
    /// As it is written in a pipeline.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Center(_) => "center",
            Self::Scale(_) => "scale",
            Self::Standardise(_) => "standardise",
            Self::ElementBaseline(_) => "element_baseline",
            Self::Subsample(_) => "subsample",
            Self::Split(_) => "split",
            Self::Add(_) => "add",
            Self::SamplePoints(_) => "sample_points",
            Self::Neighbours(_) => "neighbours",
            Self::Normals(_) => "normals",
            Self::UnitSphere(_) => "unit_sphere",
            Self::Jitter(_) => "jitter",
            Self::Turn(_) => "turn",
            Self::Rasterise(_) => "rasterise",
            Self::OneHot(_) => "one_hot",
            Self::Encode(_) => "encode",
            Self::Resize(_) => "resize",
            Self::Pad(_) => "pad",
            Self::Crop(_) => "crop",
            Self::Normalise(_) => "normalise",
        }
    }
}

/// Which fields, and on which data set the numbers are fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    pub fields: OneOrMany<String>,
    /// The data set on which the numbers are computed (default: the first of `from`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
}

/// Subtract a centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Center {
    pub fields: OneOrMany<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// `mean`: of the data set, one vector for all rows; `centroid`: of each row's own points or blocks; `mass`: of each
    /// row's own atoms.
    #[serde(default)]
    pub on: CenterOn,
    /// `mass` only: the field of atomic numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CenterOn {
    #[default]
    Mean,
    Centroid,
    Mass,
}

/// A per-element linear baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElementBaseline {
    /// The scalar target.
    pub field: String,
    /// The field of atomic numbers (ragged or fixed).
    pub elements: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
}

/// Keep a random part of the rows (whole groups where the data set has them).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subsample {
    /// How many rows to keep.
    pub rows: usize,
}

/// Split one data set into several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// The data set to split.
    pub of: String,
    /// Names of the parts with their fractions; they sum to at most 1. Groups are kept whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub into: BTreeMap<String, f64>,
    /// Instead of fractions: the values of this column name the parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Add a constant or computed field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// Name of the new field.
    pub field: String,
    /// The same values in every row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<Vec<f64>>,
    /// The difference of two fields of equal shape: `[a, b]` gives a − b.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<[String; 2]>,
    /// Fields joined end to end (equal actions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Vec<String>>,
    #[serde(default)]
    pub action: ActionName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dim: Option<usize>,
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
