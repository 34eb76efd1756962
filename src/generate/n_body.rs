//! A particle in a central potential.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::particle;
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, turn};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "n-body",
    summary: "a particle in a central potential, R^4 to R^4; so(2)",
    dial: None,
    make: Make::Vectors(|_| Box::new(NBody)),
};

/// A particle in a softened central potential: its state in R⁴ now and after a fixed time.
pub(super) struct NBody;

impl Task for NBody {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(2), TargetAction::Vector, "so(2)", &[turn(2, 0, 1)])
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        particle::state(split, rng)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        particle::after(input, particle::central)
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
