//! A function of three four-vectors that is invariant under the Lorentz group.

use rand_chacha::ChaCha8Rng;

use super::catalogue::{Entry, Make};
use super::stream::{between, normals};
use super::task::{Sample, Split, Task, independent};
use super::truth::{TargetAction, Truth, TruthSpace, lorentz};
use super::vectors::vectors;

/// In the list of tasks.
pub(super) const ENTRY: Entry = Entry {
    name: "minkowski",
    summary: "three four-vectors to a scalar; so(1,3)",
    dial: None,
    make: Make::Vectors(|_| Box::new(Minkowski)),
};

/// Three time-like four-vectors (E, p) with random masses → a scalar made of their Minkowski products.
///
/// Shifted vectors share a boost.
pub(super) struct Minkowski;

impl Task for Minkowski {
    fn truth(&self) -> Truth {
        Truth::new(TruthSpace::Gl(4), TargetAction::Scalar, "so(1,3)", &lorentz())
    }

    fn input(&self, split: Split, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut all = Vec::with_capacity(12);
        for _ in 0..3 {
            let mass = between(rng, 0.5, 1.5);
            let momentum = normals(rng, 3);
            let square: f64 = momentum.iter().map(|p| p * p).sum();
            all.push((mass * mass + square).sqrt());
            all.extend(momentum);
        }
        if split == Split::Shifted { boosted(&all, rng) } else { all }
    }

    fn target(&self, input: &[f64]) -> Vec<f64> {
        let v = vectors::<4, 3>(input);
        let s = |i: usize, j: usize| v[i][0] * v[j][0] - v[i][1] * v[j][1] - v[i][2] * v[j][2] - v[i][3] * v[j][3];
        vec![
            (0.3 * s(0, 1)).tanh()
                + 0.5 * (0.4 * s(1, 2)).sin()
                + 0.3 * s(2, 2)
                + 0.3 * s(0, 2) / (1.0 + s(0, 0).abs()),
        ]
    }

    fn samples(&self, split: Split, count: usize, rng: &mut ChaCha8Rng) -> Vec<Sample> {
        independent(self, split, count, rng)
    }
}

/// All vectors boosted together in a random direction, with a rapidity between 0.7 and 1.2.
fn boosted(all: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let rapidity = between(rng, 0.7, 1.2);
    let direction = normals(rng, 3);
    let length = direction.iter().map(|d| d * d).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    let n = [direction[0] / length, direction[1] / length, direction[2] / length];
    let mut out = Vec::with_capacity(all.len());
    for [e, p @ ..] in vectors::<4, 3>(all) {
        let along = n[0] * p[0] + n[1] * p[1] + n[2] * p[2];
        out.push(rapidity.cosh() * e + rapidity.sinh() * along);
        let gain = (rapidity.cosh() - 1.0) * along + rapidity.sinh() * e;
        out.extend((0..3).map(|i| p[i] + gain * n[i]));
    }
    out
}
