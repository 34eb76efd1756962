//! What a network should output for a moved row.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
