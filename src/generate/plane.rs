//! Invariant under the rotations of space, but seen in a plane only.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::so3_cloud::So3Cloud;
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, turns_of_space};
use super::vectors::half_cloud;

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "plane",
    summary: "four vectors in the plane z = 0 of R^3 to a scalar; so(3), of which the data show so(2)",
    dial: None,
    make: Make::Vectors(|_| Box::new(Plane)),
};

/// Four vectors in R³, all of them in the plane z = 0 → a function of their products. The rotation of the plane is
/// identifiable, those that lead out of it are not.
pub(super) struct Plane;

impl Task for Plane {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(3), TargetAction::Scalar, "so(3)", &turns_of_space(3)).showing("so(2)")
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        half_cloud(4, 2, split, rng).chunks(2).flat_map(|v| [v[0], v[1], 0.0]).collect()
    }

    #[cfg(test)]
    fn anywhere(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        super::stream::normals(rng, 12)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        So3Cloud.target(input)
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
