//! A particle in a trap without symmetry: a control.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::particle;
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "anisotropic-trap",
    summary: "a particle in a trap, R^4 to R^4; no symmetry",
    dial: None,
    make: Make::Vectors(|_| Box::new(AnisotropicTrap)),
};

/// A particle in the potential V = (x² + 2.3 y²)/2 + 0.3 x² y² + 0.15 y⁴ + 0.2 x y: the last term turns the axes of the
/// quadratic part away from those of the rest, and no linear symmetry is left.
pub(super) struct AnisotropicTrap;

impl Task for AnisotropicTrap {
    fn truth(&self) -> Truth {
        Truth::none(TruthSpace::Gl(2), TargetAction::Vector)
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        particle::state(split, rng)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        particle::after(input, |[x, y]| {
            [-x - 0.6 * x * y * y - 0.2 * y, -2.3 * y - 0.6 * x * x * y - 0.6 * y * y * y - 0.2 * x]
        })
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
