//! A function of four vectors that is invariant under rotations.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::task::{Sample, Split, Task, independent};
use super::truth::{FiniteTruth, TargetAction, Truth, TruthSpace, turns_of_space};
use super::vectors::{dot, half_cloud, vectors};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "so3-cloud",
    summary: "four vectors in R^3 to a scalar; so(3)",
    dial: None,
    make: Make::Vectors(|_| Box::new(So3Cloud)),
};

/// Four vectors in R³ → a scalar made of several of their products.
pub(super) struct So3Cloud;

impl Task for So3Cloud {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(3), TargetAction::Scalar, "so(3)", &turns_of_space(3))
            .and(FiniteTruth::of("C_s", 2, &[vec![-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]]).whole("O(3)"))
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        half_cloud(4, 3, split, rng)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let v = vectors::<3, 4>(input);
        let product = |i: usize, j: usize| dot(&v[i], &v[j]);
        let bound = (-product(0, 0) / 4.0).exp();
        let mixed = product(2, 3) / (1.0 + product(1, 1));
        vec![product(0, 1).tanh() + 0.5 * (product(1, 2) + product(3, 3) / 4.0).sin() + 0.8 * bound + 0.4 * mixed]
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
