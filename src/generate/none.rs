//! A function without symmetry: a control.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::{normals, stream};
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "none",
    summary: "a random network of a vector in R^4; no symmetry",
    dial: None,
    make: Make::Vectors(|_| Box::new(NoSymmetry::new())),
};

/// Hidden units.
const UNITS: usize = 12;

/// A vector in R⁴ → a fixed random network of one hidden layer.
pub(super) struct NoSymmetry {
    /// Of each hidden unit: four weights, the offset, and the weight of its value.
    weights: Vec<f64>,
}

impl Task for NoSymmetry {
    fn truth(&self) -> Truth {
        Truth::none(TruthSpace::Gl(4), TargetAction::Scalar)
    }

    fn input(&self, _split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        normals(rng, 4)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let layer = self.weights.chunks_exact(6).map(|w| {
            let sum: f64 = w.iter().zip(input).map(|(a, b)| a * b).sum();
            w[5] * (sum + w[4]).tanh()
        });
        vec![layer.sum()]
    }

    fn has_shift(&self) -> bool {
        false
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}

impl NoSymmetry {
    /// The network; it is the same one for every seed of the data.
    pub(super) fn new() -> Self {
        Self { weights: normals(&mut stream(0, "none: the network", Split::Train), UNITS * 6) }
    }
}
