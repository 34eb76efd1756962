//! Search spaces: are they well formed, and how large are they?

use super::context::Context;
use crate::discover::settings::default_generators;
use crate::spec::types::Space;
use crate::train::PlannedSpace;

/// Largest k: the exponential of one k×k matrix for every example is what training does.
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
pub(super) fn side(space: &Space) -> usize {
    match space {
        Space::Gl(k) | Space::Affine(k) => *k,
        Space::Block(block) => block.sizes.iter().copied().fold(0, usize::saturating_add),
        Space::Mask(rows) => rows.len(),
    }
}

/// The name of the space as in the file.
pub(super) fn name(space: &Space) -> &'static str {
    match space {
        Space::Gl(_) => "gl",
        Space::Affine(_) => "affine",
        Space::Block(_) => "block",
        Space::Mask(_) => "mask",
    }
}

/// The space in numbers, with C generators or the default number; `None` after an error.
pub fn check(context: &mut Context, space: &Space, generators: Option<usize>, at: &str) -> Option<PlannedSpace> {
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
