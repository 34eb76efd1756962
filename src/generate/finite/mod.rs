//! Functions with a finite symmetry group, or with a continuous one whose further components are known.

pub(super) mod duct;
pub(super) mod exchanged;
pub(super) mod handed;
pub(super) mod planar;
pub(super) mod signs;
pub(super) mod spatial;

use rand_chacha::ChaCha8Rng;

use super::stream::normals;
use super::task::{Sample, Split, Task, independent};
use super::truth::Truth;

/// A function of independent normal numbers.
pub(super) struct Function {
    /// Numbers of an input.
    pub(super) inputs: usize,
    pub(super) truth: fn() -> Truth,
    pub(super) value: fn(&[f64]) -> Vec<f64>,
}

impl Task for Function {
    fn truth(&self) -> Truth {
        (self.truth)()
    }

    fn input(&self, _split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        normals(rng, self.inputs)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        (self.value)(input)
    }

    fn has_shift(&self) -> bool {
        false
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}

/// Diagonal matrix, flat.
pub(super) fn signs(signs: &[f64]) -> Vec<f64> {
    let k = signs.len();
    (0..k * k).map(|i| if i / k == i % k { signs[i / k] } else { 0.0 }).collect()
}
