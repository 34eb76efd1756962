//! A function of vectors that does not change when all are scaled.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::{between, normals};
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, matrix};
use super::vectors::vectors;

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "scaling",
    summary: "three vectors in R^3 to a scalar; scale",
    dial: None,
    make: Make::Vectors(|_| Box::new(Scaling)),
};

/// Three vectors in R³ → a scalar of degree 0. The shifted vectors are longer or shorter by a factor of 2 to 4.
pub(super) struct Scaling;

impl Task for Scaling {
    fn truth(&self) -> Truth {
        let identity = matrix(3, &[(0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0)]);
        Truth::new(TruthSpace::Gl(3), TargetAction::Scalar, "scale", &[identity])
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let cloud = normals(rng, 9);
        let (longer, factor) = (between(rng, -1.0, 1.0) > 0.0, between(rng, 2.0, 4.0));
        match split {
            Split::Shifted => cloud.iter().map(|v| if longer { v * factor } else { v / factor }).collect(),
            _ => cloud,
        }
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let size = (input.iter().map(|v| v * v).sum::<f64>() / 9.0).sqrt().max(f64::MIN_POSITIVE);
        let [a, b, c] = vectors::<3, 3>(input).map(|v| v.map(|x| x / size));
        let plain = (a[0] + 0.5 * b[1]).tanh() + 0.5 * (b[2] - 0.8 * c[0]).sin();
        vec![plain + 0.4 * a[1] * c[2] + 0.3 * (b[0] * c[1]).tanh() + 0.3 * a[2] * a[2]]
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
