//! How a matrix acts on the values of a field.

use serde::{Deserialize, Serialize};

/// How a group element g ∈ GL(k) acts on one row of a field.
///
/// `Points` differs from `Vector` only in affine search spaces, where translations move points and leave vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Not at all.
    Scalar,
    /// v ↦ g v on each of the m blocks of length `dim`.
    Vector { dim: usize },
    /// v ↦ g v + t on each of the m blocks of length `dim`.
    Points { dim: usize },
    /// v ↦ g⁻ᵀ v on each of the m blocks of length `dim`.
    Covector { dim: usize },
    /// M ↦ g M gᵀ on each of the m row-major `dim`×`dim` blocks.
    Tensor { dim: usize },
}

impl Action {
    /// The k of GL(k), `None` for scalars.
    pub fn dim(self) -> Option<usize> {
        match self {
            Self::Scalar => None,
            Self::Vector { dim } | Self::Points { dim } | Self::Covector { dim } | Self::Tensor { dim } => Some(dim),
        }
    }

    /// How many values one block has: k, or k² for tensors, 1 for scalars.
    pub fn block_len(self) -> usize {
        match self {
            Self::Scalar => 1,
            Self::Vector { dim } | Self::Points { dim } | Self::Covector { dim } => dim,
            Self::Tensor { dim } => dim * dim,
        }
    }
}
