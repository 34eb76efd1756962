//! The secondary flow in a square duct: the group of the square, seen from half of the duct.

use rand_chacha::ChaCha8Rng;

use crate::generate::catalogue::{Entry, Make};
use crate::generate::stream::between;
use crate::generate::task::{Sample, Split, Task, independent};
use crate::generate::truth::{FiniteTruth, TargetAction, Truth, TruthSpace};

/// In the list of tasks.
pub(in crate::generate) const ENTRY: Entry = Entry {
    name: "duct",
    summary: "a place in a square duct to the flow across it, given in its upper half; D4",
    dial: None,
    make: Make::Vectors(|_| Box::new(Duct)),
};

/// A place (y, z) in [−1, 1]² → eight vortices, two in each corner. z > 0, or z < 0 where shifted: the mirror from one half to the
/// other leaves the training data, and follows from the other elements only.
struct Duct;

impl Task for Duct {
    fn truth(&self) -> Truth {
        let quarter = vec![0.0, -1.0, 1.0, 0.0];
        let mirror = super::signs(&[-1.0, 1.0]);
        Truth::none(TruthSpace::Gl(2), TargetAction::Vector).and(FiniteTruth::of("D4", 8, &[quarter, mirror]))
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let (y, z) = (between(rng, -1.0, 1.0), between(rng, 0.0, 1.0));
        vec![y, if split == Split::Shifted { -z } else { z }]
    }

    /// Of the stream function y z (y² − z²) (1 − y²)² (1 − z²)², whose slope vanishes at the walls.
    fn target(&self, input: &[f64]) -> Vec<f64> {
        let &[y, z] = input else { return vec![f64::NAN; 2] };
        let wall = |v: f64| 1.0 - v * v;
        let (wall_y, wall_z) = (wall(y).powi(2), wall(z).powi(2));
        let by_z = wall_y * y * ((y * y - 3.0 * z * z) * wall_z - 4.0 * z * z * (y * y - z * z) * wall(z));
        let by_y = wall_z * z * ((3.0 * y * y - z * z) * wall_y - 4.0 * y * y * (y * y - z * z) * wall(y));
        vec![10.0 * by_z, -10.0 * by_y]
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_has_no_divergence_and_vanishes_at_the_walls() {
        let h = 1e-5;
        for [y, z] in [[0.3, 0.6], [-0.7, 0.2], [0.5, -0.4]] {
            let at = |y: f64, z: f64| Duct.target(&[y, z]);
            let divergence = (at(y + h, z)[0] - at(y - h, z)[0] + at(y, z + h)[1] - at(y, z - h)[1]) / (2.0 * h);
            assert!(divergence.abs() < 1e-7, "{divergence}");
            assert!(at(1.0, z).iter().chain(&at(y, -1.0)).all(|v| v.abs() < 1e-12));
        }
    }
}
