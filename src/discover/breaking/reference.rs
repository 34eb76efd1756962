//! How much the target varies along moves of a given size: what a breaking is measured by.
//!
//! Small moves change any smooth function little. The breaking along a group is therefore compared with the variation of the
//! target along random directions of the search space that move the data as far:
//!
//! R = E a ⟨σ (y − ȳ), σ h(x) − σ⁻¹ h(g x)⟩ / E a, h the plain networks, on rows that they have not seen.
//!
//! For functions that the networks know this is half the mean squared change. Over a whole compact group it is the variance.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use semola_engine::Streams;
use semola_lie::expm::expm;
use semola_lie::random::normal;

use super::orthogonality::{First, Outputs, orthogonality};
use super::pairs::Pairs;
use crate::discover::ensemble::column_means;
use crate::discover::findings::Findings;
use crate::fit::groups::{Orbit, Within};
use crate::motion::{Elements, GroupSource};

/// Random directions.
const RANDOM: usize = 24;
/// How often each row is moved.
const DRAWS: usize = 2;
/// Larger moves lead anywhere: the largest coefficient.
const LARGEST: f64 = 2.0;
/// Smallest reference, as a share of what can be explained.
const LEAST: f64 = 1e-3;

/// Elements along random directions, each with a coefficient up to half of this size: their squares move rows.
struct Generic {
    directions: Vec<DMatrix<f64>>,
    size: f64,
}

impl GroupSource for Generic {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        Elements::of((0..n).map(|_| {
            let l = &self.directions[rng.random_range(0..self.directions.len())];
            expm(&(l * (0.5 * rng.random_range(-self.size..self.size))))
        }))
    }
}

/// Coefficient of a whitened unit direction, uniform up to which it moves the data as far as these elements do.
fn size_of(findings: &Findings, within: &Within) -> f64 {
    let squares = within.generators.iter().map(|l| findings.support.coefficients(l).norm_squared());
    // A coordinate of a uniform point of a ball of radius r in d dimensions has the variance r²/(d + 2).
    let variance = within.limit.powi(2) / (within.generators.len() as f64 + 2.0);
    (3.0 * variance * squares.sum::<f64>()).sqrt()
}

/// The same for elements whose squares move the rows.
fn size_of_moves(pairs: &Pairs<'_>, root: &dyn GroupSource, streams: &Streams) -> f64 {
    let moved = pairs.moved(root, &mut streams.get("size", 0));
    let square = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>();
    let far = square(&mut moved.x.iter().zip(&pairs.x).map(|(a, b)| a - b));
    (3.0 * far / square(&mut pairs.x.iter().copied()).max(1e-300)).sqrt().min(LARGEST)
}

/// The variation along moves as large as the group's; `explained` is the variance that networks explain.
pub fn reference(pairs: &Pairs<'_>, findings: &Findings, group: &Orbit, explained: f64, streams: &Streams) -> f64 {
    match group {
        Orbit::Whole(whole) if whole.0.is_compact() => explained,
        Orbit::Whole(_) => {
            let size = size_of_moves(pairs, &group.root(), streams);
            along_generic(pairs, findings, size, explained, streams)
        }
        Orbit::Within(within) => along_random(pairs, findings, within, explained, streams),
    }
}

/// The same along random directions.
pub fn along_random(pairs: &Pairs<'_>, findings: &Findings, within: &Within, explained: f64, streams: &Streams) -> f64 {
    along_generic(pairs, findings, size_of(findings, within), explained, streams)
}

fn along_generic(pairs: &Pairs<'_>, findings: &Findings, size: f64, explained: f64, streams: &Streams) -> f64 {
    let (problem, plain) = (pairs.problem, &findings.plain);
    let streams = streams.scope("reference");
    let rng = &mut streams.get("directions", 0);
    let direction = |rng: &mut ChaCha8Rng| {
        let u = DVector::from_fn(findings.support.directions.len(), |_, _| normal(rng));
        findings.support.combine(&u.normalize())
    };
    let generic = Generic { directions: (0..RANDOM).map(|_| direction(rng)).collect(), size: size.max(1e-6) };
    let outputs: &Outputs<'_> = &|x, folds| plain.unseen(problem, x, folds);
    let y = centred(&problem.gather_y(&pairs.rows), problem.outputs());
    let moved = orthogonality(pairs, &generic, &First::Known(&y), outputs, DRAWS, &streams);
    (moved.mean.value / moved.accepted.max(1e-300)).clamp(LEAST * explained, explained)
}

/// Values less the mean of each column.
fn centred(values: &[f32], width: usize) -> Vec<f32> {
    let mean = column_means(values, width);
    values.iter().zip(mean.iter().cycle()).map(|(v, m)| v - *m as f32).collect()
}
