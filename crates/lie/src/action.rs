//! How a matrix acts on the values of a field.

use serde::{Deserialize, Serialize};

/// Size and border of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Image {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    /// Beyond the edge lie copies of the nearest pixel, not zeros.
    pub edge: bool,
}

impl Image {
    /// Numbers in the image: height × width × channels, channels last.
    pub fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether the image holds no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pixels per unit of the image's coordinates: half the longer side. The origin is the centre, x points right, y up.
    pub fn pixels_per_unit(&self) -> f64 {
        self.height.max(self.width) as f64 / 2.0
    }

    /// Coordinates of the pixel in that row and column.
    pub fn coordinates(&self, row: usize, column: usize) -> [f64; 2] {
        let scale = self.pixels_per_unit();
        let centre = |n: usize| (n as f64 - 1.0) / 2.0;
        [(column as f64 - centre(self.width)) / scale, (centre(self.height) - row as f64) / scale]
    }
}

/// How a group element g ∈ GL(k) acts on one row of a field.
///
/// `Points` differs from `Vector` only in affine search spaces, where translations move points (and images) and leave
/// vectors.
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
    /// v ↦ det g · v: what keeps its value under turns and changes its sign under mirrors.
    Pseudoscalar,
    /// v ↦ det g · g v on each of the m blocks of length `dim`: of g ∈ O(3), angular momenta and magnetic fields.
    Pseudovector { dim: usize },
    /// M ↦ g M gᵀ on each of the m row-major `dim`×`dim` blocks.
    Tensor { dim: usize },
    /// I ↦ I ∘ g⁻¹ about the centre, with bilinear interpolation; affine elements shift it. k = 2.
    Pixels(Image),
}

impl Action {
    /// The k of GL(k), `None` for scalars and pseudoscalars, which any k acts on.
    pub fn dim(self) -> Option<usize> {
        match self {
            Self::Scalar | Self::Pseudoscalar => None,
            Self::Pixels(_) => Some(2),
            Self::Vector { dim }
            | Self::Points { dim }
            | Self::Covector { dim }
            | Self::Pseudovector { dim }
            | Self::Tensor { dim } => Some(dim),
        }
    }

    /// How many values one block has: k, or k² for tensors, 1 for scalars and pseudoscalars.
    pub fn block_len(self) -> usize {
        match self {
            Self::Scalar | Self::Pseudoscalar => 1,
            Self::Pixels(image) => image.len(),
            Self::Vector { dim } | Self::Points { dim } | Self::Covector { dim } | Self::Pseudovector { dim } => dim,
            Self::Tensor { dim } => dim * dim,
        }
    }

    /// Whether det g is a factor of the action.
    pub fn takes_determinant(self) -> bool {
        matches!(self, Self::Pseudoscalar | Self::Pseudovector { .. })
    }
}
