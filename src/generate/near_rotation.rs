//! A function that is nearly invariant under rotations.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, turn};
use super::vectors::{dot, half_cloud, vectors};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "near-rotation",
    summary: "three vectors in R^2 to a scalar; so(2) but for a term of size --dial (0.1)",
    dial: Some(0.1),
    make: Make::Vectors(|dial| Box::new(NearRotation { dial })),
};

/// Three vectors in R² → a function of their products, plus `dial` times one of their coordinates.
pub(super) struct NearRotation {
    /// Size of the part that breaks the symmetry; 0 leaves it exact.
    pub(super) dial: f64,
}

impl Task for NearRotation {
    fn truth(&self) -> Truth {
        if self.dial == 0.0 {
            return Truth::new(TruthSpace::Gl(2), TargetAction::Scalar, "so(2)", &[turn(2, 0, 1)]);
        }
        Truth::none(TruthSpace::Gl(2), TargetAction::Scalar)
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        half_cloud(3, 2, split, rng)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let [a, b, c] = vectors::<2, 3>(input);
        let even = dot(&a, &b).tanh()
            + 0.5 * (dot(&b, &c) + 0.5 * dot(&a, &a)).sin()
            + 0.3 * dot(&c, &c) / (1.0 + dot(&b, &b));
        vec![even + self.dial * ((a[0] + 0.5 * b[1]).sin() + 0.5 * c[0])]
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
