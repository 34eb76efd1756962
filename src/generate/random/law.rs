//! The distribution of the inputs.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;

use super::draw::{below, log_uniform};
use super::fields::{Basis, Field, times};
use crate::generate::stream::{between, normals};
use semola_lie::Action;
use semola_lie::random::uniform;
use semola_lie::rotation::random_rotation;

/// The distribution of the vectors in the coordinates of the algebra.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Law {
    /// Standard normal.
    Gaussian,
    /// Normal, with axes of unequal length.
    Anisotropic,
    /// In all directions, lengths from 0.5 to 1.5.
    Shell,
    /// In all directions, length 1.
    Sphere,
    /// Three normal components of weights 0.6, 0.3, 0.1.
    Mixture,
    /// Rows along smooth curves.
    Trajectories,
}

/// Rows of a curve, and the time between them.
const LENGTH: usize = 20;
const STEP: f64 = 0.12;
/// Fewest points of a cloud, and how many more at most.
const POINTS: (usize, usize) = (5, 5);

/// A row: numbers by field, and the group to which it belongs.
pub(super) type Row = (Vec<Vec<f64>>, i64);

/// A law made ready: its own random axes and means.
pub(super) struct Inputs {
    law: Law,
    fields: Vec<Field>,
    basis: Basis,
    axes: DMatrix<f64>,
    /// Of each component of a mixture, means of the vectors of a row.
    means: Vec<Vec<f64>>,
}

impl Inputs {
    pub(super) fn new(law: Law, fields: &[Field], basis: &Basis, rng: &mut ChaCha8Rng) -> Self {
        let k = basis.matrix.nrows();
        let turn = random_rotation(k, rng);
        let lengths: Vec<f64> = (0..k).map(|_| log_uniform(rng, 0.4, 1.6)).collect();
        let axes = &turn * DMatrix::from_fn(k, k, |i, j| if i == j { lengths[i] } else { 0.0 }) * turn.transpose();
        let means = (0..3).map(|_| normals(rng, 16 * k)).collect();
        Self { law, fields: fields.to_vec(), basis: basis.clone(), axes, means }
    }

    /// Draws inputs.
    pub(super) fn draw(&self, count: usize, rng: &mut ChaCha8Rng) -> Vec<Row> {
        let mut rows = Vec::with_capacity(count);
        let mut curve: Vec<Vec<f64>> = Vec::new();
        for at in 0..count {
            let sizes: Vec<usize> = self.fields.iter().map(|f| self.numbers(f, rng)).collect();
            // The last k numbers shift all points.
            let total = sizes.iter().sum::<usize>() + self.basis.matrix.nrows();
            let (latent, group) = if self.law == Law::Trajectories {
                if at % LENGTH == 0 {
                    curve = (0..3).map(|_| normals(rng, total)).collect();
                }
                (along(&curve, STEP * (at % LENGTH) as f64), at / LENGTH)
            } else {
                (normals(rng, total), at)
            };
            rows.push((self.row(&latent, &sizes, rng), group as i64));
        }
        rows
    }

    /// Inputs that do not depend on each other: of trajectories one row each, at all times.
    pub(super) fn spread(&self, count: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<Vec<f64>>> {
        let every = if self.law == Law::Trajectories { LENGTH + 1 } else { 1 };
        self.draw(count * every, rng).into_iter().step_by(every).map(|(row, _)| row).collect()
    }

    fn numbers(&self, field: &Field, rng: &mut ChaCha8Rng) -> usize {
        if field.ragged() { field.action.block_len() * (POINTS.0 + below(rng, POINTS.1 + 1)) } else { field.numbers() }
    }

    fn row(&self, latent: &[f64], sizes: &[usize], rng: &mut ChaCha8Rng) -> Vec<Vec<f64>> {
        let k = self.basis.matrix.nrows();
        let component = match uniform(rng) {
            u if u < 0.6 => 0,
            u if u < 0.9 => 1,
            _ => 2,
        };
        let radius = between(rng, 0.5, 1.5);
        let (mut left, mut vectors) = (latent, 0);
        let shift = latent[latent.len() - k..].to_vec();
        self.fields
            .iter()
            .zip(sizes)
            .map(|(field, &size)| {
                let (own, rest) = left.split_at(size);
                left = rest;
                if field.action == Action::Scalar {
                    return own.to_vec();
                }
                let moved = matches!(field.action, Action::Points { .. }) && self.law != Law::Sphere;
                let mut z = Vec::with_capacity(size);
                for slot in own.chunks_exact(k) {
                    let mut v = self.vector(slot, radius, (component, vectors % 16));
                    if moved {
                        v.iter_mut().zip(&shift).for_each(|(v, s)| *v += s);
                    }
                    z.extend(v);
                    vectors += usize::from(!field.ragged());
                }
                self.basis.shown(field.action, &z)
            })
            .collect()
    }

    /// A vector of the law from k standard normal numbers.
    fn vector(&self, normal: &[f64], radius: f64, (component, place): (usize, usize)) -> Vec<f64> {
        let k = normal.len();
        let length = normal.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        let to = |radius: f64| normal.iter().map(|v| v * radius / length).collect();
        match self.law {
            Law::Gaussian | Law::Trajectories => normal.to_vec(),
            Law::Anisotropic => times(&self.axes, normal),
            Law::Shell => to(radius),
            Law::Sphere => to(1.0),
            Law::Mixture => {
                let mean = &self.means[component][place * k..(place + 1) * k];
                normal.iter().zip(mean).map(|(v, m)| 0.6 * v + 1.2 * m).collect()
            }
        }
    }
}

/// The place on a curve at a time.
fn along(curve: &[Vec<f64>], time: f64) -> Vec<f64> {
    let (sin, cos) = time.sin_cos();
    let weights = [1.0, sin, 1.0 - cos];
    let sum = |i: usize| curve.iter().zip(weights).map(|(c, w)| w * c[i]).sum::<f64>();
    (0..curve.first().map_or(0, Vec::len)).map(sum).collect()
}
