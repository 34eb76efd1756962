//! Random elements of a given group.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use semola_document::is_default;
use semola_lie::algebra::{NamedAlgebra, Part};
use semola_lie::finite::generated;
use semola_lie::motion::Motion;
use semola_lie::name::NameError;
use semola_lie::named::named;
use semola_lie::sample::GroupSampler;
use serde::{Deserialize, Serialize};

use super::MovedTarget;
use super::check_group;
use super::{Moves, Moving};
use semola_plan::{Context, FieldShape};

/// A group by its name, by matrices that generate a finite one, by exchanges of equal blocks of a row; or of several of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownGroup {
    /// Name of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Matrices that generate a finite group, each row by row: `[[0, -1, 1, 0]]` turns a plane by quarters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generators: Vec<Vec<f64>>,
    /// Pairs of equal blocks of a row that are exchanged (`augment` only): its points; or else the vectors of each field, or the
    /// fields themselves. Counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<[usize; 2]>,
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

impl KnownGroup {
    /// The group of that name.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            group: Some(name.into()),
            generators: Vec::new(),
            exchanges: Vec::new(),
            extent: DEFAULT_EXTENT,
            target: MovedTarget::Label,
        }
    }

    /// In a few words: `so(2)`, `so(2) + 1 generator + exchange (0,1)`.
    pub fn name(&self) -> String {
        let generators = match self.generators.len() {
            0 => None,
            1 => Some("1 generator".to_owned()),
            n => Some(format!("{n} generators")),
        };
        let exchanges = self.exchanges.iter().map(|[i, j]| format!("exchange ({i},{j})"));
        self.group.iter().cloned().chain(generators).chain(exchanges).collect::<Vec<_>>().join(" + ")
    }

    /// What acts by matrices on R^k, all but the exchanges, and whether it has translations.
    ///
    /// # Errors
    /// If no group of that name acts on R^k, or the matrices generate no finite group.
    pub fn algebra(&self, k: usize) -> Result<(NamedAlgebra, bool), NameError> {
        let (named, affine) = match &self.group {
            Some(name) => algebra(name, k)?,
            None => (NamedAlgebra::new("", k, Vec::new()), false),
        };
        let side = named.side;
        let in_place = |g: &DMatrix<f64>| {
            let mut whole = DMatrix::identity(side, side);
            whole.view_mut((0, 0), (k, k)).copy_from(g);
            whole
        };
        let finite = generated(k, &self.generators)?;
        let finite = (finite.len() > 1).then(|| Part::Finite(finite.iter().map(in_place).collect()));
        let parts = named.parts.into_iter().chain(finite).collect();
        Ok((NamedAlgebra::new(named.name, side, parts), affine))
    }
}

impl Moves for KnownGroup {
    fn check(&self, context: &mut Context<'_>, fields: &[(String, FieldShape)], at: &str) {
        context.require(self.extent > 0.0, &format!("{at}.extent"), self.extent, "above 0");
        if !self.exchanges.is_empty() {
            let help = "the shift `exchange: [[0, 1]]` exchanges blocks of all rows";
            context.error_help(&format!("{at}.exchanges"), "`exchanges` belong to `augment: {known: …}`", help);
        }
        check_group(context, self, fields.iter(), at, &format!("{at}.group"));
    }

    fn label(&self) -> String {
        format!("group {} ({})", self.name(), self.extent)
    }

    fn on(&self, k: usize) -> Result<Moving, NameError> {
        let (algebra, affine) = self.algebra(k)?;
        Ok(Moving { motion: Motion::Group(GroupSampler::new(&algebra.into(), self.extent)), affine })
    }
}

/// The algebra of that name on R^k, and whether it has translations (then it is in homogeneous coordinates).
///
/// # Errors
/// If no group of that name acts on R^k.
fn algebra(name: &str, k: usize) -> Result<(NamedAlgebra, bool), NameError> {
    match named(name, k, false) {
        Ok(algebra) => Ok((algebra, false)),
        // Groups with translations exist in homogeneous coordinates only; the first message names all families.
        Err(first) => named(name, k, true).map(|algebra| (algebra, true)).map_err(|_| first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::motion::GroupSource;
    use semola_engine::Streams;

    #[test]
    fn generators_join_a_named_group() {
        let mirror = vec![1.0, 0.0, 0.0, -1.0];
        let group = KnownGroup { generators: vec![mirror], ..KnownGroup::named("se(2)") };
        assert_eq!(group.name(), "se(2) + 1 generator");
        let moving = group.on(2).unwrap();
        assert!(moving.affine);
        let elements = moving.elements(&mut Streams::new(1).get("test", 0), 400);
        let determinant = |g: &[f32]| g[0] * g[4] - g[1] * g[3];
        let mirrored = elements.g.chunks_exact(9).filter(|g| determinant(g) < 0.0).count();
        assert!((150..250).contains(&mirrored), "{mirrored} of 400");
        assert!(elements.g.chunks_exact(9).all(|g| (determinant(g).abs() - 1.0).abs() < 1e-5 && g[2] != 0.0));
    }
}
