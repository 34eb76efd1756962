//! A particle in a central potential and a uniform field: a control.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::particle;
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "external-field",
    summary: "as n-body in a uniform field; no symmetry",
    dial: None,
    make: Make::Vectors(|_| Box::new(ExternalField)),
};

/// The force of the field.
const FIELD: [f64; 2] = [1.0, 0.4];

/// As `n-body`, with a uniform field that breaks the rotations: no symmetry is left.
pub(super) struct ExternalField;

impl Task for ExternalField {
    fn truth(&self) -> Truth {
        Truth::none(TruthSpace::Gl(2), TargetAction::Vector)
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        particle::state(split, rng)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        particle::after(input, |q| {
            let [fx, fy] = particle::central(q);
            [fx + FIELD[0], fy + FIELD[1]]
        })
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
