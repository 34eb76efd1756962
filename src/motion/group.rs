//! Random elements of a named group.

use schemars::JsonSchema;
use semola_document::is_default;
use semola_lie::algebra::NamedAlgebra;
use semola_lie::motion::Motion;
use semola_lie::name::NameError;
use semola_lie::named::named;
use semola_lie::sample::GroupSampler;
use serde::{Deserialize, Serialize};

use super::MovedTarget;
use super::check_group;
use super::{Moves, Moving};
use crate::plan::{Context, FieldShape};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownGroup {
    /// Name of the group.
    pub group: String,
    /// Standard deviation of the coefficients of non-compact generators (rapidity, shift in scaled units).
    #[serde(default = "default_extent")]
    pub extent: f64,
    /// What the output for a transformed row should be.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = "label"))]
    pub target: MovedTarget,
}

/// Standard deviation of non-compact coefficients where none is stated.
pub const DEFAULT_EXTENT: f64 = 0.5;

fn default_extent() -> f64 {
    DEFAULT_EXTENT
}

impl Moves for KnownGroup {
    fn check(&self, context: &mut Context<'_>, fields: &[(String, FieldShape)], at: &str) {
        context.require(self.extent > 0.0, &format!("{at}.extent"), self.extent, "above 0");
        check_group(context, &self.group, fields.iter(), &format!("{at}.group"));
    }

    fn label(&self) -> String {
        format!("group {} ({})", self.group, self.extent)
    }

    fn on(&self, k: usize) -> Result<Moving, NameError> {
        let (algebra, affine) = algebra(&self.group, k)?;
        Ok(Moving { motion: Motion::Group(GroupSampler::new(&algebra.into(), self.extent)), affine })
    }
}

/// The algebra of that name on R^k, and whether it has translations (then it is in homogeneous coordinates).
///
/// # Errors
/// If no group of that name acts on R^k.
pub fn algebra(name: &str, k: usize) -> Result<(NamedAlgebra, bool), NameError> {
    match named(name, k, false) {
        Ok(algebra) => Ok((algebra, false)),
        // Groups with translations exist in homogeneous coordinates only; the first message names all families.
        Err(first) => named(name, k, true).map(|algebra| (algebra, true)).map_err(|_| first),
    }
}
