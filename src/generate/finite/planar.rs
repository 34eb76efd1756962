//! Two vectors of the plane, with n-fold turns, and with mirrors or without.

use std::f64::consts::TAU;

use super::Function;
use crate::generate::catalogue::{Entry, Make};
use crate::generate::truth::{FiniteTruth, TargetAction, Truth, TruthSpace};
use crate::generate::vectors::vectors;

/// In the list of tasks.
pub(in crate::generate) const C3: Entry = Entry {
    name: "c3",
    summary: "two vectors in R^2 to a scalar; turns by 120 degrees, no mirror: C3",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 4, truth: || truth(3, false), value: |x| value::<3>(x, 0.6) })),
};

/// In the list of tasks.
pub(in crate::generate) const C4: Entry = Entry {
    name: "c4",
    summary: "two vectors in R^2 to a scalar; quarter turns, no mirror: C4",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 4, truth: || truth(4, false), value: |x| value::<4>(x, 0.6) })),
};

/// In the list of tasks.
pub(in crate::generate) const C6: Entry = Entry {
    name: "c6",
    summary: "two vectors in R^2 to a scalar; turns by 60 degrees, no mirror: C6",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 4, truth: || truth(6, false), value: |x| value::<6>(x, 0.6) })),
};

/// In the list of tasks.
pub(in crate::generate) const D4: Entry = Entry {
    name: "d4",
    summary: "two vectors in R^2 to a scalar; quarter turns and mirrors: D4",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 4, truth: || truth(4, true), value: |x| value::<4>(x, 0.0) })),
};

/// The turn by a full turn over n, and the mirror of the second axis.
fn truth(n: usize, mirror: bool) -> Truth {
    let (sin, cos) = (TAU / n as f64).sin_cos();
    let turn = vec![cos, -sin, sin, cos];
    let (name, order) = if mirror { (format!("D{n}"), 2 * n) } else { (format!("C{n}"), n) };
    let generators = if mirror { vec![turn, super::signs(&[1.0, -1.0])] } else { vec![turn] };
    Truth::none(TruthSpace::Gl(2), TargetAction::Scalar).and(FiniteTruth::of(&name, order, &generators))
}

/// Re zⁿ over |z|ⁿ⁻², bounded where |z| is large: networks learn it.
fn fold<const N: i32>(z: [f64; 2]) -> f64 {
    let (r, angle) = (z[0].hypot(z[1]), z[1].atan2(z[0]));
    r * r / (1.0 + 0.25 * r * r) * (f64::from(N) * angle).cos()
}

/// Of dot product and n-fold terms, and `handed` times a function of a₀b₁ − a₁b₀, which mirrors turn around.
fn value<const N: i32>(x: &[f64], handed: f64) -> Vec<f64> {
    let [a, b] = vectors::<2, 2>(x);
    let dot = a[0] * b[0] + a[1] * b[1];
    let cross = a[0] * b[1] - a[1] * b[0];
    vec![0.5 * dot.tanh() + 0.6 * fold::<N>(a) + 0.4 * fold::<N>(b) + handed * cross.tanh()]
}
