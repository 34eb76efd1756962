//! Functions that know left from right: symmetric under rotations, and under mirrors only if what changes its sign is read so.

use arrow::error::ArrowError;
use rand_chacha::ChaCha8Rng;

use super::{Function, signs};
use crate::generate::catalogue::{Entry, Make};
use crate::generate::stream::normals;
use crate::generate::table::{Column, Table, lists, numbers};
use crate::generate::task::Split;
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

/// Of the volume, and with no exchange of the vectors that would undo a mirror.
fn volume(x: &[f64]) -> Vec<f64> {
    let [a, b, c] = vectors::<3, 3>(x);
    let lengths = 0.5 * (dot(&a, &b) + 0.5 * dot(&a, &a)).tanh() + 0.3 * (dot(&c, &c) / 4.0).sin();
    vec![(0.7 * dot(&a, &cross(&b, &c))).tanh() + lengths]
}

/// In the list of tasks.
pub(in crate::generate) const VOLUME: Entry = Entry {
    name: "volume",
    summary: "three vectors in R^3 to a pseudoscalar, an odd function of their volume; O(3), read as a scalar so(3)",
    dial: None,
    make: Make::Vectors(|_| Box::new(Function { inputs: 9, truth: odd_truth, value: odd })),
};

/// In the list of tasks.
pub(in crate::generate) const MAGNETIC_FIELD: Entry = Entry {
    name: "magnetic-field",
    summary: "position, velocity and the field across the plane (a pseudoscalar) to the acceleration; O(2), with a scalar field so(2)",
    dial: None,
    make: Make::Table(|| Box::new(MagneticField)),
};

fn odd_truth() -> Truth {
    let truth = Truth::new(TruthSpace::Gl(3), TargetAction::Pseudoscalar, "so(3)", &turns_of_space(3));
    truth.and(FiniteTruth::of("C_s", 2, &[signs(&[-1.0, 1.0, 1.0])]).whole("O(3)"))
}

/// Odd in the volume, and with no exchange of the vectors that would undo the sign.
fn odd(x: &[f64]) -> Vec<f64> {
    let [a, b, c] = vectors::<3, 3>(x);
    let volume = dot(&a, &cross(&b, &c));
    vec![(0.7 * volume).tanh() * (1.2 + dot(&a, &b).tanh()) + 0.8 * volume / (1.0 + dot(&a, &a))]
}

fn cross(b: &[f64; 3], c: &[f64; 3]) -> [f64; 3] {
    [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]]
}

/// The columns `input` (position and velocity), `field` and `target`.
struct MagneticField;

impl Table for MagneticField {
    fn truth(&self) -> Truth {
        let truth = Truth::new(TruthSpace::Gl(2), TargetAction::Vector, "so(2)", &[turn(2, 0, 1)]);
        truth.and(FiniteTruth::of("C_s", 2, &[signs(&[1.0, -1.0])]).whole("O(2)"))
    }

    fn rows(&self) -> usize {
        4000
    }

    fn has_shift(&self) -> bool {
        false
    }

    fn columns(&self, _: Split, count: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Column>, ArrowError> {
        // The target belongs to the numbers in the file, which are rounded.
        let rounded = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect::<Vec<_>>();
        let rows: Vec<Vec<f32>> = (0..count).map(|_| rounded(normals(rng, 5))).collect();
        let exact = |row: &[f32]| row.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
        let targets: Vec<Vec<f32>> =
            rows.iter().map(|row| rounded(in_field(&exact(&row[..4]), f64::from(row[4])))).collect();
        Ok(vec![
            lists("input", rows.iter().map(|row| &row[..4]))?,
            numbers("field", "", rows.iter().map(|row| f64::from(row[4]))),
            lists("target", targets.iter().map(Vec::as_slice))?,
        ])
    }
}

fn magnetic_truth() -> Truth {
    let truth = Truth::new(TruthSpace::Gl(2), TargetAction::Vector, "so(2)", &[turn(2, 0, 1)]);
    truth.and(FiniteTruth::of("1", 1, &[]))
}

fn magnetic(x: &[f64]) -> Vec<f64> {
    in_field(x, 0.8)
}

/// The acceleration in a trap that grows softer outwards, and in a field that turns the velocity.
fn in_field(x: &[f64], field: f64) -> Vec<f64> {
    let [q, v] = vectors::<2, 2>(x);
    let pull = 1.0 / (1.0 + 0.3 * dot(&q, &q));
    vec![field * v[1] - pull * q[0], -field * v[0] - pull * q[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_keeps_the_motion_where_the_field_changes_its_sign() {
        let (x, mirrored) = ([0.3, -0.8, 1.1, 0.4], [0.3, 0.8, 1.1, -0.4]);
        let [a, b] = [in_field(&x, 0.7), in_field(&mirrored, -0.7)];
        assert!((a[0] - b[0]).abs() < 1e-12 && (a[1] + b[1]).abs() < 1e-12);
        assert!((a[0] - in_field(&mirrored, 0.7)[0]).abs() > 0.1);
    }
}
