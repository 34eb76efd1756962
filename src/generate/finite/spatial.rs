//! Groups of space and beyond: a cyclic flow, the icosahedron, mirrors in five dimensions.

use super::Function;
use crate::generate::catalogue::{Entry, Make};
use crate::generate::integrate::integrate;
use crate::generate::truth::{FiniteTruth, TargetAction, Truth, TruthSpace, turn};
use crate::generate::vectors::{dot, vectors};

/// In the list of tasks.
pub(in crate::generate) const THOMAS: Entry = Entry {
    name: "thomas",
    summary: "a state of Thomas' cyclically symmetric flow to a later one; (x, y, z) to (y, z, x) and x to -x: S_6",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 3, truth: thomas_truth, value: thomas })),
};

/// In the list of tasks.
pub(in crate::generate) const ICOSAHEDRAL: Entry = Entry {
    name: "icosahedral",
    summary: "a vector in R^3 to a scalar; turns and mirrors of the icosahedron: I_h",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 3, truth: icosahedron, value: icosahedral })),
};

/// In the list of tasks.
pub(in crate::generate) const O5: Entry = Entry {
    name: "o5",
    summary: "three vectors in R^5 to a scalar of their products; O(5)",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 15, truth: o5_truth, value: products })),
};

fn thomas_truth() -> Truth {
    let cycle = vec![0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    let minus = super::signs(&[-1.0; 3]);
    Truth::none(TruthSpace::Gl(3), TargetAction::Vector).and(FiniteTruth::of("S_6", 6, &[cycle, minus]))
}

/// The state after half a unit of time, in units of 2 (R. Thomas, 1999: x' = sin y − b x and so on round).
fn thomas(x: &[f64]) -> Vec<f64> {
    const B: f64 = 0.2;
    let &[x, y, z] = x else { return vec![f64::NAN; 3] };
    let flow = |&[x, y, z]: &[f64; 3]| [y.sin() - B * x, z.sin() - B * y, x.sin() - B * z];
    integrate([2.0 * x, 2.0 * y, 2.0 * z], 0.5, 10, flow).map(|v| v / 2.0).to_vec()
}

/// The six axes through opposite corners of an icosahedron, of length 1.
fn corners() -> [[f64; 3]; 6] {
    let golden = (1.0 + 5f64.sqrt()) / 2.0;
    let length = 1f64.hypot(golden);
    let (a, b) = (1.0 / length, golden / length);
    [[0.0, a, b], [0.0, a, -b], [a, b, 0.0], [a, -b, 0.0], [b, 0.0, a], [-b, 0.0, a]]
}

fn icosahedron() -> Truth {
    let [n, ..] = corners();
    let (sin, cos) = (std::f64::consts::TAU / 5.0).sin_cos();
    let across = [0.0, -n[2], n[1], n[2], 0.0, -n[0], -n[1], n[0], 0.0];
    let entry = |i: usize| {
        let one = f64::from(u8::from(i / 3 == i % 3));
        cos * one + sin * across[i] + (1.0 - cos) * n[i / 3] * n[i % 3]
    };
    let fifth: Vec<f64> = (0..9).map(entry).collect();
    let cycle = vec![0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    let minus = super::signs(&[-1.0; 3]);
    Truth::none(TruthSpace::Gl(3), TargetAction::Scalar).and(FiniteTruth::of("I_h", 120, &[fifth, cycle, minus]))
}

/// The sum of (n·x)⁶ over the axes: the lowest power that tells an icosahedron from a ball, bounded for long vectors.
fn icosahedral(x: &[f64]) -> Vec<f64> {
    let [x] = vectors::<3, 1>(x);
    let square = dot(&x, &x);
    let sixth: f64 = corners().iter().map(|n| dot(n, &x).powi(6)).sum();
    // Over all directions (n·u)⁶ is 1/7 in the mean.
    let shape = sixth / square.powi(3).max(1e-12) - 6.0 / 7.0;
    vec![3.0 * shape * square / (1.0 + square) + 0.3 * (0.5 * square).sin()]
}

fn o5_truth() -> Truth {
    let turns: Vec<Vec<f64>> = (0..5).flat_map(|i| (i + 1..5).map(move |j| turn(5, i, j))).collect();
    let mirror = super::signs(&[-1.0, 1.0, 1.0, 1.0, 1.0]);
    Truth::new(TruthSpace::Gl(5), TargetAction::Scalar, "so(5)", &turns)
        .and(FiniteTruth::of("C_s", 2, &[mirror]).whole("O(5)"))
}

fn products(x: &[f64]) -> Vec<f64> {
    let [a, b, c] = vectors::<5, 3>(x);
    vec![
        dot(&a, &b).tanh()
            + 0.5 * (0.5 * dot(&b, &c)).sin()
            + 0.3 * (dot(&c, &c) / 3.0).cos()
            + 0.2 * (dot(&a, &a) / 2.0).sin(),
    ]
}
