//! The symmetries that a task is known to have.

use serde::Serialize;

/// The matrices among which a task's symmetries are all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TruthSpace {
    /// All k×k matrices, the same one on every vector of k numbers.
    Gl(usize),
    /// The same with translations, as (k+1)×(k+1) matrices.
    Affine(usize),
}

/// How a generator acts on the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TargetAction {
    /// Not at all: the function is invariant.
    Scalar,
    /// As on the input: the function is equivariant.
    Vector,
}

/// The symmetries that a task is known to have, as written to the metadata key `semola.truth`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Truth {
    /// Among which matrices.
    pub(super) space: TruthSpace,
    /// How they act on the target.
    pub(super) target: TargetAction,
    /// Name of the algebra; `none` for a control.
    pub(super) algebra: String,
    /// Its dimension.
    pub(super) rank: usize,
    /// A basis of it, not normalised: `rank` matrices, row by row, one after another.
    pub(super) generators: Vec<f64>,
    /// Name of the part of it that is identifiable from the data, if that is not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shown: Option<String>,
    /// What else was drawn of a random task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) drawn: Option<serde_json::Value>,
}

impl Truth {
    /// This algebra, spanned by these matrices (flat, row by row).
    pub(super) fn new(space: TruthSpace, target: TargetAction, algebra: &str, generators: &[Vec<f64>]) -> Self {
        let (algebra, rank) = (algebra.to_owned(), generators.len());
        Self { space, target, algebra, rank, generators: generators.concat(), shown: None, drawn: None }
    }

    /// The same, of which only this part is identifiable: the data do not cover where the rest would lead.
    pub(super) fn showing(self, part: &str) -> Self {
        Self { shown: Some(part.to_owned()), ..self }
    }

    /// No symmetry at all.
    pub(super) fn none(space: TruthSpace, target: TargetAction) -> Self {
        Self::new(space, target, "none", &[])
    }
}

/// The side×side matrix with these entries `(row, column, value)`, flat.
pub(super) fn matrix(side: usize, entries: &[(usize, usize, f64)]) -> Vec<f64> {
    let mut flat = vec![0.0; side * side];
    for &(row, column, value) in entries {
        if let Some(slot) = flat.get_mut(row * side + column) {
            *slot = value;
        }
    }
    flat
}

/// The rotation x_i → x_j of side×side matrices, flat.
pub(super) fn turn(side: usize, i: usize, j: usize) -> Vec<f64> {
    matrix(side, &[(j, i, 1.0), (i, j, -1.0)])
}

/// The rotations of three coordinates.
pub(super) fn turns_of_space(side: usize) -> Vec<Vec<f64>> {
    [(1, 2), (2, 0), (0, 1)].into_iter().map(|(i, j)| turn(side, i, j)).collect()
}

/// The translations of k coordinates, as (k+1)×(k+1) matrices.
pub(super) fn shifts(k: usize) -> Vec<Vec<f64>> {
    (0..k).map(|i| matrix(k + 1, &[(i, k, 1.0)])).collect()
}

/// Boosts and rotations of (t, x, y, z).
pub(super) fn lorentz() -> Vec<Vec<f64>> {
    let boosts = (1..4).map(|i| matrix(4, &[(0, i, 1.0), (i, 0, 1.0)]));
    let turns = [(2, 3), (3, 1), (1, 2)].into_iter().map(|(i, j)| turn(4, i, j));
    boosts.chain(turns).collect()
}
