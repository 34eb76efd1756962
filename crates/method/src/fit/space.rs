//! Search spaces: their settings, whether they are well formed, and how large they are.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use semola_plan::{Context, FieldShape};

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

/// A search space in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedSpace {
    /// The k of GL(k).
    pub side: usize,
    /// With translations.
    pub affine: bool,
    /// Dimension p of the space.
    pub dimension: usize,
    /// Generators C.
    pub generators: usize,
}

impl fmt::Display for PlannedSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.affine { "affine" } else { "linear" };
        let Self { generators, dimension, side, .. } = self;
        write!(f, "{generators} generators in a space of {dimension} dimensions ({kind} maps of R^{side})")
    }
}

/// Maximal number of generators if none is given.
const GENERATORS: usize = 6;

/// Default number of generators in a space of that dimension.
pub fn default_generators(dimension: usize) -> usize {
    dimension.min(GENERATORS)
}

/// Largest k: training computes the exponential of one k×k matrix per example.
const MAX_SIDE: usize = 64;

/// Dimension p of a search space: k² for `gl`, k² + k for `affine`, the number of free entries otherwise.
pub fn space_dimension(space: &Space) -> usize {
    match space {
        Space::Gl(k) => k.saturating_mul(*k),
        Space::Affine(k) => k.saturating_mul(k.saturating_add(1)),
        Space::Block(block) if block.tied => block.sizes.first().map_or(0, |s| s.saturating_mul(*s)),
        Space::Block(block) => block.sizes.iter().map(|s| s.saturating_mul(*s)).fold(0, usize::saturating_add),
        Space::Mask(rows) => rows.iter().flatten().filter(|x| **x != 0).count(),
    }
}

/// The k of GL(k) on which the space lives.
fn side(space: &Space) -> usize {
    match space {
        Space::Gl(k) | Space::Affine(k) => *k,
        Space::Block(block) => block.sizes.iter().copied().fold(0, usize::saturating_add),
        Space::Mask(rows) => rows.len(),
    }
}

/// The name of the space as in the file.
fn name(space: &Space) -> &'static str {
    match space {
        Space::Gl(_) => "gl",
        Space::Affine(_) => "affine",
        Space::Block(_) => "block",
        Space::Mask(_) => "mask",
    }
}

/// The matrices of a search space must act on the R^k of the fields.
pub fn check_space<'f>(
    context: &mut Context,
    space: &Space,
    fields: impl Iterator<Item = &'f (String, FieldShape)> + Clone,
    at: &str,
) {
    let side = side(space);
    let below = format!("{at}.space.{}", name(space));
    let wrong: Vec<String> = fields
        .clone()
        .filter_map(|(name, f)| {
            f.action.dim().filter(|dim| *dim != side).map(|dim| format!("'{name}' has dimension {dim}"))
        })
        .collect();
    if !wrong.is_empty() && side > 0 {
        let message = format!("the matrices of the space act on R^{side}, but field {}", wrong.join(" and field "));
        context.error_help(&below, message, "correct the space, or the `dim` of the field");
    }
    if matches!(space, Space::Affine(_)) && !fields.clone().any(|(_, f)| f.is_translated()) {
        let message = "translations in the search space move nothing: no field has `action: points` or `pixels`";
        context.warn(&below, message, "use `gl`, or `action: points` for fields of positions");
    }
}

/// The space in numbers, with C generators or the default number; `None` after an error.
pub fn check_space_settings(
    context: &mut Context,
    space: &Space,
    generators: Option<usize>,
    at: &str,
) -> Option<PlannedSpace> {
    let errors = context.diagnostics.errors();
    let below = format!("{at}.space.{}", name(space));
    match space {
        Space::Gl(k) | Space::Affine(k) => {
            context.require(*k > 0, &below, k, "at least 1");
        }
        Space::Block(block) => {
            if block.sizes.is_empty() || block.sizes.contains(&0) {
                context.error(
                    &format!("{below}.sizes"),
                    "every block has a side of at least 1, and there is at least one",
                );
            } else if block.tied && block.sizes.iter().any(|s| *s != block.sizes[0]) {
                let message = "tied blocks hold the same matrix, so that all `sizes` must be equal";
                context.error(&format!("{below}.sizes"), message);
            }
        }
        Space::Mask(rows) => check_mask(context, rows, &below),
    }
    let side = side(space);
    if side > MAX_SIDE {
        let help = "use `block` to treat a long vector as several short ones";
        context.error_help(&below, format!("{side}×{side} matrices are too large; at most {MAX_SIDE}"), help);
    }
    let dimension = space_dimension(space);
    let below = format!("{at}.generators");
    if let Some(wanted) = generators
        && dimension > 0
        && !(1..=dimension).contains(&wanted)
    {
        let message =
            format!("{wanted} generators do not fit: the space has {dimension} dimensions, so 1 to {dimension}");
        context.error(&below, message);
    }
    let generators = generators.unwrap_or_else(|| default_generators(dimension));
    let affine = matches!(space, Space::Affine(_));
    (context.diagnostics.errors() == errors).then_some(PlannedSpace { side, affine, dimension, generators })
}

fn check_mask(context: &mut Context, rows: &[Vec<u8>], below: &str) {
    if rows.is_empty() {
        context.error(below, "the mask is empty");
        return;
    }
    for (i, row) in rows.iter().enumerate() {
        if row.len() != rows.len() {
            let message =
                format!("a mask is square: row {i} has {} entries, and there are {} rows", row.len(), rows.len());
            context.error(&format!("{below}[{i}]"), message);
        }
        if let Some(j) = row.iter().position(|x| *x > 1) {
            context.error(&format!("{below}[{i}][{j}]"), format!("a mask holds 0 and 1, not {}", row[j]));
        }
    }
    if rows.iter().flatten().all(|x| *x == 0) {
        context.error(below, "the mask allows no entry at all");
    }
}
