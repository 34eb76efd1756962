//! The settings of the networks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::activation::Activation;
use crate::kernel::pixel_pool::PixelPool;
use crate::kernel::pool::Pool;
use crate::kernel::turn::Cyclic;

/// The network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// A multi-layer perceptron on the flattened input fields.
    Mlp(Mlp),
    /// DeepSets / PointNet: one perceptron for all points, pooled.
    PointNet(PointNet),
    /// A small transformer over the points.
    Transformer(Transformer),
    /// Message passing over all pairs of points on their relative vectors; nothing in it is equivariant by construction
    /// but under translations and permutations.
    Pair(Pair),
    /// Equivariant by construction under rotations, reflections and translations: message passing on distances.
    Egnn(Pair),
    /// A convolutional network on an image.
    Cnn(Cnn),
    /// A group convolutional network, equivariant by construction under rotations by 90° (`c4`) or 45° (`c8`).
    GroupCnn(GroupCnn),
}

impl Model {
    /// Whether the network takes rows of points, any number of them.
    pub fn on_points(&self) -> bool {
        matches!(self, Self::PointNet(_) | Self::Transformer(_) | Self::Pair(_) | Self::Egnn(_))
    }

    /// Whether the network takes an image.
    pub fn on_images(&self) -> bool {
        matches!(self, Self::Cnn(_) | Self::GroupCnn(_))
    }

    /// As it is written in a pipeline.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mlp(_) => "mlp",
            Self::PointNet(_) => "point_net",
            Self::Transformer(_) => "transformer",
            Self::Pair(_) => "pair",
            Self::Egnn(_) => "egnn",
            Self::Cnn(_) => "cnn",
            Self::GroupCnn(_) => "group_cnn",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointNet {
    /// Widths of the layers on each point.
    pub hidden: Vec<usize>,
    /// Widths of the layers after pooling (targets of the whole row) or on each point beside the pooled values (targets of
    /// each point).
    #[serde(default)]
    pub head: Vec<usize>,
    #[serde(default)]
    pub pool: Pool,
    #[serde(default)]
    pub activation: Activation,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transformer {
    /// Values of a point inside the network; a multiple of `heads`.
    #[serde(default = "default_width")]
    pub width: usize,
    #[serde(default = "default_layers")]
    pub layers: usize,
    #[serde(default = "default_heads")]
    pub heads: usize,
    /// Widths of the layers after pooling.
    #[serde(default)]
    pub head: Vec<usize>,
    #[serde(default)]
    pub pool: Pool,
    #[serde(default)]
    pub activation: Activation,
}

/// Message passing over all pairs of points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Values of a point inside the network.
    #[serde(default = "default_width")]
    pub width: usize,
    /// Rounds of messages.
    #[serde(default = "default_layers")]
    pub layers: usize,
    /// Smooth functions (cubic splines) of the distance between two points that a message sees: at least 4, or 0 for none
    /// (`pair`).
    #[serde(default = "default_radial")]
    pub radial: usize,
    /// Distance up to which points see each other, in prepared units (default: all do).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutoff: Option<f64>,
    /// Widths of the layers on the output.
    #[serde(default)]
    pub head: Vec<usize>,
    #[serde(default)]
    pub pool: Pool,
    #[serde(default)]
    pub activation: Activation,
}

fn default_width() -> usize {
    64
}

fn default_layers() -> usize {
    3
}

fn default_heads() -> usize {
    4
}

fn default_radial() -> usize {
    32
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cnn {
    /// Channels of each convolution.
    pub channels: Vec<usize>,
    /// Side of the kernels (odd).
    #[serde(default = "default_kernel")]
    pub kernel: usize,
    /// After each convolution: the largest or the mean of 2×2 pixels, or no pooling.
    #[serde(default)]
    pub pool: PixelPool,
    /// Widths of the layers after the last convolution: on all of its values, or on each pixel of a target image.
    #[serde(default)]
    pub hidden: Vec<usize>,
    #[serde(default)]
    pub activation: Activation,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupCnn {
    /// The rotations under which it is equivariant.
    #[serde(default)]
    pub group: Cyclic,
    /// Channels of each convolution; every channel has one value for each rotation.
    pub channels: Vec<usize>,
    /// Side of the kernels (odd).
    #[serde(default = "default_group_kernel")]
    pub kernel: usize,
    #[serde(default)]
    pub pool: PixelPool,
    /// Widths of the layers after the last convolution: on its invariants, or on each pixel of a target image.
    #[serde(default)]
    pub hidden: Vec<usize>,
    #[serde(default)]
    pub activation: Activation,
}

fn default_kernel() -> usize {
    3
}

fn default_group_kernel() -> usize {
    5
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mlp {
    /// Width of each hidden layer.
    pub hidden: Vec<usize>,
    #[serde(default)]
    pub activation: Activation,
}
