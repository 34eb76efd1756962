//! Random group elements, in the format of batches.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

/// Group elements as row-major `side`² matrices, one per example, with their inverses if covectors need them.
#[derive(Debug, Clone, Default)]
pub struct Elements {
    pub g: Vec<f32>,
    pub inverse: Vec<f32>,
}

impl Elements {
    /// Elements from matrices, in the format of batches.
    pub fn of(matrices: impl Iterator<Item = DMatrix<f64>>) -> Self {
        let mut elements = Self::default();
        for g in matrices {
            let inverse = g.clone().try_inverse().unwrap_or_else(|| DMatrix::identity(g.nrows(), g.ncols()));
            for (m, out) in [(&g, &mut elements.g), (&inverse, &mut elements.inverse)] {
                // Column by column of the transpose: row-major.
                out.extend(m.transpose().iter().map(|v| *v as f32));
            }
        }
        elements
    }
}

/// A source of random group elements.
pub trait GroupSource: Sync {
    /// `n` elements.
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements;

    /// Moves rows of inputs and targets by what is no element of such matrices, before these act: nothing, unless the group has a
    /// finite part.
    fn before(&self, _rng: &mut ChaCha8Rng, _x: &mut [f32], _y: &mut [f32]) {}
}
