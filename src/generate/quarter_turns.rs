//! A function with a discrete symmetry only.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::normals;
use super::task::{Sample, Split, Task, independent};
use super::truth::{FiniteTruth, TargetAction, Truth, TruthSpace};
use super::vectors::{dot, vectors};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "quarter-turns",
    summary: "three vectors in R^2 to a scalar; rotations by 90 degrees only: C4, no continuous symmetry",
    dial: None,
    make: Make::Vectors(|_| Box::new(QuarterTurns)),
};

/// Three vectors in R² → a function that is invariant under rotations by 90° and under no others, mirrors neither. There is no continuous
/// symmetry to be found.
pub(super) struct QuarterTurns;

/// Re (x + iy)⁴ over the square of the length: what a rotation by 90° leaves alone and one by 45° turns around.
fn four_fold(a: &[f64; 2]) -> f64 {
    let (x, y) = (a[0] * a[0], a[1] * a[1]);
    (x * x - 6.0 * x * y + y * y) / (x + y).max(1e-12)
}

/// Im (x + iy)⁴ over the square of the length: the same, and mirrors of the axes turn it around.
fn four_fold_handed(a: &[f64; 2]) -> f64 {
    let (x, y) = (a[0], a[1]);
    4.0 * x * y * (x * x - y * y) / (x * x + y * y).max(1e-12)
}

impl Task for QuarterTurns {
    fn truth(&self) -> Truth {
        let quarter = vec![0.0, -1.0, 1.0, 0.0];
        Truth::none(TruthSpace::Gl(2), TargetAction::Scalar).and(FiniteTruth::of("C4", 4, &[quarter]))
    }

    fn input(&self, _split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        normals(rng, 6)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let [a, b, c] = vectors::<2, 3>(input);
        let round = dot(&a, &b).tanh() + 0.3 * dot(&c, &c) / (1.0 + dot(&b, &b));
        vec![round + 0.6 * (0.4 * four_fold(&a)).sin() + 0.4 * (0.3 * (four_fold_handed(&b) + four_fold(&c))).tanh()]
    }

    fn has_shift(&self) -> bool {
        false
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::stream::stream;

    #[test]
    fn it_is_invariant_under_quarter_turns_and_not_under_smaller_ones() {
        let mut rng = stream(1, "test", Split::Test);
        let turned = |input: &[f64], angle: f64| -> Vec<f64> {
            let (s, c) = angle.sin_cos();
            input.chunks(2).flat_map(|v| [c * v[0] - s * v[1], s * v[0] + c * v[1]]).collect()
        };
        let mut changes = 0.0;
        for _ in 0..100 {
            let input = QuarterTurns.input(Split::Test, &mut rng);
            let at = |angle: f64| QuarterTurns.target(&turned(&input, angle))[0];
            assert!((at(0.0) - at(std::f64::consts::FRAC_PI_2)).abs() < 1e-9);
            changes += (at(0.0) - at(std::f64::consts::FRAC_PI_4)).abs() / 100.0;
        }
        assert!(changes > 0.3, "{changes}");
    }
}
