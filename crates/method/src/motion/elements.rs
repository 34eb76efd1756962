//! Random group elements, in the format of batches.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use semola_engine::ops::augment::expm::Scratch;

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

    /// exp(A) and exp(−A) of `n` row-major matrices A of this side, each of which `fill` writes. One that comes again at once, as where all
    /// rows are moved alike, is not computed again.
    pub fn exponentials(side: usize, n: usize, mut fill: impl FnMut(&mut [f32])) -> Self {
        let size = side * side;
        let (mut a, mut last, mut scratch) = (vec![0.0; size], vec![f32::NAN; size], Scratch::new(side));
        let mut elements = Self { g: Vec::with_capacity(n * size), inverse: Vec::with_capacity(n * size) };
        let [mut g, mut inverse] = [(); 2].map(|()| vec![0.0; size]);
        for _ in 0..n {
            fill(&mut a);
            if a != last {
                last.copy_from_slice(&a);
                scratch.exp(&a, &mut g);
                a.iter_mut().for_each(|v| *v = -*v);
                scratch.exp(&a, &mut inverse);
            }
            elements.g.extend_from_slice(&g);
            elements.inverse.extend_from_slice(&inverse);
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

#[cfg(test)]
mod tests {
    use super::*;
    use semola_lie::expm::expm;

    #[test]
    fn exponentials_come_with_their_inverses() {
        let l = DMatrix::from_row_slice(3, 3, &[0.1, -0.8, 0.4, 0.6, 0.2, -0.3, 0.0, 0.0, 0.0]);
        let times = [0.5, 0.5, 1.0, 1.5];
        let mut next = times.iter();
        let elements = Elements::exponentials(3, 4, |a| {
            let t = next.next().unwrap();
            a.copy_from_slice(&l.transpose().iter().map(|v| (t * v) as f32).collect::<Vec<_>>());
        });
        let plain = Elements::of(times.into_iter().map(|t| expm(&(&l * t))));
        let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near(&elements.g, &plain.g) && near(&elements.inverse, &plain.inverse));
    }
}
