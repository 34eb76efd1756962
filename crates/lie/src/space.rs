//! Search spaces: the matrices that the generators may be.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most numbers that a basis may hold (p matrices of side²).
const MAX_NUMBERS: usize = 1 << 24;

/// Which family a search space belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpaceKind {
    /// All k×k matrices.
    Gl,
    /// Linear maps and translations, in homogeneous coordinates.
    Affine,
    /// Block-diagonal matrices, or one and the same matrix in every block.
    Block { sizes: Vec<usize>, tied: bool },
    /// Matrices that are zero outside a mask.
    Mask,
}

/// A linear space of matrices with a Frobenius-orthonormal basis E_1..E_p.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchSpace {
    /// The family.
    pub kind: SpaceKind,
    /// The k of GL(k): the length of the vectors that are acted on.
    pub k: usize,
    /// Side of the matrices: k, or k + 1 in homogeneous coordinates, where the last row of a generator is zero.
    pub side: usize,
    /// E_1..E_p, each side×side, ⟨E_i, E_j⟩ = δ_ij.
    pub basis: Vec<DMatrix<f64>>,
}

/// Why a search space cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpaceError {
    #[error("the search space has no direction (k, or a block, is 0, or the mask is all zeros); give at least one")]
    Empty,
    #[error("row {row} of the mask has {found} entries, but the mask has {expected} rows; make it square")]
    RaggedMask { row: usize, expected: usize, found: usize },
    #[error("row {row}, column {column} of the mask is {found}; use 0 (no entry) or 1 (entry)")]
    MaskValue { row: usize, column: usize, found: u8 },
    #[error("tied blocks must have equal sizes, but they have {sizes:?}; make them equal or drop `tied`")]
    TiedSizes { sizes: Vec<usize> },
    #[error("a search space of {dim} matrices of side {side} is too large; use blocks or a mask")]
    TooLarge { dim: usize, side: usize },
}

impl SearchSpace {
    /// All k×k matrices, in row-major order: p = k².
    ///
    /// # Errors
    /// k is 0 or very large.
    pub fn gl(k: usize) -> Result<Self, SpaceError> {
        let entries = (0..k).flat_map(|i| (0..k).map(move |j| vec![(i, j)]));
        Self::build(SpaceKind::Gl, k, k, k.saturating_mul(k), entries)
    }

    /// Linear maps and translations of R^k as (k+1)×(k+1) matrices with a zero last row: p = k(k+1).
    ///
    /// # Errors
    /// k is 0 or very large.
    pub fn affine(k: usize) -> Result<Self, SpaceError> {
        let entries = (0..k).flat_map(|i| (0..=k).map(move |j| vec![(i, j)]));
        Self::build(SpaceKind::Affine, k, k + 1, k.saturating_mul(k + 1), entries)
    }

    /// Block-diagonal matrices with blocks of these sides; `tied`: the same matrix in every block.
    ///
    /// # Errors
    /// A size is 0, the sum is very large, or tied blocks differ in size.
    pub fn block(sizes: &[usize], tied: bool) -> Result<Self, SpaceError> {
        let k = sizes.iter().fold(0_usize, |sum, &n| sum.saturating_add(n));
        let first = sizes.first().copied().unwrap_or(0);
        if sizes.contains(&0) {
            return Err(SpaceError::Empty);
        }
        if tied && sizes.iter().any(|&n| n != first) {
            return Err(SpaceError::TiedSizes { sizes: sizes.to_vec() });
        }
        let squares = |sizes: &[usize]| sizes.iter().fold(0_usize, |sum, &n| sum.saturating_add(n.saturating_mul(n)));
        let kind = SpaceKind::Block { sizes: sizes.to_vec(), tied };
        let starts: Vec<usize> = sizes.iter().scan(0, |at, &n| Some(std::mem::replace(at, *at + n))).collect();
        if tied {
            let entries = (0..first).flat_map(|i| (0..first).map(move |j| (i, j)));
            let entries = entries.map(|(i, j)| starts.iter().map(|s| (s + i, s + j)).collect());
            return Self::build(kind, k, k, squares(sizes.get(..1).unwrap_or(&[])), entries);
        }
        let places: Vec<(usize, usize)> = starts.into_iter().zip(sizes.iter().copied()).collect();
        let entries =
            places.iter().flat_map(|&(s, n)| (0..n).flat_map(move |i| (0..n).map(move |j| vec![(s + i, s + j)])));
        Self::build(kind, k, k, squares(sizes), entries)
    }

    /// k×k matrices that are zero where the mask is 0.
    ///
    /// # Errors
    /// The mask is not k×k, holds something other than 0 and 1, or is all zeros.
    pub fn mask(k: usize, mask: &[Vec<u8>]) -> Result<Self, SpaceError> {
        if mask.len() != k {
            return Err(SpaceError::RaggedMask { row: mask.len(), expected: k, found: 0 });
        }
        let mut entries = Vec::new();
        for (i, row) in mask.iter().enumerate() {
            if row.len() != k {
                return Err(SpaceError::RaggedMask { row: i + 1, expected: k, found: row.len() });
            }
            for (j, &value) in row.iter().enumerate() {
                match value {
                    0 => {}
                    1 => entries.push(vec![(i, j)]),
                    found => {
                        return Err(SpaceError::MaskValue { row: i + 1, column: j + 1, found });
                    }
                }
            }
        }
        let dim = entries.len();
        Self::build(SpaceKind::Mask, k, k, dim, entries.into_iter())
    }

    /// One basis matrix for every group of entries, with equal weights.
    fn build(
        kind: SpaceKind,
        k: usize,
        side: usize,
        dim: usize,
        entries: impl Iterator<Item = Vec<(usize, usize)>>,
    ) -> Result<Self, SpaceError> {
        if dim == 0 {
            return Err(SpaceError::Empty);
        }
        if dim.saturating_mul(side).saturating_mul(side) > MAX_NUMBERS {
            return Err(SpaceError::TooLarge { dim, side });
        }
        let unit = |group: Vec<(usize, usize)>| {
            let weight = 1.0 / (group.len() as f64).sqrt();
            let mut matrix = DMatrix::zeros(side, side);
            group.into_iter().for_each(|at| matrix[at] = weight);
            matrix
        };
        Ok(Self { kind, k, side, basis: entries.map(unit).collect() })
    }

    /// p, the number of basis matrices.
    pub fn dim(&self) -> usize {
        self.basis.len()
    }

    /// Whether the matrices are in homogeneous coordinates.
    pub fn is_affine(&self) -> bool {
        self.kind == SpaceKind::Affine
    }

    /// Σ_p c_p E_p, side×side; coefficients beyond p are ignored.
    pub fn combine(&self, coefficients: &[f64]) -> DMatrix<f64> {
        let mut sum = DMatrix::zeros(self.side, self.side);
        for (c, e) in coefficients.iter().zip(&self.basis) {
            sum += e * *c;
        }
        sum
    }

    /// The coefficients (length p) of the nearest matrix of the space, and the Frobenius norm of what is outside.
    ///
    /// A matrix of another size has no part in the space: zeros, and its own norm.
    pub fn project(&self, matrix: &DMatrix<f64>) -> (DVector<f64>, f64) {
        if matrix.shape() != (self.side, self.side) {
            return (DVector::zeros(self.dim()), matrix.norm());
        }
        let coefficients = DVector::from_iterator(self.dim(), self.basis.iter().map(|e| e.dot(matrix)));
        let residual = (matrix - self.combine(coefficients.as_slice())).norm();
        (coefficients, residual)
    }

    /// Whether the matrix lies in the space, up to a relative Frobenius error of `tolerance`.
    pub fn contains(&self, matrix: &DMatrix<f64>, tolerance: f64) -> bool {
        self.project(matrix).1 <= tolerance * matrix.norm()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orthonormal(space: &SearchSpace) -> bool {
        let expected = |i: usize, j: usize| if i == j { 1.0 } else { 0.0 };
        let pairs = |(i, a): (usize, &DMatrix<f64>)| {
            space.basis.iter().enumerate().all(|(j, b)| (a.dot(b) - expected(i, j)).abs() < 1e-12)
        };
        space.basis.iter().enumerate().all(pairs)
    }

    #[test]
    fn dimensions_and_orthonormality() {
        let mask = vec![vec![0, 1, 0], vec![1, 0, 0], vec![0, 0, 1]];
        let cases = [
            (SearchSpace::gl(3), 9, 3),
            (SearchSpace::affine(2), 6, 3),
            (SearchSpace::block(&[2, 3], false), 13, 5),
            (SearchSpace::block(&[2, 2, 2], true), 4, 6),
            (SearchSpace::mask(3, &mask), 3, 3),
        ];
        for (space, dim, side) in cases {
            let space = space.unwrap();
            assert_eq!((space.dim(), space.side), (dim, side));
            assert!(orthonormal(&space));
        }
    }

    #[test]
    fn projects_and_combines() {
        let space = SearchSpace::block(&[2, 2], true).unwrap();
        let inside = space.combine(&[1.0, 2.0, 3.0, 4.0]);
        assert!(space.contains(&inside, 1e-12));
        let mut outside = inside.clone();
        outside[(0, 3)] = 5.0;
        let (coefficients, residual) = space.project(&outside);
        assert!((coefficients[2] - 3.0).abs() < 1e-12 && (residual - 5.0).abs() < 1e-12);
        assert!(!space.contains(&DMatrix::zeros(3, 3).add_scalar(1.0), 1e-3));
        let affine = SearchSpace::affine(2).unwrap();
        assert!(affine.is_affine() && affine.basis.iter().all(|e| e.row(2).amax() == 0.0));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(SearchSpace::gl(0), Err(SpaceError::Empty));
        assert!(matches!(SearchSpace::gl(100_000), Err(SpaceError::TooLarge { .. })));
        assert!(matches!(SearchSpace::block(&[2, 3], true), Err(SpaceError::TiedSizes { .. })));
        assert!(matches!(SearchSpace::mask(2, &[vec![1, 0], vec![1]]), Err(SpaceError::RaggedMask { row: 2, .. })));
        assert!(matches!(SearchSpace::mask(1, &[vec![7]]), Err(SpaceError::MaskValue { found: 7, .. })));
        assert_eq!(SearchSpace::block(&[], true), Err(SpaceError::Empty));
    }
}
