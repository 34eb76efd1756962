//! Invariant under rotations, but seen in one pose only.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::near_rotation::NearRotation;
use super::stream::normals;
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, turn};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "fixed-pose",
    summary: "three vectors in R^2, the first along x, to a scalar; so(2), which the data cannot show",
    dial: None,
    make: Make::Vectors(|_| Box::new(FixedPose)),
};

/// Three vectors in R², the first of them along positive x → a function of their products. Whether it is
/// rotation-invariant is not identifiable: no two rows differ by a rotation.
pub(super) struct FixedPose;

impl Task for FixedPose {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(2), TargetAction::Scalar, "so(2)", &[turn(2, 0, 1)]).showing("none")
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut input = normals(rng, 6);
        if split != Split::Shifted
            && let Some(first) = input.first_chunk_mut::<2>()
        {
            *first = [first[0].hypot(first[1]), 0.0];
        }
        input
    }

    #[cfg(test)]
    fn anywhere(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        self.input(Split::Shifted, rng)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        NearRotation { dial: 0.0 }.target(input)
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
