//! What was drawn, as written to the truth in the file.

use serde::Serialize;

use super::Random;
use super::family::{Representation, traits};
use super::properties::Control;
use crate::generate::truth::{TargetAction, Truth, TruthSpace};
use semola_lie::Action;

/// The key `drawn` of the truth: every property under the name by which `--like` fixes it, and what follows from them.
#[derive(Debug, Serialize)]
struct Facts<'a> {
    seed: u64,
    control: Control,
    /// The family of the algebra, `none` for a control.
    family: &'a str,
    /// Of a broken control: family, name and rank of the symmetry of the unbroken part.
    base: &'a str,
    base_algebra: &'a str,
    base_rank: usize,
    /// Share of the clean variance that the breaking term has.
    breaking: f64,
    /// A finite group, the share of the clean variance that breaks it, its elements without the identity (row by row, and where each vector
    /// of the first field comes from), and E|f(gx) − g f(x)|² / 2 Var f of each.
    finite: &'a str,
    finite_breaking: f64,
    finite_elements: Vec<Vec<f64>>,
    finite_exchanges: Vec<Vec<usize>>,
    finite_changes: Vec<f64>,
    /// The same for turns of its plane by any angle, in the mean; null if it has no plane.
    finite_circle: Option<f64>,
    k: usize,
    condition: f64,
    representation: &'a str,
    fields: usize,
    target: &'a str,
    space: &'a str,
    activation: String,
    roughness: f64,
    law: String,
    rows: usize,
    /// Share of the variance that is not noise.
    noise: f64,
    tails: String,
    outliers: f64,
    repeats: usize,
    group: &'a str,
    units: &'a str,
    /// Numbers in a row; 0 if it varies.
    numbers: usize,
    /// Functions drawn before the one whose symmetries are exactly these.
    attempt: usize,
    /// E|Df(x)·Lx|² / Var f of the direction L nearest to a symmetry without being one, |Lx| being one in units of |x|.
    gap: f64,
    /// All directions of the search space by how much the function changes along them, symmetries first, row by row, and
    /// E|Df(x)·Lx|² / Var f of each.
    nearest: Vec<Vec<f64>>,
    nearest_change: Vec<f64>,
    /// The mean of that over all directions of the search space.
    typical_change: f64,
    columns: Vec<Column<'a>>,
}

/// How a column transforms.
#[derive(Debug, Serialize)]
struct Column<'a> {
    name: &'a str,
    action: &'static str,
    copies: usize,
    /// Its values are this power of ten times those of the law.
    power: i32,
}

/// The action's name in a pipeline file.
pub(super) fn word(action: Action) -> &'static str {
    match action {
        Action::Scalar => "scalar",
        Action::Vector { .. } => "vector",
        Action::Points { .. } => "points",
        Action::Covector { .. } => "covector",
        Action::Pseudoscalar => "pseudoscalar",
        Action::Pseudovector { .. } => "pseudovector",
        Action::Tensor { .. } => "tensor",
        Action::Pixels(_) => "pixels",
    }
}

impl Random {
    /// The truth, with everything that was drawn.
    pub(super) fn facts(&self) -> Truth {
        let p = &self.properties;
        let space = if p.affine { TruthSpace::Affine(p.k) } else { TruthSpace::Gl(p.k) };
        let target = if p.vector { TargetAction::Vector } else { TargetAction::Scalar };
        let flat = self.generators.iter().map(|l| l.transpose().as_slice().to_vec()).collect::<Vec<_>>();
        let finite = self.finite.as_ref().map(super::Known::truth);
        let drawn = serde_json::to_value(self.drawn()).ok();
        Truth { finite, drawn, ..Truth::new(space, target, &self.algebra, &flat) }
    }

    fn drawn(&self) -> Facts<'_> {
        let p = &self.properties;
        let family = p.family.and_then(traits).map_or("none", |t| t.name);
        let (finite_elements, finite_exchanges) =
            self.finite.as_ref().map_or_else(Default::default, super::Known::elements);
        let yes = |b: bool| if b { "yes" } else { "no" };
        let named = Representation::ALL.iter().find(|r| r.0 == p.representation);
        let ragged = self.fields.iter().any(super::Field::ragged);
        let columns = self.fields.iter().zip(&self.powers);
        let last = ("y", if p.vector { "vector" } else { "scalar" }, 1, self.powers.last().copied().unwrap_or(0));
        let columns = columns.map(|(f, power)| (f.name.as_str(), word(f.action), f.copies, *power)).chain([last]);
        Facts {
            seed: self.seed,
            control: p.control,
            family: if p.control == Control::No { family } else { "none" },
            base: if p.control == Control::Broken { family } else { "none" },
            base_algebra: &self.base.0,
            base_rank: self.base.1,
            breaking: p.breaking,
            finite: p.finite.word(),
            finite_breaking: p.finite_breaking,
            finite_elements,
            finite_exchanges,
            finite_changes: self.finite.as_ref().map_or_else(Vec::new, |known| known.changes.clone()),
            finite_circle: self.finite.as_ref().and_then(|known| known.circle),
            k: p.k,
            condition: p.condition,
            representation: named.map_or("", |r| r.1),
            fields: self.fields.len(),
            target: if p.vector { "equivariant" } else { "invariant" },
            space: if p.affine { "affine" } else { "gl" },
            activation: lower(p.wave),
            roughness: p.roughness,
            law: lower(p.law),
            rows: p.rows,
            noise: p.noise.share,
            tails: lower(p.noise.tails),
            outliers: p.noise.outliers,
            repeats: p.repeats,
            group: yes(p.group),
            units: yes(p.units),
            numbers: if ragged { 0 } else { self.fields.iter().map(super::Field::numbers).sum() },
            attempt: self.attempt,
            gap: self.gap,
            nearest: self.nearest.iter().map(|(_, l)| l.transpose().as_slice().to_vec()).collect(),
            nearest_change: self.nearest.iter().map(|(change, _)| *change).collect(),
            typical_change: self.typical,
            columns: columns.map(|(name, action, copies, power)| Column { name, action, copies, power }).collect(),
        }
    }
}

/// The name of a variant as users write it.
fn lower(variant: impl std::fmt::Debug) -> String {
    format!("{variant:?}").to_lowercase()
}

/// The drawn properties of a truth, for tests.
#[cfg(test)]
pub(super) fn property(truth: &Truth, key: &str) -> serde_json::Value {
    truth.drawn.as_ref().map(|d| d[key].clone()).unwrap_or_default()
}
