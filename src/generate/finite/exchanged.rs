//! Things that may change places.

use super::Function;
use crate::generate::catalogue::{Entry, Make};
use crate::generate::truth::{FiniteTruth, TargetAction, Truth, TruthSpace, turn};
use crate::generate::vectors::{dot, vectors};

/// In the list of tasks.
pub(in crate::generate) const S3: Entry = Entry {
    name: "s3",
    summary: "three numbers to a symmetric function of them: S3",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 3, truth: symmetric_truth, value: symmetric })),
};

/// In the list of tasks.
pub(in crate::generate) const EXCHANGE: Entry = Entry {
    name: "exchange",
    summary: "two equal masses in a trap in R^2 to their accelerations; O(2) and the exchange",
    dial: None,
    make: Make::Vectors(|_| {
        Box::new(Function { inputs: 4, truth: || pair_truth(true), value: |x| pair(x, [1.0, 1.0]) })
    }),
};

/// In the list of tasks.
pub(in crate::generate) const UNEQUAL: Entry = Entry {
    name: "unequal-masses",
    summary: "two unequal masses in a trap in R^2 to their accelerations; O(2), and no exchange",
    dial: None,
    make: Make::Vectors(|_| {
        Box::new(Function { inputs: 4, truth: || pair_truth(false), value: |x| pair(x, [1.0, 2.5]) })
    }),
};

fn symmetric_truth() -> Truth {
    let swap = vec![0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    let cycle = vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    Truth::none(TruthSpace::Gl(3), TargetAction::Scalar).and(FiniteTruth::of("S3", 6, &[swap, cycle]))
}

fn symmetric(x: &[f64]) -> Vec<f64> {
    let wave: f64 = x.iter().map(|v| (1.3 * v + 0.4).sin()).sum();
    let product: f64 = x.iter().product();
    let pairs = x[0] * x[1] + x[1] * x[2] + x[2] * x[0];
    vec![0.5 * wave + 0.6 * (0.8 * product).tanh() + 0.3 * (0.5 * pairs).cos()]
}

fn pair_truth(equal: bool) -> Truth {
    let truth = Truth::new(TruthSpace::Gl(2), TargetAction::Vector, "so(2)", &[turn(2, 0, 1)]);
    let mirror = super::signs(&[1.0, -1.0]);
    match equal {
        true => truth.and(FiniteTruth::of("C_s × S2", 4, &[mirror]).exchanging(&[vec![1, 0]]).whole("O(2) × S2")),
        false => truth.and(FiniteTruth::of("C_s", 2, &[mirror]).whole("O(2)")),
    }
}

/// Both are drawn to the middle, the same for all masses, and to each other.
fn pair(x: &[f64], masses: [f64; 2]) -> Vec<f64> {
    let [a, b] = vectors::<2, 2>(x);
    let apart = [b[0] - a[0], b[1] - a[1]];
    let force = 1.5 / (0.5 + dot(&apart, &apart));
    let of = |q: [f64; 2], sign: f64, mass: f64| [0, 1].map(|i| sign * force * apart[i] / mass - 0.5 * q[i]);
    [of(a, 1.0, masses[0]), of(b, -1.0, masses[1])].concat()
}
