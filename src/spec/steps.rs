//! How rows are moved; part of [`super::types`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::types::{Boost, KnownGroup, Rotate};

/// How rows are moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pose {
    Rotate(Rotate),
    /// A Lorentz boost.
    Boost(Boost),
    /// Elements of a named group.
    Group(KnownGroup),
}
