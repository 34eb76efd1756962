//! Known breakings, added to the targets to see how much of them the networks recover.
//!
//! A breaking is as rough as the data's own function: it is what the plain networks have learned, of inputs that were turned,
//! stretched and shifted at random: turning alone would leave a function of lengths as it is. Where rows are sets of points, all
//! blocks of a row are turned alike; where they are images, it is a sum of sines of the places of what stands out, averaged over these.

use nalgebra::{DMatrix, DVector};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use semola_engine::Layout;
use semola_lie::action::Action;
use semola_lie::random::{normal, uniform};
use semola_lie::rotation::random_rotation;

use super::law::Law;
use crate::discover::ensemble::{Ensemble, column_means};
use crate::fit::Problem;

/// Sines per output.
const SINES: usize = 14;
/// How fast they vary: radians per standard deviation of the inputs.
const FREQUENCY: f64 = 1.0;
/// How much whitened inputs are stretched along each of some axes, and how far they are shifted.
const STRETCH: [f64; 2] = [0.4, 1.2];
const SHIFT: f64 = 0.7;

/// A known function of the inputs.
pub struct Injection<'a> {
    problem: &'a Problem,
    kind: Kind<'a>,
    factor: f32,
    /// Of each output, subtracted.
    means: Vec<f64>,
}

enum Kind<'a> {
    /// Outputs of networks for x ↦ A x + b.
    Turned(&'a Ensemble, DMatrix<f64>, Vec<f64>),
    /// Outputs of networks for rows whose blocks are all mapped by x ↦ A x + b.
    Blocks(&'a Ensemble, DMatrix<f64>, Vec<f64>),
    /// Of each sine of each output, one after the other: frequencies, phase and amplitude.
    Sines(&'a Law, Vec<(Vec<f64>, f64, f64)>),
}

impl<'a> Injection<'a> {
    /// Draws one, with mean zero over these rows of inputs.
    pub fn draw(
        (problem, rows): (&'a Problem, &[f32]),
        law: &'a Law,
        plain: &'a Ensemble,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let layout = &problem.x_layout;
        let (turn, shift) = turn(law.coordinates(layout), rng);
        let kind = match law.map(&(turn.clone(), shift.clone())) {
            Some((a, b)) => Kind::Turned(plain, a, b),
            None if !law.has_images() => Kind::Blocks(plain, turn, (shift * law.unit()).as_slice().to_vec()),
            None => {
                Kind::Sines(law, (0..SINES * problem.outputs()).map(|_| sine(law.coordinates(layout), rng)).collect())
            }
        };
        let mut drawn = Self { problem, kind, factor: 1.0, means: vec![0.0; problem.outputs()] };
        drawn.means = column_means(&drawn.at(rows), problem.outputs());
        drawn
    }

    /// The same, larger by a factor.
    #[must_use]
    pub fn times(mut self, factor: f64) -> Self {
        self.factor *= factor as f32;
        self
    }

    /// Values for rows of inputs, end to end.
    pub fn at(&self, x: &[f32]) -> Vec<f32> {
        let layout = &self.problem.x_layout;
        let mut values = match &self.kind {
            Kind::Turned(networks, a, b) => {
                let turned = turned(a, b, x);
                networks.for_loss(self.problem, networks.predict(&turned, self.problem.inputs()))
            }
            Kind::Blocks(networks, a, b) => {
                let mut turned = x.to_vec();
                turned.par_chunks_exact_mut(layout.width.max(1)).for_each(|row| turn_blocks(layout, (a, b), row));
                networks.for_loss(self.problem, networks.predict(&turned, self.problem.inputs()))
            }
            Kind::Sines(law, terms) => {
                let rows = x.par_chunks_exact(layout.width.max(1));
                rows.flat_map_iter(|row| sums(law, layout, terms, row)).collect()
            }
        };
        let means = self.means.iter().cycle();
        values.iter_mut().zip(means).for_each(|(v, mean)| *v = self.factor * (*v - *mean as f32));
        values
    }
}

/// A x + b of each row.
fn turned(a: &DMatrix<f64>, b: &[f64], x: &[f32]) -> Vec<f32> {
    let one =
        |row: &[f32], i: usize| b[i] + row.iter().enumerate().map(|(j, v)| a[(i, j)] * f64::from(*v)).sum::<f64>();
    x.par_chunks_exact(b.len().max(1)).flat_map_iter(|row| (0..b.len()).map(move |i| one(row, i) as f32)).collect()
}

/// Maps every vector, point, covector and pseudovector of a row by x ↦ A x + b.
fn turn_blocks(layout: &Layout, (a, b): (&DMatrix<f64>, &[f64]), row: &mut [f32]) {
    for s in &layout.segments {
        let (Action::Vector { dim } | Action::Points { dim } | Action::Covector { dim } | Action::Pseudovector { dim }) =
            s.action
        else {
            continue;
        };
        let held = layout.held(s, row);
        for block in row[s.start..s.start + held].chunks_exact_mut(dim.max(1)) {
            let before = block.to_vec();
            for (i, value) in block.iter_mut().enumerate() {
                let turned: f64 = before.iter().enumerate().map(|(j, v)| a[(i, j)] * f64::from(*v)).sum();
                *value = (turned + b[i]) as f32;
            }
        }
    }
}

/// Frequencies of a random direction, phase and amplitude.
fn sine(coordinates: usize, rng: &mut ChaCha8Rng) -> (Vec<f64>, f64, f64) {
    let direction: Vec<f64> = (0..coordinates).map(|_| normal(rng)).collect();
    let length = direction.iter().map(|v| v * v).sum::<f64>().sqrt().max(1e-12);
    let frequencies = direction.iter().map(|v| v * FREQUENCY / length).collect();
    (frequencies, std::f64::consts::TAU * uniform(rng), normal(rng))
}

/// The sum of each output's sines, averaged over the places of a row.
fn sums<'s>(
    law: &Law,
    layout: &Layout,
    terms: &'s [(Vec<f64>, f64, f64)],
    row: &[f32],
) -> impl Iterator<Item = f32> + use<'s> {
    let places = law.places(layout, row);
    let one = move |(w, phase, amplitude): &(Vec<f64>, f64, f64)| {
        let at = |z: &[f64]| (w.iter().zip(z).map(|(w, z)| w * z).sum::<f64>() + phase).sin();
        amplitude * places.iter().map(|(weight, z)| weight * at(z)).sum::<f64>()
    };
    terms.chunks_exact(SINES).map(move |terms| terms.iter().map(&one).sum::<f64>() as f32)
}

/// A map z ↦ A z + b of n whitened values.
fn turn(n: usize, rng: &mut ChaCha8Rng) -> (DMatrix<f64>, DVector<f64>) {
    let (before, after) = (random_rotation(n, rng), random_rotation(n, rng));
    let stretch = DVector::from_fn(n, |_, _| STRETCH[0] + (STRETCH[1] - STRETCH[0]) * uniform(rng));
    let shift = DVector::from_fn(n, |_, _| normal(rng));
    let length = shift.norm().max(1e-12);
    (after * DMatrix::from_diagonal(&stretch) * before, shift * (SHIFT / length))
}
