//! Rotations without mirrors: functions that know left from right.

use super::Function;
use crate::generate::catalogue::{Entry, Make};
use crate::generate::truth::{FiniteTruth, TargetAction, Truth, TruthSpace, turn, turns_of_space};
use crate::generate::vectors::{dot, vectors};

/// In the list of tasks.
pub(in crate::generate) const TRIPLE_PRODUCT: Entry = Entry {
    name: "triple-product",
    summary: "three vectors in R^3 to a scalar with their volume; so(3), and no mirror",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 9, truth: volume_truth, value: volume })),
};

/// In the list of tasks.
pub(in crate::generate) const MAGNETIC: Entry = Entry {
    name: "magnetic",
    summary: "position and velocity in a plane with a field across it to the acceleration; so(2), and no mirror",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 4, truth: magnetic_truth, value: magnetic })),
};

fn volume_truth() -> Truth {
    let truth = Truth::new(TruthSpace::Gl(3), TargetAction::Scalar, "so(3)", &turns_of_space(3));
    truth.and(FiniteTruth::of("1", 1, &[]))
}

fn volume(x: &[f64]) -> Vec<f64> {
    let [a, b, c] = vectors::<3, 3>(x);
    let cross = [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]];
    vec![(0.7 * dot(&a, &cross)).tanh() + 0.5 * dot(&a, &b).tanh() + 0.3 * (dot(&c, &c) / 4.0).sin()]
}

fn magnetic_truth() -> Truth {
    let truth = Truth::new(TruthSpace::Gl(2), TargetAction::Vector, "so(2)", &[turn(2, 0, 1)]);
    truth.and(FiniteTruth::of("1", 1, &[]))
}

/// A trap that grows softer outwards, and a field that turns the velocity.
fn magnetic(x: &[f64]) -> Vec<f64> {
    let [q, v] = vectors::<2, 2>(x);
    let pull = 1.0 / (1.0 + 0.3 * dot(&q, &q));
    vec![0.8 * v[1] - pull * q[0], -0.8 * v[0] - pull * q[1]]
}
