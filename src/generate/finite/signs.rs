//! Vectors of which signs may be changed.

use super::Function;
use crate::generate::catalogue::{Entry, Make};
use crate::generate::integrate::integrate;
use crate::generate::truth::{FiniteTruth, TargetAction, Truth, TruthSpace};

/// In the list of tasks.
pub(in crate::generate) const EVEN: Entry = Entry {
    name: "even",
    summary: "a vector in R^4 to a scalar; f(-x) = f(x): C_i",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 4, truth: even_truth, value: even })),
};

/// In the list of tasks.
pub(in crate::generate) const HIDDEN_MIRROR: Entry = Entry {
    name: "hidden-mirror",
    summary: "a vector in R^3 to a scalar; a mirror in an oblique plane: C_s",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 3, truth: mirror_truth, value: mirrored })),
};

/// In the list of tasks.
pub(in crate::generate) const LORENZ: Entry = Entry {
    name: "lorenz",
    summary: "a state of the Lorenz system to a later one; (x, y, z) to (-x, -y, z): C2",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 3, truth: lorenz_truth, value: lorenz })),
};

fn even_truth() -> Truth {
    let minus = super::signs(&[-1.0; 4]);
    Truth::none(TruthSpace::Gl(4), TargetAction::Scalar).and(FiniteTruth::of("C_i", 2, &[minus]))
}

fn even(x: &[f64]) -> Vec<f64> {
    let &[a, b, c, d] = x else { return vec![f64::NAN] };
    let products = a * b + 0.5 * c * d - 0.3 * a * a + 0.4 * b * c;
    let waves = (b + 0.7 * c - 0.4 * d).cos() + 0.7 * (0.8 * a - 0.5 * d + 0.3 * b).cos();
    vec![products.tanh() + 0.6 * waves + 0.4 * (a * c - 0.6 * b * d).sin()]
}

/// The normal of the hidden mirror, of length 1.
const NORMAL: [f64; 3] = [2.0 / 3.0, -1.0 / 3.0, 2.0 / 3.0];
/// Two more directions across it.
const ACROSS: [[f64; 3]; 2] = [[1.0 / 3.0, -2.0 / 3.0, -2.0 / 3.0], [2.0 / 3.0, 2.0 / 3.0, -1.0 / 3.0]];

fn mirror_truth() -> Truth {
    let entry = |i: usize| f64::from(u8::from(i / 3 == i % 3)) - 2.0 * NORMAL[i / 3] * NORMAL[i % 3];
    let mirror: Vec<f64> = (0..9).map(entry).collect();
    Truth::none(TruthSpace::Gl(3), TargetAction::Scalar).and(FiniteTruth::of("C_s", 2, &[mirror]))
}

fn mirrored(x: &[f64]) -> Vec<f64> {
    let along = |n: &[f64; 3]| n.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
    let (s, [u, v]) = (along(&NORMAL), ACROSS.map(|n| along(&n)));
    vec![(u + 0.5 * u * v).tanh() + 0.5 * (s * s - v).sin() + 0.4 * (0.6 * s * s * u + v).cos()]
}

fn lorenz_truth() -> Truth {
    let half_turn = super::signs(&[-1.0, -1.0, 1.0]);
    Truth::none(TruthSpace::Gl(3), TargetAction::Vector).and(FiniteTruth::of("C2", 2, &[half_turn]))
}

/// A state after a tenth of a unit of time: x, y and z are around 0, 0 and 24, all in units of 8.
fn lorenz(x: &[f64]) -> Vec<f64> {
    let flow = |&[x, y, z]: &[f64; 3]| [10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z];
    let &[x, y, z] = x else { return vec![f64::NAN; 3] };
    let [x, y, z] = integrate([8.0 * x, 8.0 * y, 24.0 + 8.0 * z], 0.1, 10, flow);
    vec![x / 8.0, y / 8.0, (z - 24.0) / 8.0]
}
