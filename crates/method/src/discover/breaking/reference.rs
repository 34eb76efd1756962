//! How much the target varies along moves of a given size: what a breaking is measured by.
//!
//! Small moves change any smooth function little. The breaking along a group is therefore compared with the variation of the
//! target along random directions of the search space that move the data as far:
//!
//! R = E a ⟨σ (y − ȳ), σ h(x) − σ⁻¹ h(g x)⟩ / E a, h the plain networks, on rows that they have not seen.
//!
//! For functions that the networks know this is half the mean squared change. Over a whole compact group whose orbits lie where the
//! data are it is the variance. How far moves go is E a |g x − x|² / E a: of a group whose orbits leave the data mostly small moves
//! are accepted. Where no random move goes as far, R grows in proportion, up to the variance.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use semola_engine::Streams;
use semola_lie::random::normal;
use semola_lie::row_major;

use super::orthogonality::{First, Outputs, orthogonality};
use super::pairs::{Movement, Pairs};
use super::screen::FAMILIAR;
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
pub(super) const LEAST: f64 = 1e-3;
/// Rows on which the size of moves is matched, and how often it is corrected.
const ROWS: usize = 2000;
const CORRECTIONS: usize = 3;

/// Elements along random directions, each with a coefficient up to half of this size: their squares move rows.
struct Generic<'a> {
    directions: &'a [DMatrix<f64>],
    size: f64,
}

impl GroupSource for Generic<'_> {
    fn elements(&self, rng: &mut ChaCha8Rng, n: usize) -> Elements {
        let side = self.directions.first().map_or(0, |l| l.nrows());
        Elements::exponentials(side, n, |a| {
            let l = &self.directions[rng.random_range(0..self.directions.len())];
            let t = 0.5 * rng.random_range(-self.size..self.size);
            a.iter_mut().zip(row_major(l)).for_each(|(a, l)| *a = (t * l) as f32);
        })
    }
}

/// How far accepted pairs lie apart, and how many are accepted.
struct Moves {
    /// E a |g x − x|² / E a, in units of E |x|².
    square: f64,
    /// E a.
    accepted: f64,
}

impl Moves {
    /// Of these moves.
    fn of(pairs: &Pairs<'_>, by: &dyn Movement, streams: &Streams) -> Self {
        let width = pairs.problem.inputs().max(1);
        let moved = pairs.moved(by, &mut streams.get("size", 0));
        let square =
            |row: &[f32], other: &[f32]| -> f64 { row.iter().zip(other).map(|(a, b)| f64::from(a - b).powi(2)).sum() };
        let (mut sum, mut accepted) = (0.0, 0.0);
        let rows = moved.x.chunks_exact(width).zip(pairs.x.chunks_exact(width)).zip(&moved.weights);
        for ((there, here), &weight) in rows.filter(|(_, weight)| **weight > 0.0) {
            sum += weight * square(there, here);
            accepted += weight;
        }
        let n = pairs.rows.len().max(1) as f64;
        let size = pairs.x.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / n;
        Self { square: sum / (accepted * size).max(1e-300), accepted: accepted / n }
    }
}

/// Coefficient of a whitened unit direction, uniform up to which it moves the data as far as these elements do.
fn size_of(findings: &Findings, within: &Within) -> f64 {
    let squares = within.generators.iter().map(|l| findings.support.coefficients(l).norm_squared());
    // A coordinate of a uniform point of a ball of radius r in d dimensions has the variance r²/(d + 2).
    let variance = within.limit.powi(2) / (within.generators.len() as f64 + 2.0);
    (3.0 * variance * squares.sum::<f64>()).sqrt()
}

/// The coefficient up to which accepted moves along these directions are as far as these are, and by how much these are still farther
/// in square: moves that lead off the data in every direction are accepted only where they are small.
fn matched(pairs: &Pairs<'_>, directions: &[DMatrix<f64>], far: &Moves, streams: &Streams) -> (f64, f64) {
    let within = |size: f64| size.clamp(1e-6, LARGEST);
    let farther = |size: f64| {
        let square = Moves::of(pairs, &Generic { directions, size }, streams).square;
        far.square / square.max(1e-300)
    };
    let start = within((3.0 * far.square).sqrt());
    (0..CORRECTIONS).fold((start, farther(start)), |(size, ratio), _| {
        let size = within(size * ratio.sqrt());
        (size, farther(size))
    })
}

/// The variation along moves as large as the group's; `explained` is the variance that networks explain.
pub fn reference(pairs: &Pairs<'_>, findings: &Findings, group: &Orbit, explained: f64, streams: &Streams) -> f64 {
    let streams = streams.scope("reference");
    let rng = &mut streams.get("directions", 0);
    let direction = |rng: &mut ChaCha8Rng| {
        let u = DVector::from_fn(findings.support.directions.len(), |_, _| normal(rng));
        findings.support.combine(&u.normalize())
    };
    let directions: Vec<DMatrix<f64>> = (0..RANDOM).map(|_| direction(rng)).collect();
    let compact = matches!(group, Orbit::Whole(whole) if whole.0.is_compact());
    let (size, farther) = match group {
        // Pixels do not say how far their content moves.
        Orbit::Within(within) if pairs.law.has_images() => (size_of(findings, within), 1.0),
        _ if compact && pairs.law.has_images() => return explained,
        _ => {
            let few = pairs.first(ROWS);
            let far = Moves::of(&few, &group.root(), &streams);
            if compact && far.accepted > FAMILIAR {
                return explained;
            }
            matched(&few, &directions, &far, &streams)
        }
    };
    let generic = Generic { directions: &directions, size: size.max(1e-6) };
    let problem = pairs.problem;
    let outputs: &Outputs<'_> = &|x, folds| findings.plain.unseen(problem, x, folds);
    let y = centred(&problem.gather_y(&pairs.rows), problem.outputs());
    let moved = orthogonality(pairs, &generic, &First::Known(&y), outputs, DRAWS, &streams);
    (farther * moved.mean.value / moved.accepted.max(1e-300)).clamp(LEAST * explained, explained)
}

/// Values less the mean of each column.
pub(super) fn centred(values: &[f32], width: usize) -> Vec<f32> {
    let mean = column_means(values, width);
    values.iter().zip(mean.iter().cycle()).map(|(v, m)| v - *m as f32).collect()
}
