//! A function of three vectors that is invariant under rotations about z only.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, turn};
use super::vectors::{half_cloud, vectors};

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "so2-axis",
    summary: "three vectors in R^3 to a scalar; so(2) about z",
    dial: None,
    make: Make::Vectors(|_| Box::new(So2Axis)),
};

/// Three vectors in R³ → a scalar made of their z and of their products in the plane (x, y).
pub(super) struct So2Axis;

impl Task for So2Axis {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(3), TargetAction::Scalar, "so(2)", &[turn(3, 0, 1)])
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        half_cloud(3, 3, split, rng)
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let [a, b, c] = vectors::<3, 3>(input);
        let inner = |u: &[f64; 3], v: &[f64; 3]| u[0] * v[0] + u[1] * v[1];
        let cross = |u: &[f64; 3], v: &[f64; 3]| u[0] * v[1] - u[1] * v[0];
        let plane = inner(&a, &b).tanh() + 0.5 * cross(&b, &c).sin();
        vec![
            plane
                + 0.3 * a[2] * b[2].sin()
                + 0.6 * (c[2] + 0.4 * inner(&a, &a)).sin()
                + 0.4 * (b[2] * inner(&c, &c)).tanh(),
        ]
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}
